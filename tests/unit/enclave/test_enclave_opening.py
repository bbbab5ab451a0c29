from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from enclave_sim.program.policy import Limits
from matcher.core.binding import sha256
from matcher.core.errors import (
    DigestMismatch,
    EvidenceRefused,
    FusumaError,
    InvalidCard,
    InvalidMessage,
    InvalidSignature,
    ProgrammeNotValid,
    QuotaExceeded,
    RunConflict,
    RunExpired,
    RunNotFound,
    SchemeRefused,
    StatementMismatch,
)
from matcher.core.identifiers import Role, RunId
from matcher.core.plan import compile_plan
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.statement import ProviderAssignment
from matcher.language.bundle import bundle_digest, dump_bundle
from matcher.wire.evidence import decode_evidence
from tests.enclave_scene import (
    CITY,
    DAY,
    NOW,
    OUTSIDER,
    TAX,
    WELFARE,
    Scene,
    new_federation,
    new_scene,
)

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from matcher.core.programme import Programme
    from tests.unit.enclave.conftest import Machine


def test_evidence_is_bound_to_the_run(machine: Machine, scene: Scene) -> None:
    evidence = machine.enclave.open_run(scene.envelope, scene.bundle, scene.cards)

    appraisal = machine.appraise(scene, evidence)
    assert appraisal.sealing_key == decode_evidence(evidence).sealing_key
    with pytest.raises(EvidenceRefused, match="another run"):
        machine.appraise(scene.changed(cohort_commitment=sha256(b"other")), evidence)
    with pytest.raises(EvidenceRefused, match="another run"):
        machine.appraise(scene.changed(nonce=b"o" * 32), evidence)


def test_evidence_carries_the_terms_it_was_measured_with(machine: Machine, scene: Scene) -> None:
    evidence = machine.enclave.open_run(scene.envelope, scene.bundle, scene.cards)

    assert decode_evidence(evidence).policy == machine.policy.to_bytes()


def test_each_run_has_its_own_keys(machine: Machine, scene: Scene) -> None:
    first = machine.open(scene)
    second = machine.open(new_scene(machine.federation, run="cd" * 16))

    assert first.sealing_key != second.sealing_key
    assert first.result_signing_key != second.result_signing_key


def test_same_statement_again_gives_the_same_evidence(machine: Machine, scene: Scene) -> None:
    first = machine.enclave.open_run(scene.envelope, scene.bundle, scene.cards)

    assert machine.enclave.open_run(scene.envelope, scene.bundle, scene.cards) == first


def test_run_id_of_another_statement_is_refused(machine: Machine, scene: Scene) -> None:
    machine.open(scene)

    with pytest.raises(RunConflict):
        machine.open(scene.changed(nonce=b"o" * 32))


@pytest.mark.parametrize("end", ["evaluated", "closed"])
def test_run_that_is_over_does_not_open_again(machine: Machine, scene: Scene, end: str) -> None:
    appraisal = machine.open(scene)
    if end == "evaluated":
        machine.evaluate(scene, appraisal)
    else:
        machine.enclave.close_run(scene.statement.run_id)

    with pytest.raises(RunConflict):
        machine.open(scene)


def test_closed_run_is_not_evaluated(machine: Machine, scene: Scene) -> None:
    machine.open(scene)
    machine.enclave.close_run(scene.statement.run_id)

    with pytest.raises(RunNotFound), machine.enclave.evaluation(scene.statement.run_id):
        pass


def test_expired_run_is_forgotten(machine: Machine, scene: Scene) -> None:
    machine.open(scene)
    machine.clock.now = scene.statement.expires_at

    with pytest.raises(RunNotFound), machine.enclave.evaluation(scene.statement.run_id):
        pass


def test_closing_an_unknown_run_changes_nothing(machine: Machine, scene: Scene) -> None:
    machine.open(scene)
    machine.enclave.close_run(RunId("00" * 16))

    with machine.enclave.evaluation(scene.statement.run_id):
        pass


def test_open_runs_are_limited(machine: Machine, scene: Scene) -> None:
    narrow = type(machine)(machine.federation, machine.platform, machine.root, Limits(open_runs=1))
    narrow.open(scene)
    second = new_scene(machine.federation, run="cd" * 16)

    with pytest.raises(QuotaExceeded):
        narrow.open(second)
    narrow.enclave.close_run(scene.statement.run_id)
    narrow.open(second)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        pytest.param({"issued_at": NOW + 301}, StatementMismatch, id="from the future"),
        pytest.param({"expires_at": NOW}, RunExpired, id="expired"),
        pytest.param({"expires_at": NOW + 86_400}, QuotaExceeded, id="too long"),
        pytest.param({"chunks": 2049}, QuotaExceeded, id="too many chunks"),
        pytest.param({"programme_digest": sha256(b"x")}, DigestMismatch, id="other programme"),
        pytest.param({"plan_digest": sha256(b"x")}, StatementMismatch, id="other plan"),
        pytest.param(
            {
                "scheme": Scheme.BGV,
                "column_kind": ColumnKind.DECISION,
                "parameters": "n8192",
                "public_key_digest": sha256(b"x"),
                "result_key": b"",
            },
            SchemeRefused,
            id="homomorphic run",
        ),
    ],
)
def test_statement_outside_the_terms_is_refused(
    machine: Machine, scene: Scene, changes: dict[str, Any], error: type[FusumaError]
) -> None:
    with pytest.raises(error):
        machine.open(scene.changed(**changes))


