"""Runs in which several agencies answer for one role, and what an enclave refuses in them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from matcher.core.binding import Domain, sha256
from matcher.core.errors import (
    DecryptionRefused,
    FusumaError,
    InvalidMessage,
    InvalidSignature,
    RunConflict,
    StatementMismatch,
)
from matcher.core.identifiers import Role
from matcher.core.statement import ProviderAssignment
from matcher.identity.envelope import sign
from matcher.language.programme_file import load_programme
from matcher.wire.manifest import ColumnManifest, decode_result_manifest, encode_column_manifest
from programmes import programme_path
from tests.city_households import city_households
from tests.enclave_scene import (
    CITY,
    TAX,
    TAX_NORTH,
    TAX_SOUTH,
    WELFARE,
    Federation,
    Scene,
    scene_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from enclave_sim.program.evaluation import Evaluation
    from matcher.core.identifiers import AgencyId
    from tests.enclave_scene import SentChunk
    from tests.unit.enclave.conftest import Machine

NORTH, SOUTH, GRADE = range(3)


@pytest.fixture(scope="module")
def shared(federation: Federation) -> Scene:
    """People of whom every one is taxed in the north or in the south."""
    programme = load_programme(programme_path("city/support"))
    return scene_of(federation, programme, {Role("tax"): (TAX_NORTH, TAX_SOUTH)})


@pytest.fixture(scope="module")
def households(federation: Federation) -> Scene:
    """Households of up to three, whose members may be taxed in different places."""
    return scene_of(federation, city_households(), {Role("tax"): (TAX_NORTH, TAX_SOUTH)})


def with_answers(scene: Scene, column: int, change: Callable[[NDArray[np.int32]], None]) -> Scene:
    """The same run, one agency of which answers otherwise."""
    answers = [codes.copy() for codes in scene.answers]
    change(answers[column])
    return replace(scene, answers=answers)


def elsewhere(scene: Scene, column: int) -> int:
    code = scene.plan.questions[column].elsewhere
    assert code is not None
    return code


def send(evaluation: Evaluation, chunks: Sequence[SentChunk]) -> None:
    for sent in chunks:
        evaluation.add_chunk(sent.column, sent.chunk, sent.payload, sent.signature)


def refuse(
    machine: Machine, scene: Scene, error: type[FusumaError], words: str | None = None
) -> FusumaError:
    """Evaluate ``scene``; expect refusal, and nothing afterwards."""
    chunks = scene.sealed(machine.open(scene).sealing_key)
    with machine.enclave.evaluation(scene.statement.run_id) as evaluation:
        for manifest in scene.manifests(chunks):
            evaluation.add_manifest(manifest)
        with pytest.raises(error, match=words) as caught:
            send(evaluation, chunks)
        with pytest.raises(RunConflict, match="is over"):
            evaluation.finish()
    return caught.value


def test_everybody_is_decided_by_the_agency_that_has_them(machine: Machine, shared: Scene) -> None:
    result = machine.evaluate(shared, machine.open(shared))

    decisions = shared.unsealed(result.verdicts)
    np.testing.assert_array_equal(decisions, shared.truth)
    assert set(np.unique(decisions)) == {0, 1, 2}


def test_households_are_decided_with_their_outcomes(machine: Machine, households: Scene) -> None:
    result = machine.evaluate(households, machine.open(households))

    decisions = households.unsealed(result.verdicts)
    np.testing.assert_array_equal(decisions, households.truth)
    # In full, ineligible, undetermined, one half.
    assert set(np.unique(decisions)) == {0, 1, 2, 3}


def test_a_member_of_a_household_whom_one_role_leaves_out_ends_the_run(
    machine: Machine, households: Scene
) -> None:
    """The requester asks the welfare office about all members, the tax offices about some."""
    last = next(
        question.index
        for question in households.plan.questions
        if (question.role, question.provider, question.seat) == ("tax", 0, 2)
    )
    slot = int(np.flatnonzero(households.answers[last] != elsewhere(households, last))[0])
    left_out = with_answers(
        households, last, lambda codes: codes.__setitem__(slot, elsewhere(households, last))
    )

    error = refuse(machine, left_out, StatementMismatch, "by nobody in another")
    assert str(slot) not in str(error)


def test_a_member_whom_two_agencies_hold_ends_the_run(machine: Machine, households: Scene) -> None:
    slot = int(np.flatnonzero(households.answers[0] == elsewhere(households, 0))[0])
    twice = with_answers(households, 0, lambda codes: codes.__setitem__(slot, 0))

    refuse(machine, twice, StatementMismatch, "two agencies of a role")


def test_input_manifests_are_in_the_statements_order(machine: Machine, shared: Scene) -> None:
    appraisal = machine.open(shared)
    chunks = shared.sealed(appraisal.sealing_key)
    manifests = shared.manifests(chunks)
    with machine.enclave.evaluation(shared.statement.run_id) as evaluation:
        # In whatever order they come.
        for manifest in reversed(manifests):
            evaluation.add_manifest(manifest)
        for sent in chunks:
            evaluation.add_chunk(sent.column, sent.chunk, sent.payload, sent.signature)
        result = evaluation.finish()

    listed = decode_result_manifest(result.manifest.payload).input_manifest_digests
    assert [manifest.signer for manifest in manifests] == [TAX_NORTH, TAX_SOUTH, WELFARE]
    assert listed == tuple(sha256(manifest.payload) for manifest in manifests)


def test_a_person_whom_two_agencies_hold_ends_the_run(machine: Machine, shared: Scene) -> None:
    slot = int(np.flatnonzero(shared.answers[NORTH] == elsewhere(shared, NORTH))[0])
    twice = with_answers(shared, NORTH, lambda codes: codes.__setitem__(slot, 0))

    error = refuse(machine, twice, StatementMismatch, "two agencies of a role")
    assert error.where == "tax"
    assert str(slot) not in str(error)


def test_a_person_whom_no_agency_holds_ends_the_run(machine: Machine, shared: Scene) -> None:
    slot = int(np.flatnonzero(shared.answers[NORTH] != elsewhere(shared, NORTH))[-1])
    nobodys = with_answers(
        shared, NORTH, lambda codes: codes.__setitem__(slot, elsewhere(shared, NORTH))
    )

    refuse(machine, nobodys, StatementMismatch, "no agency of a role holds")


def test_the_only_agency_of_a_role_may_not_say_that_nobody_is_there(
    machine: Machine, shared: Scene
) -> None:
    grade = shared.plan.questions[GRADE].attribute
    assert grade is not None
    assert shared.plan.questions[GRADE].elsewhere is None
    key = machine.open(shared).sealing_key
    packed = bytes([grade.absent_code + 1 - grade.low]) + bytes(shared.plan.chunk_slots - 1)
    chunks = shared.sealed(key)
    chunks[GRADE] = shared.sealed_chunk(key, GRADE, 0, values=packed)

    with machine.enclave.evaluation(shared.statement.run_id) as evaluation:
        for manifest in shared.manifests(chunks):
            evaluation.add_manifest(manifest)
        with pytest.raises(InvalidMessage, match="outside its domain"):
            evaluation.add_chunk(GRADE, 0, chunks[GRADE].payload, chunks[GRADE].signature)


def test_a_number_beyond_nobody_is_refused(machine: Machine, shared: Scene) -> None:
    low = shared.plan.questions[NORTH].lowest_answer
    key = machine.open(shared).sealing_key
    packed = bytes([elsewhere(shared, NORTH) + 1 - low]) + bytes(shared.plan.chunk_slots - 1)
    chunks = shared.sealed(key)
    chunks[NORTH] = shared.sealed_chunk(key, NORTH, 0, values=packed)

    with machine.enclave.evaluation(shared.statement.run_id) as evaluation:
        for manifest in shared.manifests(chunks):
            evaluation.add_manifest(manifest)
        with pytest.raises(InvalidMessage, match="outside its domain"):
            evaluation.add_chunk(NORTH, 0, chunks[NORTH].payload, chunks[NORTH].signature)


@pytest.mark.parametrize("thief", [TAX_SOUTH, WELFARE])
def test_a_column_of_another_agency_is_refused(
    machine: Machine, shared: Scene, thief: AgencyId
) -> None:
    chunks = shared.sealed(machine.open(shared).sealing_key)
    stolen = shared.sent(NORTH, 0, chunks[NORTH].payload, signer=thief)

    with machine.enclave.evaluation(shared.statement.run_id) as evaluation:
        for manifest in shared.manifests(chunks):
            evaluation.add_manifest(manifest)
        with pytest.raises(InvalidSignature):
            evaluation.add_chunk(NORTH, 0, stolen.payload, stolen.signature)


def test_a_column_sealed_by_another_agency_of_the_role_does_not_open(
    machine: Machine, shared: Scene
) -> None:
    """What the south sealed as its own column, sent by the north as the north's."""
    chunks = shared.sealed(machine.open(shared).sealing_key)
    chunks[NORTH] = shared.sent(NORTH, 0, chunks[SOUTH].payload)

    with machine.enclave.evaluation(shared.statement.run_id) as evaluation:
        for manifest in shared.manifests(chunks):
            evaluation.add_manifest(manifest)
        with pytest.raises(DecryptionRefused):
            evaluation.add_chunk(NORTH, 0, chunks[NORTH].payload, chunks[NORTH].signature)


