from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

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
)
from enclave_sim.program.policy import EvaluationPolicy, Limits
from matcher.core.binding import sha256
from matcher.core.errors import EmptyConjunction, EvidenceRefused

if TYPE_CHECKING:
    from tests.unit.attestation.conftest import Scene

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
