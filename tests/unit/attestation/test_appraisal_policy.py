from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from clients.attestation.evidence import Claims
from clients.attestation.policy import (
    AllOf,
    AnyOf,
    AppraisalPolicy,
    DebugRefused,
    HardwareRequired,
    MeasurementIn,
    SecurityVersionAtLeast,
    TrustsAuthority,
    policy_from_settings,
)
from enclave_sim.program.policy import EvaluationPolicy, Limits
from matcher.core.binding import sha256
from matcher.core.errors import EmptyConjunction, EvidenceRefused, InvalidConfiguration

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.attestation.conftest import Scene

NOW = 1_780_315_200
GOOD = Claims(
    platform="some-tee",
    hardware=True,
    measurement=b"m" * 48,
    security_version=4,
    debug=False,
    report_data=b"d" * 64,
    sealing_key=b"k" * 1216,
    result_signing_key=b"r" * 32,
    policy=EvaluationPolicy(sha256(b"our authority"), Limits()).to_bytes(),
)


def test_empty_all_is_refused() -> None:
    with pytest.raises(EmptyConjunction):
        AllOf(())


def test_empty_any_is_refused() -> None:
    with pytest.raises(EmptyConjunction):
        AnyOf(())


def test_empty_set_of_measurements_is_refused() -> None:
    with pytest.raises(EmptyConjunction):
        MeasurementIn(frozenset())


def test_any_gives_every_reason_if_nothing_holds() -> None:
    rule = AnyOf((SecurityVersionAtLeast(5), MeasurementIn(frozenset({b"x" * 48}))))

    with pytest.raises(EvidenceRefused, match=r"older than 5; .* measurement"):
        rule.check(GOOD)


def test_any_is_satisfied_by_one() -> None:
    AnyOf((SecurityVersionAtLeast(5), DebugRefused())).check(GOOD)


def test_all_stops_at_the_first_that_fails() -> None:
    with pytest.raises(EvidenceRefused, match="debug") as caught:
        AllOf((DebugRefused(), SecurityVersionAtLeast(5))).check(replace(GOOD, debug=True))
    assert "older" not in str(caught.value)


def test_simulation_never_satisfies_a_hardware_policy(scene: Scene) -> None:
    policy = AppraisalPolicy(
        scene.policy().verifier, AllOf((HardwareRequired(), scene.policy().rule))
    )

    with pytest.raises(EvidenceRefused, match="is a simulation"):
        scene.appraise(scene.evidence(), policy)


def test_hardware_passes_a_hardware_policy() -> None:
    HardwareRequired().check(GOOD)


def test_enclave_that_trusts_another_authority_is_refused() -> None:
    TrustsAuthority(sha256(b"our authority")).check(GOOD)
    with pytest.raises(EvidenceRefused, match="another certificate authority"):
        TrustsAuthority(sha256(b"another")).check(GOOD)


@pytest.mark.parametrize("terms", [b"", b"[]", b"{}", b"\xff"])
def test_enclave_that_names_no_authority_is_refused(terms: bytes) -> None:
    with pytest.raises(EvidenceRefused):
        TrustsAuthority(sha256(b"our authority")).check(replace(GOOD, policy=terms))


def settings(scene: Scene, directory: Path, **changes: object) -> dict[str, Any]:
    (directory / "root.crt").write_bytes(scene.root.public_bytes(Encoding.PEM))
    return {"platform_root": "root.crt", "measurements": [scene.measurement.hex()], **changes}


def test_settings_give_a_policy_that_accepts(scene: Scene, tmp_path: Path) -> None:
    policy = policy_from_settings(settings(scene, tmp_path), tmp_path)

    assert scene.appraise(scene.evidence(), policy).measurement == scene.measurement


@pytest.mark.parametrize(
    ("changes", "made", "reason"),
    [
        pytest.param({"minimum_security_version": 2}, {}, "older than 2", id="old version"),
        pytest.param({"hardware": True}, {}, "is a simulation", id="hardware wanted"),
        pytest.param({}, {"debug": True}, "debug mode", id="debug"),
        pytest.param({}, {"measurement": b"m" * 48}, "not among", id="other program"),
    ],
)
def test_policy_from_settings_refuses(
    scene: Scene, tmp_path: Path, changes: dict[str, Any], made: dict[str, Any], reason: str
) -> None:
    policy = policy_from_settings(settings(scene, tmp_path, **changes), tmp_path)

    with pytest.raises(EvidenceRefused, match=reason):
        scene.appraise(scene.evidence(**made), policy)


def test_policy_from_settings_checks_the_authority_it_is_given(
    scene: Scene, tmp_path: Path
) -> None:
    policy = policy_from_settings(
        settings(scene, tmp_path), tmp_path, authority=sha256(b"our authority")
    )
    ours = EvaluationPolicy(sha256(b"our authority"), Limits()).to_bytes()

    scene.appraise(scene.evidence(terms=ours), policy)
    with pytest.raises(EvidenceRefused, match="another certificate authority"):
        scene.appraise(scene.evidence(), policy)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        pytest.param({"platform_root": None}, "platform_root", id="no root"),
        pytest.param({"platform_root": "nowhere.crt"}, "platform_root", id="missing root"),
        pytest.param({"measurements": []}, "measurements", id="no measurement"),
        pytest.param({"measurements": "aa"}, "measurements", id="measurements not a list"),
        pytest.param({"measurements": ["aa"]}, "measurements", id="short measurement"),
        pytest.param({"measurements": ["zz" * 48]}, "measurements", id="not hexadecimal"),
        pytest.param({"measurements": [12]}, "measurements", id="number for measurement"),
        pytest.param({"minimum_security_version": 0}, "minimum_security_version", id="zero"),
        pytest.param({"minimum_security_version": True}, "minimum_security_version", id="bool"),
        pytest.param({"hardware": "yes"}, "hardware", id="text for flag"),
        pytest.param({"debug": True}, "enclave", id="unknown setting"),
    ],
)
def test_unusable_settings_are_refused(
    scene: Scene, tmp_path: Path, changes: dict[str, Any], where: str
) -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        policy_from_settings(settings(scene, tmp_path, **changes), tmp_path)
    assert where in caught.value.where
