from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray

from matcher.core.binding import sha256
from matcher.core.errors import StatementMismatch
from matcher.core.identifiers import Role
from matcher.core.plan import Plan, compile_plan
from matcher.core.predicate import All, AllBut, Some
from matcher.core.presence import check_presence
from matcher.core.programme import Unit
from matcher.core.scheme import ColumnKind, Scheme
from tests.programmes_of_tests import predicate_of, programme_of

DAY = date(2026, 6, 1)
TAX, WELFARE = Role("tax"), Role("welfare")
SLOTS = 6
PERSON = "tax.bracket <= 3 && tax.resident && welfare.grade in [1, 2]"
Answers = list[NDArray[np.int32]]


def person_plan(**agencies: int) -> Plan:
    return _plan(PERSON, agencies)


def household_plan(**agencies: int) -> Plan:
    """Households of at most three; two attributes of tax, one of welfare."""
    programme = programme_of(PERSON)
    body = predicate_of("tax.bracket <= 3 && tax.resident")
    helped = predicate_of("welfare.grade in [1, 2]")
    programme = replace(
        programme,
        unit=Unit.HOUSEHOLD,
        most_members=3,
        eligible=All((AllBut(0, body), Some(1, helped))),
    )
    return compile_plan(
        programme,
        sha256(b"household"),
        Scheme.ENCLAVE,
        ColumnKind.VALUE,
        DAY,
        agencies={Role(role): count for role, count in agencies.items()},
    )


def _plan(eligible: str, agencies: dict[str, int]) -> Plan:
    return compile_plan(
        programme_of(eligible),
        sha256(b"person"),
        Scheme.ENCLAVE,
        ColumnKind.VALUE,
        DAY,
        agencies={Role(role): count for role, count in agencies.items()},
    )


def answered(plan: Plan, where: Callable[[Role, int, int], Sequence[int]]) -> Answers:
    """Answers to all questions: 1 in the slots that ``where(role, seat, slot...)`` gives.

    ``where`` says for a role, an agency and a seat in which slots the agency has somebody.
    """
    answers = []
    for question in plan.questions:
        elsewhere = 1 if question.elsewhere is None else question.elsewhere
        codes = np.full(SLOTS, elsewhere, dtype=np.int32)
        codes[list(where(question.role, question.provider, question.seat))] = 1
        answers.append(codes)
    return answers


def turns(role: Role, provider: int, seat: int) -> Sequence[int]:
    """Two agencies of tax have every other slot; one agency of welfare has everybody."""
    slots = range(SLOTS - seat)
    return [slot for slot in slots if role == WELFARE or (slot + seat) % 2 == provider]


def test_one_agency_a_role_holds_everybody() -> None:
    plan = person_plan()
    check_presence(plan, answered(plan, lambda *_: range(SLOTS)))


def test_agencies_of_a_role_share_the_people() -> None:
    plan = person_plan(tax=2)
    check_presence(plan, answered(plan, turns))


def test_a_household_may_leave_seats_empty() -> None:
    plan = household_plan(tax=2)
    check_presence(plan, answered(plan, turns))


def test_a_household_may_have_nobody() -> None:
    plan = household_plan()
    check_presence(plan, answered(plan, lambda *_: []))


@pytest.mark.parametrize("make", [person_plan, household_plan])
def test_two_agencies_that_hold_the_same_member_are_refused(make: Callable[..., Plan]) -> None:
    plan = make(tax=2)
    answers = answered(plan, turns)
    for question in plan.questions_of(TAX, 1):
        if question.seat == 0:
            answers[question.index][0] = 1
    refused(plan, answers, "two agencies of a role", TAX)


def test_a_person_whom_no_agency_holds_is_refused() -> None:
    plan = person_plan(tax=2)
    refused(plan, answered(plan, _without(4)), "holds a person", TAX)


def test_a_person_whom_no_agency_of_any_role_holds_is_refused() -> None:
    plan = person_plan(tax=2, welfare=2)
    refused(plan, answered(plan, lambda *_: []), "holds a person", TAX)


@pytest.mark.parametrize("agencies", [1, 2])
def test_a_member_held_in_one_role_alone_is_refused(agencies: int) -> None:
    plan = household_plan(welfare=agencies)
    answers = answered(plan, lambda _role, provider, _seat: [] if provider else range(SLOTS))
    for question in plan.questions_of(WELFARE, 0):
        if question.seat == 2:
            assert question.elsewhere is not None
            answers[question.index][5] = question.elsewhere
    refused(plan, answers, "by nobody in another", WELFARE)


def test_a_member_in_another_seat_at_another_role_is_refused() -> None:
    plan = household_plan()
    answers = answered(
        plan, lambda role, _provider, seat: [0] if seat == (1 if role == TAX else 2) else []
    )
    refused(plan, answers, "by nobody in another", WELFARE)


@pytest.mark.parametrize("make", [person_plan, household_plan])
def test_columns_of_an_agency_that_do_not_agree_are_refused(make: Callable[..., Plan]) -> None:
    plan = make(tax=2)
    answers = answered(plan, turns)
    question = plan.questions_of(TAX, 0)[0]
    assert question.elsewhere is not None
    answers[question.index][0] = question.elsewhere
    refused(plan, answers, "columns of an agency", TAX)


def test_an_absent_value_is_held_by_somebody() -> None:
    plan = household_plan(tax=2)
    answers = answered(plan, turns)
    for question, codes in zip(plan.questions, answers, strict=True):
        assert question.attribute is not None
        codes[codes == 1] = question.attribute.absent_code
    check_presence(plan, answers)


def _without(slot: int) -> Callable[[Role, int, int], Sequence[int]]:
    def where(role: Role, provider: int, seat: int) -> Sequence[int]:
        return [one for one in turns(role, provider, seat) if role != TAX or one != slot]

    return where


def refused(plan: Plan, answers: Answers, words: str, role: Role) -> None:
    with pytest.raises(StatementMismatch, match=words) as caught:
        check_presence(plan, answers)
    assert caught.value.where == role
    assert not any(character.isdigit() for character in str(caught.value))