def test_limits_hold_at_their_edges(machine: Machine, scene: Scene) -> None:
    machine.open(scene.changed(issued_at=NOW + 300, expires_at=NOW + 300 + 86_400, chunks=2048))


def test_a_run_whose_chunk_takes_too_much_is_refused(machine: Machine, scene: Scene) -> None:
    room = Limits(pending_bytes=2 * scene.plan.chunk_slots - 1)
    narrow = type(machine)(machine.federation, machine.platform, machine.root, room)

    with pytest.raises(QuotaExceeded, match="incomplete chunks"):
        narrow.open(scene)


def test_reference_date_outside_the_programme_is_refused(machine: Machine, scene: Scene) -> None:
    late: dt.date = DAY.replace(year=2030)

    with pytest.raises(ProgrammeNotValid):
        machine.open(scene.changed(reference_date=late))


def test_statement_signed_by_another_agency_is_refused(machine: Machine, scene: Scene) -> None:
    with pytest.raises(StatementMismatch, match="not signed by its requester"):
        machine.enclave.open_run(scene.signed_by(TAX), scene.bundle, scene.cards)


def test_statement_signed_by_an_agency_without_card_is_refused(
    machine: Machine, scene: Scene
) -> None:
    with pytest.raises(InvalidCard, match="signer is missing"):
        machine.enclave.open_run(scene.signed_by(OUTSIDER), scene.bundle, scene.cards)


def test_changed_statement_is_refused(machine: Machine, scene: Scene) -> None:
    payload = bytearray(scene.envelope.payload)
    payload[40] ^= 1

    with pytest.raises(InvalidSignature):
        machine.enclave.open_run(
            replace(scene.envelope, payload=bytes(payload)), scene.bundle, scene.cards
        )


@pytest.mark.parametrize(
    "agencies",
    [
        pytest.param((CITY, TAX), id="a provider's card is missing"),
        pytest.param((CITY, TAX, WELFARE, OUTSIDER), id="one card too many"),
        pytest.param((CITY, TAX, OUTSIDER), id="a foreign card instead"),
    ],
)
def test_cards_must_be_those_of_the_parties(
    machine: Machine, scene: Scene, agencies: tuple[Any, ...]
) -> None:
    cards = scene.federation.cards(*agencies)

    with pytest.raises(StatementMismatch, match="cards"):
        machine.enclave.open_run(scene.envelope, scene.bundle, cards)


def test_two_cards_of_one_agency_are_refused(machine: Machine, scene: Scene) -> None:
    with pytest.raises(InvalidCard, match="two cards"):
        machine.enclave.open_run(
            scene.envelope, scene.bundle, [*scene.cards, *scene.federation.cards(TAX)]
        )


def test_cards_of_another_authority_are_refused(machine: Machine, tmp_path: Path) -> None:
    foreign = new_scene(new_federation(tmp_path))

    with pytest.raises(InvalidCard, match="not issued by this federation"):
        machine.open(foreign)


def test_cards_that_are_not_current_are_refused(machine: Machine, scene: Scene) -> None:
    machine.clock.now = NOW + 31 * 86_400

    with pytest.raises(InvalidCard, match="expired"):
        machine.open(scene)


def test_bundle_that_is_not_one_is_refused(machine: Machine, scene: Scene) -> None:
    junk = b"{}"

    with pytest.raises(InvalidMessage):
        machine.open(replace(scene.changed(programme_digest=bundle_digest(junk)), bundle=junk))


def test_programme_of_another_requester_is_refused(machine: Machine, scene: Scene) -> None:
    stolen = replace(scene.programme, requester=OUTSIDER)

    with pytest.raises(StatementMismatch, match="another requester"):
        machine.open(with_programme(scene, stolen))


def test_roles_that_the_plan_does_not_have_are_refused(machine: Machine, scene: Scene) -> None:
    extra = ProviderAssignment(Role("registry"), OUTSIDER, sha256(b"roster"))
    providers = (extra, *scene.statement.providers)
    asked = scene.changed(providers=providers)

    with pytest.raises(StatementMismatch, match="roles"):
        machine.open(asked)


def with_programme(scene: Scene, programme: Programme) -> Scene:
    bundle = dump_bundle(programme)
    digest = bundle_digest(bundle)
    plan = compile_plan(programme, digest, Scheme.ENCLAVE, ColumnKind.VALUE, DAY)
    changed = scene.changed(programme_digest=digest, plan_digest=plan.digest)
    return replace(changed, bundle=bundle, programme=programme, plan=plan)
