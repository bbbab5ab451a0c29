"""The answers of canaries: one subject that is eligible, one that is not, and near misses.

Rules:
 * The eligible canary satisfies every literal of decision columns; elsewhere it is an example
   that the whole predicate holds for.
 * A near miss changes one answer of the eligible canary so that the verdict changes, where one
   answer can do that.
 * Everything is a function of the plan; chance only chooses slots and filling.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.core.errors import DegeneratePredicate
from matcher.core.kleene import FALSE, TRUE
from matcher.core.normal import negated
from matcher.core.plan import Plan, Question, answer_question, evaluate_answers
from matcher.core.satisfy import candidates, satisfying
from matcher.core.scheme import ColumnKind
from matcher.core.table import Values
from matcher.core.verdict import Verdict


@dataclass(frozen=True, slots=True, eq=False)
class Canaries:
    """Answers to every question of a plan, each of shape (questions,).

    Attributes:
        eligible: of the eligible canary.
        ineligible: of the ineligible canary.
        missing: what to change in ``eligible``, one question at a time.
    """

    eligible: NDArray[np.int32]
    ineligible: NDArray[np.int32]
    missing: NDArray[np.int32]


def canaries_of(plan: Plan) -> Canaries:
    """Return the canaries of ``plan``.

    Raises:
        UnsupportedPredicate: no example was found within the solver's steps.
    """
    count = len(plan.questions)
    if plan.column_kind is ColumnKind.DECISION:
        return Canaries(
            eligible=np.full(count, TRUE, dtype=np.int32),
            ineligible=np.full(count, FALSE, dtype=np.int32),
            missing=np.full(count, FALSE, dtype=np.int32),
        )
    eligible = _example(plan, holds=True)
    return Canaries(
        eligible=eligible,
        ineligible=_example(plan, holds=False),
        missing=np.array(
            [_miss(plan, question, eligible) for question in plan.questions], dtype=np.int32
        ),
    )


def _example(plan: Plan, *, holds: bool) -> NDArray[np.int32]:
    predicate = plan.predicate if holds else negated(plan.predicate)
    found = satisfying(predicate, plan.attributes)
    if found is None:
        raise DegeneratePredicate("the predicate has the same answer for everybody")
    table = {name: Values.of([code]) for name, code in found.items()}
    return np.array(
        [answer_question(question, plan.attributes, table)[0] for question in plan.questions],
        dtype=np.int32,
    )


def _miss(plan: Plan, question: Question, eligible: NDArray[np.int32]) -> int:
    """Return another answer to ``question``, one that spoils the verdict if any does."""
    others = [code for code in _answers(plan, question) if code != eligible[question.index]]
    trials = np.repeat(eligible[:, np.newaxis], len(others), axis=1)
    trials[question.index] = others
    verdicts = evaluate_answers(plan, list(trials))
    spoiled = np.flatnonzero(verdicts == Verdict.INELIGIBLE)
    return others[int(spoiled[0]) if len(spoiled) else 0]


def _answers(plan: Plan, question: Question) -> list[int]:
    """Return answers that stand for all answers to ``question``, absence left out."""
    attribute = question.attribute
    if attribute is None:
        return [TRUE, FALSE]
    if question.kind is ColumnKind.ATTRIBUTE:
        return list(range(attribute.class_count))
    return list(candidates(plan.predicate, plan.attributes)[attribute.name])
