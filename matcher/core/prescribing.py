"""Drawing the prescribed answers of a chunk's control slots, canaries first.

Rules:
 * Prescribed answers say of everybody that one agency of each role has him: an enclave refuses
   answers that cannot be true together, and does not know which slots are controls. Which agency,
   and in which seats a household's members are, is chance.
 * The single misses of a chunk differ in one answer from its eligible canaries. Which answers is
   counted on from chunk to chunk.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.core.canaries import Canaries
from matcher.core.identifiers import Role
from matcher.core.plan import Plan, Question
from matcher.core.programme import Unit
from matcher.core.scheme import ColumnKind

ELIGIBLE_PER_CHUNK = 8
SINGLE_MISSES = 4

RandomBytes = Callable[[int], bytes]


def prescribe(
    plan: Plan, canaries: Canaries, turn: int, count: int, random_bytes: RandomBytes
) -> NDArray[np.int32]:
    """Return answers for ``count`` control slots in no order, shape (questions, count).

    Args:
        plan: whose questions are answered.
        canaries: the plan's.
        turn: from which question on single misses are taken.
        count: at least ``ELIGIBLE_PER_CHUNK + SINGLE_MISSES + 1``.
        random_bytes: a cryptographic source.
    """
    answers = _filling(plan, count, random_bytes)
    seated = _places(plan, 1, random_bytes)
    eligible = _seated(plan, canaries.eligible, seated)
    missing = _seated(plan, canaries.missing, seated)
    misses = range(ELIGIBLE_PER_CHUNK, ELIGIBLE_PER_CHUNK + SINGLE_MISSES)
    answers[:, : misses.stop] = eligible[:, np.newaxis]
    missed = np.flatnonzero(missing != eligible)
    for place in misses:
        single = missed[(turn + place) % len(missed)]
        answers[single, place] = missing[single]
    answers[:, misses.stop] = _seated(plan, canaries.ineligible, _places(plan, 1, random_bytes))
    return answers


@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """Where the people of some slots are.

    Attributes:
        seats: a permutation of the seats for every slot, shape (seats, slots).
        holders: the agency of each seat, for every role shape (seats, slots).
    """

    seats: NDArray[np.int64]
    holders: dict[Role, NDArray[np.int64]]


def _places(plan: Plan, slots: int, random_bytes: RandomBytes) -> _Places:
    shape = (plan.seats, slots)
    order = np.argsort(_below(2**63, shape, random_bytes), axis=0, kind="stable")
    holders = {
        role: _below(count, shape, random_bytes) for role, count in sorted(plan.agencies.items())
    }
    return _Places(order, holders)


def _seated(plan: Plan, answers: NDArray[np.int32], places: _Places) -> NDArray[np.int32]:
    """Return ``answers``, given about the first agencies and seats, for people at ``places``."""
    if plan.column_kind is ColumnKind.DECISION:
        return answers
    first = {
        (question.text, question.seat): question.index
        for question in plan.questions
        if question.provider == 0
    }
    result = answers.copy()
    for question in plan.questions:
        if question.elsewhere is None:
            continue
        held = places.holders[question.role][question.seat, 0] == question.provider
        whose = int(places.seats[question.seat, 0])
        result[question.index] = (
            answers[first[question.text, whose]] if held else question.elsewhere
        )
    return result


def _filling(plan: Plan, count: int, random_bytes: RandomBytes) -> NDArray[np.int32]:
    """Return random answers that can be true together, shape (questions, count)."""
    places = _places(plan, count, random_bytes)
    members = np.ones((1, count), dtype=np.int64)
    if plan.programme.unit is Unit.HOUSEHOLD:
        members = 1 + _below(plan.seats, (1, count), random_bytes)
    taken = places.seats < members
    answers = np.empty((len(plan.questions), count), dtype=np.int32)
    for question in plan.questions:
        drawn = question.lowest_answer + _below(_about_somebody(question), (count,), random_bytes)
        if question.elsewhere is not None:
            held = places.holders[question.role][question.seat] == question.provider
            drawn = np.where(taken[question.seat] & held, drawn, question.elsewhere)
        answers[question.index] = drawn
    return answers


def _about_somebody(question: Question) -> int:
    """Return how many answers there are about somebody; they come first."""
    nobody = question.elsewhere is not None and question.kind is not ColumnKind.DECISION
    return question.answer_count - nobody


def _below(limit: int, shape: tuple[int, ...], random_bytes: RandomBytes) -> NDArray[np.int64]:
    # The bias of a remainder is nothing against 64 bits; it chooses filling, not masks.
    words = np.frombuffer(random_bytes(8 * int(np.prod(shape))), dtype="<u8")
    return (words % np.uint64(limit)).astype(np.int64).reshape(shape)
