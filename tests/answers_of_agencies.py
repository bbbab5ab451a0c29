"""What honest agencies answer when people are spread over several of a role."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from matcher.core.identifiers import Role
from matcher.core.plan import Plan, Question, answer_question
from matcher.core.programme import Unit
from matcher.core.scheme import ColumnKind
from matcher.core.table import Grouping, Table, Values

# By role, the number of the agency that has each row of a table.
Assignment = Mapping[Role, NDArray[np.int64]]


def spread(plan: Plan, rows: int, rng: np.random.Generator) -> Assignment:
    """Assign every row to one agency of each role."""
    return {role: rng.integers(0, count, rows) for role, count in plan.agencies.items()}


def answers_of(
    plan: Plan, table: Table, assignment: Assignment, grouping: Grouping | None = None
) -> list[NDArray[np.int32]]:
    """Return the answers to every question of ``plan``, each of shape (slots,).

    Args:
        plan: whose questions are answered.
        table: everybody, all agencies' attributes side by side.
        assignment: who is with which agency.
        grouping: the households that rows are members of; seats are taken in order.
    """
    if plan.programme.unit is Unit.PERSON:
        return [_about_persons(plan, question, table, assignment) for question in plan.questions]
    assert grouping is not None
    return [
        _about_households(plan, question, table, assignment, grouping)
        for question in plan.questions
    ]


def _about_persons(
    plan: Plan, question: Question, table: Table, assignment: Assignment
) -> NDArray[np.int32]:
    answers = answer_question(question, plan.attributes, table)
    if question.elsewhere is None:
        return answers
    held = assignment[question.role] == question.provider
    return np.where(held, answers, question.elsewhere).astype(np.int32)


def _about_households(
    plan: Plan, question: Question, table: Table, assignment: Assignment, grouping: Grouping
) -> NDArray[np.int32]:
    held = assignment[question.role] == question.provider
    if question.kind is ColumnKind.DECISION:
        own = {
            name: Values(values.codes[held], values.present[held]) for name, values in table.items()
        }
        members = Grouping(grouping.groups, grouping.group_of[held])
        return answer_question(question, plan.attributes, own, members)
    assert question.elsewhere is not None
    seats = seats_of(grouping)
    here = held & (seats == question.seat)
    answers = np.full(grouping.groups, question.elsewhere, dtype=np.int32)
    answers[grouping.group_of[here]] = answer_question(question, plan.attributes, table)[here]
    return answers


def seats_of(grouping: Grouping) -> NDArray[np.int64]:
    """Return the seat of every row: members sit in the order of their rows."""
    rows = np.arange(len(grouping.group_of))
    first = np.searchsorted(grouping.group_of, grouping.group_of)
    return rows - first
