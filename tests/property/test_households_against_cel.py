"""Random programmes for persons and households: this system's decisions against CEL, row by row.

Nothing of this system takes part in the oracle.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from matcher.core.errors import DegeneratePredicate, UnsupportedPredicate
from matcher.core.plan import Plan, answer_question, compile_plan, evaluate_answers
from matcher.core.programme import Programme
from matcher.core.questions import Question
from matcher.core.reference import reference_decisions
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.verdict import Verdict
from matcher.language import bundle_digest, dump_bundle, load_bundle
from tests.cel_oracle import Joined, Known, Leaf, Negated, Quantified
from tests.random_programmes import (
    ATTRIBUTES,
    BIRTHDAYS,
    DAYS,
    MEMBER,
    MOST_MEMBERS,
    RULES,
    Trial,
    aged_leaves,
    grouping_of,
    quantifiers,
    simple_leaves,
    table_of,
    trials,
)

_SETTINGS = settings(suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])


@_SETTINGS
@given(trials("person"), st.sampled_from(DAYS), st.lists(MEMBER, min_size=6, max_size=12))
def test_decisions_about_persons_are_those_of_cel(
    trial: Trial, day: dt.date, people: list[Known]
) -> None:
    _decide_persons(trial, day, people)


@_SETTINGS
@given(
    trials("household"),
    st.sampled_from(DAYS),
    st.lists(st.lists(MEMBER, max_size=MOST_MEMBERS), min_size=3, max_size=6),
)
def test_decisions_about_households_are_those_of_cel(
    trial: Trial, day: dt.date, households: list[list[Known]]
) -> None:
    _decide_households(trial, day, households)


@_SETTINGS
@given(aged_leaves(), st.sampled_from(DAYS))
def test_times_that_have_passed_are_those_of_cel(leaf: Leaf, day: dt.date) -> None:
    nobody: dict[str, int | None] = dict.fromkeys(ATTRIBUTES)
    people = [nobody | {"family.born": one, "family.married": one} for one in BIRTHDAYS]
    _decide_persons(Trial("person", leaf, [], {}), day, people)


@_SETTINGS
@given(
    st.lists(simple_leaves(), min_size=3, max_size=4),
    st.integers(2, 3),
    st.booleans(),
    st.lists(MEMBER, min_size=8, max_size=12),
    RULES,
)
def test_thresholds_are_those_of_cel(
    leaves: list[Leaf],
    least: int,
    negated: bool,  # noqa: FBT001
    people: list[Known],
    rules: dict[str, Verdict],
) -> None:
    threshold = Joined("at_least", least, leaves)
    condition = Negated(threshold) if negated else threshold
    _decide_persons(Trial("person", condition, [], rules), DAYS[0], people)


@_SETTINGS
@given(
    quantifiers(simple_leaves()),
    st.booleans(),
    st.lists(st.lists(MEMBER, max_size=MOST_MEMBERS), min_size=8, max_size=12),
    RULES,
)
def test_quantifiers_are_those_of_cel(
    quantified: Quantified,
    negated: bool,  # noqa: FBT001
    households: list[list[Known]],
    rules: dict[str, Verdict],
) -> None:
    condition = Negated(quantified) if negated else quantified
    _decide_households(Trial("household", condition, [], rules), DAYS[0], households)


@_SETTINGS
@given(
    trials("person"),
    st.sampled_from(DAYS),
    st.lists(MEMBER, min_size=4, max_size=8),
    st.sampled_from([ColumnKind.DECISION, ColumnKind.VALUE]),
)
def test_plans_about_persons_decide_as_cel(
    trial: Trial, day: dt.date, people: list[Known], kind: ColumnKind
) -> None:
    plan = _plan(trial.programme(), day, kind)
    answers = [answer_question(each, plan.attributes, table_of(people)) for each in plan.questions]
    expected = trial.expected(day, [[person] for person in people])
    assert evaluate_answers(plan, answers).tolist() == expected


@_SETTINGS
@given(
    trials("household"),
    st.sampled_from(DAYS),
    st.lists(st.lists(MEMBER, max_size=MOST_MEMBERS), min_size=2, max_size=4),
    st.sampled_from([ColumnKind.DECISION, ColumnKind.VALUE]),
)
def test_plans_about_households_decide_as_cel(
    trial: Trial, day: dt.date, households: list[list[Known]], kind: ColumnKind
) -> None:
    plan = _plan(trial.programme(), day, kind)
    answers = [_about_households(plan, question, households) for question in plan.questions]
    assert evaluate_answers(plan, answers).tolist() == trial.expected(day, households)


def _plan(programme: Programme, day: dt.date, kind: ColumnKind) -> Plan:
    try:
        digest = bundle_digest(dump_bundle(programme))
        return compile_plan(programme, digest, Scheme.CLEAR, kind, day)
    except (DegeneratePredicate, UnsupportedPredicate):
        # Random conditions often repeat or contradict themselves, or mix roles in a member.
        reject()


def _about_households(
    plan: Plan, question: Question, households: list[list[Known]]
) -> NDArray[np.int32]:
    if question.kind is ColumnKind.DECISION:
        people = [member for members in households for member in members]
        return answer_question(question, plan.attributes, table_of(people), grouping_of(households))
    answers = np.full(len(households), question.elsewhere, dtype=np.int32)
    for slot, members in enumerate(households):
        for member in members[question.seat : question.seat + 1]:
            answers[slot] = answer_question(question, plan.attributes, table_of([member]))[0]
    return answers


def _decide_persons(trial: Trial, day: dt.date, people: list[Known]) -> None:
    programme = load_bundle(dump_bundle(trial.programme()))
    decisions = reference_decisions(programme, day, table_of(people))
    assert decisions.tolist() == trial.expected(day, [[person] for person in people])


def _decide_households(trial: Trial, day: dt.date, households: list[list[Known]]) -> None:
    programme = load_bundle(dump_bundle(trial.programme()))
    people = [member for members in households for member in members]
    decisions = reference_decisions(programme, day, table_of(people), grouping_of(households))
    assert decisions.tolist() == trial.expected(day, households)
