from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clients.attestation.appraisal import appraise
from matcher.core.errors import EvidenceRefused
from matcher.wire.evidence import decode_evidence, encode_evidence

if TYPE_CHECKING:
    from tests.unit.attestation.conftest import Scene

NOW = 1_780_315_200


def test_good_evidence_gives_the_keys_it_binds(scene: Scene) -> None:
    appraisal = scene.appraise(scene.evidence())

    assert appraisal.sealing_key == scene.sealing_key
    assert appraisal.result_signing_key == scene.result_signing_key
    assert appraisal.measurement == scene.measurement


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"nonce": b"o" * 32}, id="another nonce"),
        pytest.param({"statement": b"o" * 32}, id="another statement"),
    ],
)
def test_evidence_of_another_run_is_refused(scene: Scene, changes: dict[str, Any]) -> None:
    with pytest.raises(EvidenceRefused, match="bound to another run"):
        scene.appraise(scene.evidence(**changes))


@pytest.mark.parametrize("swapped", ["sealing_key", "result_signing_key", "policy"])
def test_anything_swapped_in_after_the_quote_is_refused(scene: Scene, swapped: str) -> None:
    shown = decode_evidence(scene.evidence())
    values: dict[str, Any] = {
        "sealing_key": shown.sealing_key,
        "result_signing_key": shown.result_signing_key,
        "policy": shown.policy,
        "signed_quote": shown.signed_quote,
    }
    values[swapped] = b"x" * len(values[swapped])

    with pytest.raises(EvidenceRefused, match="bound to another run"):
        scene.appraise(encode_evidence(type(shown)(**values)))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"measurement": b"m" * 48}, "measurement is not among", id="other program"),
        pytest.param({"debug": True}, "debug mode", id="debug"),
        pytest.param({"security_version": 0}, "older than 1", id="old version"),
    ],
)
def test_claims_outside_the_policy_are_refused(
    scene: Scene, changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(EvidenceRefused, match=reason):
        scene.appraise(scene.evidence(**changes))


def test_version_equal_to_the_smallest_accepted_passes(scene: Scene) -> None:
    appraise(
        scene.evidence(security_version=3),
        scene.policy(version=3),
        scene.nonce,
        scene.statement,
        NOW,
    )
    with pytest.raises(EvidenceRefused, match="version 2, older than 3"):
        scene.appraise(scene.evidence(security_version=2), scene.policy(version=3))