def test_a_manifest_over_another_agencys_column_is_refused(machine: Machine, shared: Scene) -> None:
    chunks = shared.sealed(machine.open(shared).sealing_key)
    manifest = ColumnManifest(shared.digest, TAX_SOUTH, {NORTH: sha256(chunks[NORTH].payload)})
    key = machine.federation.parties[TAX_SOUTH].signing_key
    envelope = sign(Domain.COLUMN_MANIFEST, encode_column_manifest(manifest), key, TAX_SOUTH)

    with (
        machine.enclave.evaluation(shared.statement.run_id) as evaluation,
        pytest.raises(StatementMismatch, match="other columns"),
    ):
        evaluation.add_manifest(envelope)


def test_the_card_of_every_agency_of_a_role_is_needed(machine: Machine, shared: Scene) -> None:
    cards = shared.federation.cards(CITY, TAX_NORTH, WELFARE)

    with pytest.raises(StatementMismatch, match="cards"):
        machine.enclave.open_run(shared.envelope, shared.bundle, cards)


PROVIDERS: dict[str, tuple[tuple[str, AgencyId], ...]] = {
    "fewer agencies": (("tax", TAX_NORTH), ("welfare", WELFARE)),
    "more agencies": (
        ("tax", TAX),
        ("tax", TAX_NORTH),
        ("tax", TAX_SOUTH),
        ("welfare", WELFARE),
    ),
    "another role's agency": (("tax", TAX_NORTH), ("welfare", TAX_SOUTH), ("welfare", WELFARE)),
}


@pytest.mark.parametrize("case", PROVIDERS)
def test_a_plan_for_other_numbers_of_agencies_is_refused(
    machine: Machine, shared: Scene, case: str
) -> None:
    providers = tuple(
        ProviderAssignment(Role(role), agency, sha256(agency.encode()))
        for role, agency in PROVIDERS[case]
    )

    with pytest.raises(StatementMismatch, match="plan compiled here"):
        machine.open(shared.changed(providers=providers))
