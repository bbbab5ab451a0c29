from __future__ import annotations

import numpy as np
import pytest

from matcher.core.canaries import canaries_of
from matcher.core.plan import Plan, evaluate_answers
from matcher.core.scheme import ColumnKind
from matcher.core.verdict import Verdict, verdicts_of
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


HOUSEHOLD = "members.all(m, m.tax.bracket <= 3) && members.exists(m, m.welfare.grade in [1, 2])"
SPREAD = {
    "persons": plan_of(PREDICATES[0], ColumnKind.VALUE, agencies={"tax": 2}),
    "persons by class": plan_of(PREDICATES[0], ColumnKind.ATTRIBUTE, agencies={"tax": 2}),
    "persons by decision": plan_of(PREDICATES[0], agencies={"tax": 2}),
    "households": plan_of(HOUSEHOLD, ColumnKind.VALUE, agencies={"welfare": 2}, most_members=3),
    "households by decision": plan_of(HOUSEHOLD, agencies={"welfare": 2}, most_members=3),
    "outcomes": plan_of(
        PREDICATES[0], ColumnKind.VALUE, tiers={"full": "tax.bracket <= 1", "half": None}
    ),
}
spread = pytest.mark.parametrize("plan", SPREAD.values(), ids=SPREAD.keys())


@spread
def test_canaries_of_several_agencies_have_their_verdict(plan: Plan) -> None:
    canaries = canaries_of(plan)
    answers = np.stack([canaries.eligible, canaries.ineligible], axis=1)
    decisions = evaluate_answers(plan, list(answers))
    assert verdicts_of(decisions).tolist() == [Verdict.ELIGIBLE, Verdict.INELIGIBLE]


@spread
def test_only_the_first_agencies_and_seats_have_somebody(plan: Plan) -> None:
    canaries = canaries_of(plan)
    for question in plan.questions:
        if question.elsewhere is not None and question.provider:
            assert canaries.eligible[question.index] == question.elsewhere
            assert canaries.ineligible[question.index] == question.elsewhere


@spread
def test_a_near_miss_is_about_somebody(plan: Plan) -> None:
    canaries = canaries_of(plan)
    assert (canaries.missing != canaries.eligible).any()
    if plan.column_kind is ColumnKind.DECISION:
        return
    for question in plan.questions:
        if canaries.eligible[question.index] == question.elsewhere:
            assert canaries.missing[question.index] == question.elsewhere
        else:
            assert canaries.missing[question.index] != question.elsewhere


def test_one_changed_value_spoils_a_household() -> None:
    plan = SPREAD["households"]
    canaries = canaries_of(plan)
    held = np.flatnonzero(canaries.missing != canaries.eligible)
    for index in held:
        answers = canaries.eligible.copy()
        answers[index] = canaries.missing[index]
        verdict = evaluate_answers(plan, [np.array([code]) for code in answers])
        assert verdict.tolist() == [Verdict.INELIGIBLE]


def test_attributes_that_only_folding_read_have_an_answer() -> None:
    plan = plan_of("tax.bracket <= 3 && (1 < 2 || welfare.grade == 1)", ColumnKind.VALUE)
    canaries = canaries_of(plan)
    assert [q.text for q in plan.questions] == ["tax.bracket", "welfare.grade"]
    assert canaries.eligible[1] == 0
