from __future__ import annotations

import numpy as np
import pytest

from matcher.core.errors import InvalidAgencyTable
from matcher.core.identifiers import AttributeName
from matcher.core.plan import answer_question, encode_answers
from matcher.core.scheme import ColumnKind
from matcher.core.table import Grouping, Table, Values
from tests.programmes_of_tests import ATTRIBUTES, plan_of


def _table(name: str, codes: list[int | None]) -> Table:
    return {AttributeName(name): Values.of(codes)}


def test_a_decision_is_true_false_or_unknown() -> None:
    question = plan_of("tax.bracket <= 3").questions[0]
    answers = answer_question(question, ATTRIBUTES, _table("tax.bracket", [3, 4, None]))
    assert answers.tolist() == [0, 1, 2]
    assert answers.dtype == np.int32


def test_an_attribute_is_answered_by_its_class() -> None:
    question = plan_of("tax.income > 999", ColumnKind.ATTRIBUTE).questions[0]
    answers = answer_question(question, ATTRIBUTES, _table("tax.income", [999, 1000, None]))
    assert answers.tolist() == [1, 2, 4]


def test_a_value_is_answered_by_its_code() -> None:
    question = plan_of("tax.income > 999", ColumnKind.VALUE).questions[0]
    answers = answer_question(question, ATTRIBUTES, _table("tax.income", [-500, 9999, None]))
    assert answers.tolist() == [-500, 9999, 10000]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(ColumnKind.DECISION, 0), (ColumnKind.ATTRIBUTE, 0), (ColumnKind.VALUE, 0)],
)
def test_a_closed_world_answers_for_the_absent(kind: ColumnKind, expected: int) -> None:
    question = plan_of("tax.closed <= 3", kind).questions[0]
    answers = answer_question(question, ATTRIBUTES, _table("tax.closed", [None]))
    assert answers.tolist() == [expected]
    assert question.lowest_answer + question.answer_count - 1 == (
        1 if kind is ColumnKind.DECISION else 7
    )


@pytest.mark.parametrize("kind", ColumnKind)
def test_every_answer_is_one_the_question_knows(kind: ColumnKind) -> None:
    plan = plan_of("tax.income <= 999 && welfare.closed == 0 && school.year != 1", kind)
    chance = np.random.default_rng(5)
    for question in plan.questions:
        table = {
            name: Values(
                chance.integers(a.low, a.high + 1, 500).astype(np.int32), chance.random(500) < 0.8
            )
            for name, a in plan.attributes.items()
        }
        answers = answer_question(question, plan.attributes, table)
        assert answers.min() >= question.lowest_answer
        assert answers.max() < question.lowest_answer + question.answer_count
        if kind is not ColumnKind.VALUE:
            for bits in encode_answers(plan, question, answers).values():
                assert set(np.unique(bits)) <= {0, 1}


def test_a_missing_column_is_named() -> None:
    question = plan_of("tax.income > 999", ColumnKind.VALUE).questions[0]
    with pytest.raises(InvalidAgencyTable, match=r"tax\.income"):
        answer_question(question, ATTRIBUTES, {})


def test_a_decision_about_households_counts_their_members() -> None:
    question = plan_of("members.all(m, m.tax.bracket <= 3)", most_members=3).questions[0]
    table = _table("tax.bracket", [3, 3, 4, None])
    grouping = Grouping(4, np.array([0, 1, 1, 3], dtype=np.int32))
    assert answer_question(question, ATTRIBUTES, table, grouping).tolist() == [0, 1, 0, 2]


@pytest.mark.parametrize("kind", ColumnKind)
def test_nobody_is_no_miss_and_no_class(kind: ColumnKind) -> None:
    plan = plan_of("school.year <= 2 && tax.bracket <= 3", kind, agencies={"school": 2})
    question = plan.questions[0]
    assert (
        question.elsewhere
        == {
            ColumnKind.DECISION: 0,
            ColumnKind.ATTRIBUTE: 7,
            ColumnKind.VALUE: 8,
        }[kind]
    )
    if kind is not ColumnKind.VALUE:
        nobody = np.array([question.elsewhere], dtype=np.int32)
        assert all(not bits.any() for bits in encode_answers(plan, question, nobody).values())


@pytest.mark.parametrize("kind", ColumnKind)
def test_an_agency_that_has_everybody_has_no_answer_for_nobody(kind: ColumnKind) -> None:
    plan = plan_of("school.year <= 2 && tax.bracket <= 3", kind)
    assert [question.elsewhere for question in plan.questions] == [None, None]


@pytest.mark.parametrize(("kind", "count"), [(ColumnKind.DECISION, 3), (ColumnKind.VALUE, 10)])
def test_nobody_is_an_answer_the_question_knows(kind: ColumnKind, count: int) -> None:
    question = plan_of("tax.bracket <= 2", kind, agencies={"tax": 2}).questions[1]
    assert question.answer_count == count
    assert question.elsewhere is not None
    assert 0 <= question.elsewhere - question.lowest_answer < count
