from __future__ import annotations

import numpy as np
import pytest

from matcher.core.canaries import canaries_of
from matcher.core.plan import evaluate_answers
from matcher.core.scheme import ColumnKind
from matcher.core.verdict import Verdict
from tests.programmes_of_tests import plan_of

PREDICATES = [
    "tax.bracket <= 3 && welfare.grade in [1, 2] && school.year != 6",
    "tax.bracket == 0 || welfare.grade in [1, 2]",
    "tax.closed <= 3",
    "tax.bracket <= 5 && (tax.bracket == 0 || welfare.grade == 1)",
    'tax.income <= 999 && !(welfare.adl == "limited" && tax.resident)',
]


@pytest.mark.parametrize("text", PREDICATES)
@pytest.mark.parametrize("kind", ColumnKind)
def test_canaries_have_the_verdict_they_are_named_for(text: str, kind: ColumnKind) -> None:
    plan = plan_of(text, kind)
    canaries = canaries_of(plan)
    answers = np.stack([canaries.eligible, canaries.ineligible], axis=1)
    assert evaluate_answers(plan, list(answers)).tolist() == [
        Verdict.ELIGIBLE,
        Verdict.INELIGIBLE,
    ]


@pytest.mark.parametrize("text", PREDICATES[:1])
@pytest.mark.parametrize("kind", ColumnKind)
def test_one_changed_answer_spoils_a_conjunction(text: str, kind: ColumnKind) -> None:
    plan = plan_of(text, kind)
    canaries = canaries_of(plan)
    for question in plan.questions:
        answers = canaries.eligible.copy()
        answers[question.index] = canaries.missing[question.index]
        verdict = evaluate_answers(plan, [np.array([code]) for code in answers])
        assert verdict.tolist() == [Verdict.INELIGIBLE]


@pytest.mark.parametrize("text", PREDICATES)
@pytest.mark.parametrize("kind", ColumnKind)
def test_a_near_miss_really_changes_the_answer(text: str, kind: ColumnKind) -> None:
    plan = plan_of(text, kind)
    canaries = canaries_of(plan)
    assert np.all(canaries.eligible != canaries.missing)
    for question in plan.questions:
        low = question.lowest_answer
        for answers in (canaries.eligible, canaries.ineligible, canaries.missing):
            assert low <= answers[question.index] < low + question.answer_count


def test_canaries_are_a_function_of_the_plan() -> None:
    plan = plan_of(PREDICATES[3], ColumnKind.ATTRIBUTE)
    first, second = canaries_of(plan), canaries_of(plan)
    assert first.missing.tolist() == second.missing.tolist()
