from __future__ import annotations

import numpy as np
import pytest

from matcher.core.canaries import canaries_of
from matcher.core.plan import Plan, evaluate_answers
from matcher.core.prescribing import ELIGIBLE_PER_CHUNK, SINGLE_MISSES, prescribe
from matcher.core.presence import check_presence
from matcher.core.scheme import ColumnKind
from matcher.core.verdict import Verdict
from tests.programmes_of_tests import plan_of

PERSONS = "tax.bracket <= 3 && welfare.grade in [1, 2]"
HOUSEHOLDS = "members.all(m, m.tax.bracket <= 3) && members.exists(m, m.welfare.grade in [1, 2])"
PLANS = {
    "persons, decision": plan_of(PERSONS, agencies={"tax": 2}),
    "persons, attribute": plan_of(PERSONS, ColumnKind.ATTRIBUTE, agencies={"tax": 3}),
    "persons, value": plan_of(PERSONS, ColumnKind.VALUE, agencies={"tax": 3}),
    "households, decision": plan_of(HOUSEHOLDS, agencies={"welfare": 2}, most_members=3),
    "households, value": plan_of(
        HOUSEHOLDS, ColumnKind.VALUE, agencies={"welfare": 2}, most_members=3
    ),
}
every_plan = pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS.keys())
COUNT = 40
FIRST = ELIGIBLE_PER_CHUNK
INELIGIBLE = FIRST + SINGLE_MISSES


def _drawn(plan: Plan, seed: int, turn: int = 0) -> np.ndarray:
    return prescribe(plan, canaries_of(plan), turn, COUNT, np.random.default_rng(seed).bytes)


@every_plan
def test_canaries_come_first_and_have_their_verdicts(plan: Plan) -> None:
    for seed in range(10):
        answers = _drawn(plan, seed)
        assert answers.shape == (len(plan.questions), COUNT)
        decisions = evaluate_answers(plan, list(answers))
        assert set(decisions[:FIRST].tolist()) == {Verdict.ELIGIBLE}
        assert decisions[INELIGIBLE] == Verdict.INELIGIBLE


@every_plan
def test_single_misses_differ_in_one_answer_and_take_turns(plan: Plan) -> None:
    missed = set()
    for turn in range(0, 40, SINGLE_MISSES):
        answers = _drawn(plan, 7, turn)
        differences = answers[:, FIRST:INELIGIBLE] != answers[:, :1]
        assert differences.sum(axis=0).tolist() == [1] * SINGLE_MISSES
        missed |= set(np.argmax(differences, axis=0).tolist())
    held = canaries_of(plan)
    assert len(missed) == np.count_nonzero(held.missing != held.eligible)


@every_plan
def test_answers_about_persons_are_given_by_one_agency_of_each_role(plan: Plan) -> None:
    answers = _drawn(plan, 3)
    if plan.column_kind is ColumnKind.VALUE:
        check_presence(plan, list(answers))
    if plan.seats > 1:
        return
    for text in {question.text for question in plan.questions}:
        asked = [question for question in plan.questions if question.text == text]
        held = sum(
            (answers[question.index] != question.elsewhere).astype(int) for question in asked
        )
        # A decision that misses nothing cannot be told from nobody.
        expected = held <= 1 if plan.column_kind is ColumnKind.DECISION else held == 1
        assert np.all(expected)


def test_households_of_the_filling_have_every_size() -> None:
    plan = PLANS["households, value"]
    answers = _drawn(plan, 5)[:, INELIGIBLE + 1 :]
    seats = [
        answers[question.index] != question.elsewhere
        for question in plan.questions
        if question.role == "tax"
    ]
    assert set(np.sum(seats, axis=0).tolist()) == {1, 2, 3}
