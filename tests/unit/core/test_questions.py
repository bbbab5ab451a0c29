from __future__ import annotations

import numpy as np
import pytest

from matcher.core.errors import InvalidAgencyTable
from matcher.core.identifiers import AttributeName
from matcher.core.plan import answer_question, encode_answers
from matcher.core.scheme import ColumnKind
from matcher.core.table import Table, Values
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
