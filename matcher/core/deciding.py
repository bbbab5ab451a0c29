"""What follows from the answers to a plan's questions, computed in the clear.

An enclave decides so; for encrypted columns it says what they must come back as. Masks change
nothing: only where an output is 0 counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.core.compiled_plan import Plan
from matcher.core.kleene import FALSE, TRUE
from matcher.core.literals import answer
from matcher.core.merging import members_of, persons_of
from matcher.core.plain import residues_of
from matcher.core.programme import Unit
from matcher.core.questions import Question, encode_part
from matcher.core.scheme import Bound, ColumnKind
from matcher.core.table import Grouping
from matcher.core.verdict import decisions_of


def encode_answers(
    plan: Plan, question: Question, answers: NDArray[np.int32]
) -> Mapping[int, NDArray[np.uint8]]:
    """Return the 0/1 vector of every column of ``question``, by column number.

    Args:
        plan: for homomorphic columns.
        question: one of ``plan.questions``.
        answers: answer codes, shape (slots,).
    """
    return {
        number: encode_part(plan.columns[number], question, answers) for number in question.columns
    }


def evaluate_outputs(
    plan: Plan, answers: Sequence[NDArray[np.int32]]
) -> tuple[NDArray[np.uint64], ...]:
    """Return what every output of a homomorphic plan is before it is masked, each (slots,).

    Args:
        plan: for homomorphic columns.
        answers: answer codes of every question, each of shape (slots,).
    """
    columns: dict[int, NDArray[np.uint8]] = {}
    for question, codes in zip(plan.questions, answers, strict=True):
        columns.update(encode_answers(plan, question, codes))
    return tuple(residues_of(circuit, columns) for circuit in plan.circuits)


def decisions_from(plan: Plan, outputs: Sequence[NDArray[np.uint64]]) -> NDArray[np.uint8]:
    """Return the decision of every slot, shape (slots,).

    Args:
        plan: for homomorphic columns.
        outputs: the values of its outputs in order, masked or not: only where they are 0 counts.
    """
    certain = [
        values == 0
        for output, values in zip(plan.outputs, outputs, strict=True)
        if output.bound is not Bound.OPTIMISTIC
    ]
    if plan.outputs[-1].bound is Bound.OPTIMISTIC:
        return decisions_of(certain, outputs[-1] != 0)
    return decisions_of(certain, ~np.logical_or.reduce(certain))


def evaluate_answers(plan: Plan, answers: Sequence[NDArray[np.int32]]) -> NDArray[np.uint8]:
    """Return the decisions that follow from the answers to all questions, shape (slots,).

    This is the plan in the clear, whatever the answers: what an enclave computes, and what control
    slots must come back as.

    Args:
        plan: of any kind of columns.
        answers: answer codes of every question, each of shape (slots,).
    """
    if plan.column_kind is not ColumnKind.VALUE:
        return decisions_from(plan, evaluate_outputs(plan, answers))
    grouping: Grouping | None = None
    if plan.programme.unit is Unit.HOUSEHOLD:
        table, grouping = members_of(plan.questions, answers, plan.seats)
    else:
        table = persons_of(plan.questions, answers)
    eligible = answer(plan.predicate, plan.attributes, table, grouping)
    if plan.tiers == (plan.predicate,):
        # True, false and unknown have the codes of eligible, ineligible and undetermined.
        return eligible
    tiers = [answer(tier, plan.attributes, table, grouping) for tier in plan.tiers]
    return decisions_of([tier == TRUE for tier in tiers], eligible == FALSE)
