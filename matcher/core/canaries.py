"""The answers of canaries: one subject that is eligible, one that is not, and near misses.

Rules:
 * The eligible canary satisfies every literal of decision columns; elsewhere it is an example
   that the whole predicate holds for.
 * A near miss changes one answer of the eligible canary so that the decision changes, where one
   answer can do that. Who is where does not change: what no agency is asked about stays nobody.
 * Here everybody is with the first agency of each role and members fill the first seats; where
   canaries really sit is drawn with the other prescribed answers.
 * Everything is a function of the plan; chance only chooses slots, places and filling.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.core.errors import DegeneratePredicate
from matcher.core.identifiers import AttributeName
from matcher.core.kleene import FALSE, TRUE
from matcher.core.normal import negated
from matcher.core.plan import Plan, Question, answer_question, evaluate_answers
from matcher.core.predicate import (
    ConstantOperand,
    Predicate,
    attributes_of,
    leaves_of,
    operands_of,
)
from matcher.core.programme import Unit
from matcher.core.satisfy import satisfying, satisfying_members
from matcher.core.scheme import ColumnKind
from matcher.core.table import Values
from matcher.core.verdict import Verdict


@dataclass(frozen=True, slots=True, eq=False)
class Canaries:
    """Answers to every question of a plan, each of shape (questions,).

    Attributes:
        eligible: of the eligible canary.
        ineligible: of the ineligible canary.
        missing: what to change in ``eligible``, one question at a time; the same as there for
            questions about nobody.
    """

    eligible: NDArray[np.int32]
    ineligible: NDArray[np.int32]
    missing: NDArray[np.int32]


def canaries_of(plan: Plan) -> Canaries:
    """Return the canaries of ``plan``.

    Raises:
        DegeneratePredicate: the verdict is the same for everybody.
        UnsupportedPredicate: no example was found within the solver's steps.
    """
    if plan.column_kind is ColumnKind.DECISION:
        count = len(plan.questions)
        return Canaries(
            eligible=np.full(count, TRUE, dtype=np.int32),
            ineligible=np.array([_missed(question) for question in plan.questions], dtype=np.int32),
            missing=np.full(count, FALSE, dtype=np.int32),
        )
    eligible = _example(plan, plan.predicate)
    return Canaries(
        eligible=eligible,
        ineligible=_example(plan, negated(plan.predicate)),
        missing=_misses(plan, eligible),
    )


def _missed(question: Question) -> int:
    """Return the answer about somebody of the first agency who satisfies nothing."""
    return FALSE if question.provider == 0 or question.elsewhere is None else question.elsewhere


def _example(plan: Plan, predicate: Predicate) -> NDArray[np.int32]:
    members = _members(plan, predicate)
    return np.array(
        [_answer(plan, question, members) for question in plan.questions], dtype=np.int32
    )


def _members(plan: Plan, predicate: Predicate) -> tuple[Mapping[AttributeName, int], ...]:
    members: tuple[Mapping[AttributeName, int], ...] | None
    if plan.programme.unit is Unit.PERSON:
        person = satisfying(predicate, plan.attributes)
        members = None if person is None else (person,)
    else:
        members = satisfying_members(predicate, plan.attributes, plan.seats)
    if members is None:
        raise DegeneratePredicate("the predicate has the same answer for everybody")
    return members


def _answer(
    plan: Plan, question: Question, members: tuple[Mapping[AttributeName, int], ...]
) -> int:
    attribute = question.attribute
    held = question.provider == 0 and question.seat < len(members)
    if attribute is None or (not held and question.elsewhere is not None):
        return TRUE if question.elsewhere is None else question.elsewhere
    code = members[question.seat].get(attribute.name, attribute.low)
    table = {attribute.name: Values.of([code])}
    return int(answer_question(question, plan.attributes, table)[0])


def _misses(plan: Plan, eligible: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return another answer to every question, one that spoils the verdict if any does."""
    trials = [
        (question.index, code)
        for question in plan.questions
        if eligible[question.index] != question.elsewhere
        for code in _others(plan, question, int(eligible[question.index]))
    ]
    tried = np.repeat(eligible[:, np.newaxis], len(trials) + 1, axis=1)
    for place, (index, code) in enumerate(trials):
        tried[index, place] = code
    *decisions, untouched = evaluate_answers(plan, list(tried)).tolist()
    best: dict[int, tuple[int, int]] = {}
    for (index, code), decision in zip(trials, decisions, strict=True):
        merit = 2 if decision == Verdict.INELIGIBLE else int(decision != untouched)
        if index not in best or merit > best[index][0]:
            best[index] = (merit, code)
    missing = eligible.copy()
    for index, (_, code) in best.items():
        missing[index] = code
    return missing


def _others(plan: Plan, question: Question, code: int) -> Iterator[int]:
    """Yield answers about somebody other than ``code``, absence left out."""
    attribute = question.attribute
    if attribute is None:
        return
    if question.kind is ColumnKind.ATTRIBUTE:
        codes = list(range(attribute.class_count))
    else:
        low, high = attribute.low, attribute.high
        near = {limit + step for limit in _limits(plan, attribute.name) for step in (-1, 0, 1)}
        codes = sorted({low, high, *(other for other in near if low <= other <= high)})
    yield from (other for other in codes if other != code)


def _limits(plan: Plan, name: AttributeName) -> set[int]:
    """Return the constants that what reads ``name`` is compared with."""
    return {
        operand.code
        for predicate in (plan.predicate, *plan.tiers)
        for leaf in leaves_of(predicate)
        if name in attributes_of(leaf)
        for operand in operands_of(leaf)
        if isinstance(operand, ConstantOperand)
    }
