from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from clients.provider.answering import Answering
from clients.provider.holdings import Holdings
from clients.tabular.identifiers import hash_identifiers
from matcher.core.controls import ChunkControls, seat
from matcher.core.errors import InvalidMessage
from matcher.core.identifiers import AttributeName, Role
from matcher.core.plan import Plan, encode_answers
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.values import unpack_values

TAX = Role("tax")
PEOPLE = ["p3", "p0", "nobody", "p2", "p1", "p4"]
# false, true, unknown person, false, true, no value
DECISIONS = [1, 0, 2, 1, 0, 2]

Compile = Callable[[Scheme, ColumnKind], Plan]


def seated(plan: Plan) -> tuple[np.ndarray, ChunkControls, np.ndarray]:
    rng = np.random.default_rng(11)
    seating = seat(plan, len(PEOPLE), rng.bytes)
    codes = np.zeros((plan.chunk_slots, 16), dtype=np.uint8)
    codes[seating.slot_of] = hash_identifiers(PEOPLE)
    return codes, seating.chunks[0], seating.slot_of


def test_people_get_answers_and_controls_what_is_prescribed(
    compiled: Compile, holdings: Holdings
) -> None:
    plan = compiled(Scheme.CLEAR, ColumnKind.DECISION)
    codes, controls, slots = seated(plan)
    selection = holdings.select(plan.programme.catalogue, TAX)
    columns = Answering(plan, TAX, 0, selection).answer(codes, controls)
    (question,) = plan.questions_of(TAX)
    answers = np.empty(plan.chunk_slots, dtype=np.int32)
    answers[slots] = DECISIONS
    answers[controls.slots] = controls.answers[question.index]
    expected = encode_answers(plan, question, answers)
    assert set(columns) == {column.index for column in plan.columns_of(TAX)}
    for number, vector in expected.items():
        assert columns[number] == vector.tobytes()


def test_attribute_columns_are_one_hot_in_every_slot(compiled: Compile, holdings: Holdings) -> None:
    plan = compiled(Scheme.CLEAR, ColumnKind.ATTRIBUTE)
    codes, controls, slots = seated(plan)
    selection = holdings.select(plan.programme.catalogue, TAX)
    columns = Answering(plan, TAX, 0, selection).answer(codes, controls)
    vectors = np.array([np.frombuffer(columns[n], np.uint8) for n in sorted(columns)])
    assert vectors.shape == (9, plan.chunk_slots)
    assert (vectors.sum(axis=0) == 1).all()
    assert vectors[:, slots].argmax(axis=0).tolist() == [7, 0, 8, 4, 3, 8]


def test_values_for_an_enclave_carry_absence(compiled: Compile, holdings: Holdings) -> None:
    plan = compiled(Scheme.ENCLAVE, ColumnKind.VALUE)
    codes, controls, slots = seated(plan)
    selection = holdings.select(plan.programme.catalogue, TAX)
    columns = Answering(plan, TAX, 0, selection).answer(codes, controls)
    (question,) = plan.questions_of(TAX)
    (packed,) = columns.values()
    attribute = plan.attributes[AttributeName("tax.bracket")]
    values = unpack_values(attribute, packed, plan.chunk_slots)
    assert values[slots].tolist() == [7, 0, 8, 4, 3, 8]
    assert (values[controls.slots] == controls.answers[question.index]).all()


def test_the_code_in_a_control_slot_is_never_looked_up(
    compiled: Compile, holdings: Holdings
) -> None:
    plan = compiled(Scheme.CLEAR, ColumnKind.DECISION)
    codes, controls, _ = seated(plan)
    answering = Answering(plan, TAX, 0, holdings.select(plan.programme.catalogue, TAX))
    before = answering.answer(codes, controls)
    codes[controls.slots] = hash_identifiers(["p3"])
    assert answering.answer(codes, controls) == before


def test_a_prescribed_value_outside_the_domain_is_refused(
    compiled: Compile, holdings: Holdings
) -> None:
    plan = compiled(Scheme.ENCLAVE, ColumnKind.VALUE)
    codes, controls, _ = seated(plan)
    wrong = replace(controls, answers=np.full_like(controls.answers, 9))
    answering = Answering(plan, TAX, 0, holdings.select(plan.programme.catalogue, TAX))
    with pytest.raises(InvalidMessage):
        answering.answer(codes, wrong)
