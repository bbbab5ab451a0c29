from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from matcher.core.errors import InvalidProgramme
from matcher.core.identifiers import AttributeName
from matcher.core.merging import members_of, persons_of
from matcher.core.plan import Plan, evaluate_answers
from matcher.core.scheme import ColumnKind
from tests.programmes_of_tests import plan_of

BRACKET = AttributeName("tax.bracket")
GRADE = AttributeName("welfare.grade")
TEXT = "tax.bracket <= 3 && welfare.grade == 1"
HOUSEHOLD = "members.all(m, m.tax.bracket <= 3) && members.exists(m, m.welfare.grade == 1)"
ABSENT, NOBODY = 8, 9


def _persons() -> Plan:
    return plan_of(TEXT, ColumnKind.VALUE, agencies={"tax": 2})


def _household() -> Plan:
    return plan_of(HOUSEHOLD, ColumnKind.VALUE, agencies={"tax": 2}, most_members=2)


def _answers(*rows: list[int]) -> list[NDArray[np.int32]]:
    return [np.array(row, dtype=np.int32) for row in rows]


def test_the_agency_that_has_a_person_counts() -> None:
    plan = _persons()
    answers = _answers([3, NOBODY, ABSENT, NOBODY], [NOBODY, 5, NOBODY, ABSENT], [1, 1, 1, 1])
    values = persons_of(plan.questions, answers)[BRACKET]
    assert values.present.tolist() == [True, True, False, False]
    assert values.codes[:2].tolist() == [3, 5]
    assert evaluate_answers(plan, answers).tolist() == [0, 1, 2, 2]


def test_of_two_agencies_that_have_a_person_the_first_counts() -> None:
    values = persons_of(_persons().questions, _answers([3, ABSENT], [5, 5], [1, 1]))[BRACKET]
    assert values.codes[0] == 3
    assert values.present.tolist() == [True, False]


def test_whom_no_agency_has_is_still_a_person() -> None:
    values = persons_of(_persons().questions, _answers([NOBODY], [NOBODY], [1]))[BRACKET]
    assert values.present.tolist() == [False]


def test_members_are_rows_of_their_households() -> None:
    plan = _household()
    assert [(q.text, q.provider, q.seat) for q in plan.questions] == [
        ("tax.bracket", 0, 0),
        ("tax.bracket", 0, 1),
        ("tax.bracket", 1, 0),
        ("tax.bracket", 1, 1),
        ("welfare.grade", 0, 0),
        ("welfare.grade", 0, 1),
    ]
    answers = _answers(
        [3, NOBODY, NOBODY],
        [NOBODY, NOBODY, 2],
        [NOBODY, 4, NOBODY],
        [1, NOBODY, NOBODY],
        [0, 1, 8],
        [1, 8, 7],
    )
    table, grouping = members_of(plan.questions, answers, plan.seats)
    assert grouping.groups == 3
    assert grouping.group_of.tolist() == [0, 0, 1, 2]
    assert table[BRACKET].codes.tolist() == [3, 1, 4, 2]
    assert table[BRACKET].present.tolist() == [True] * 4
    assert table[GRADE].present.tolist() == [True, True, True, False]
    assert evaluate_answers(plan, answers).tolist() == [0, 1, 2]


def test_a_seat_that_one_role_knows_is_a_member_with_absent_records() -> None:
    plan = _household()
    answers = _answers([3], [NOBODY], [NOBODY], [NOBODY], [8], [1])
    table, grouping = members_of(plan.questions, answers, plan.seats)
    assert grouping.group_of.tolist() == [0, 0]
    assert table[BRACKET].present.tolist() == [True, False]
    assert table[GRADE].present.tolist() == [False, True]


def test_a_household_without_members_has_no_rows() -> None:
    plan = _household()
    answers = _answers([NOBODY], [NOBODY], [NOBODY], [NOBODY], [8], [8])
    table, grouping = members_of(plan.questions, answers, plan.seats)
    assert (grouping.groups, len(grouping.group_of), len(table[BRACKET])) == (1, 0, 0)
    assert evaluate_answers(plan, answers).tolist() == [1]


def test_decisions_have_no_values() -> None:
    plan = plan_of(TEXT)
    with pytest.raises(InvalidProgramme, match="is a decision"):
        persons_of(plan.questions, _answers([0], [0]))
