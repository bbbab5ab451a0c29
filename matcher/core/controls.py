"""Control slots: canaries and padding with prescribed answers, the same for every provider.

A requester cannot see whether the columns it asked for were really used. So some slots of every
chunk belong to nobody: providers answer them as prescribed, and the verdicts that come back are
known beforehand. The rest of the last chunk is filled the same way, so that a chunk's size says
nothing about the cohort's.

Rules:
 * Every chunk has at least ``CANARIES_PER_CHUNK`` control slots, at places chosen at random.
 * Among them ``ELIGIBLE_PER_CHUNK`` are eligible, for every output of a homomorphic plan, and one
   differs from an eligible one in a single answer; over the chunks every question is the single
   one.
 * Nobody learns the mask of an eligible slot, where 0 comes back whatever it was. Eight of them are
   128 bits of the masks of an output in a chunk, which a requester must guess to use what a
   malformed public key lets through of the rest; of all other slots it may know them (threat
   model).
 * Slots ascend; prescribed answers are answers the question knows. Prescribed values agree about
   who is where, or an enclave, which knows no control slots, would end the run.
 * Whoever receives controls checks all of this before answering.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.core.canaries import canaries_of
from matcher.core.errors import ControlMismatch, InvalidCohort, StatementMismatch
from matcher.core.plan import Plan, evaluate_answers, evaluate_outputs
from matcher.core.prescribing import (
    ELIGIBLE_PER_CHUNK,
    SINGLE_MISSES,
    RandomBytes,
    prescribe,
)
from matcher.core.presence import check_presence
from matcher.core.scheme import ColumnKind
from matcher.core.verdict import Verdict, verdicts_of

__all__ = [
    "CANARIES_PER_CHUNK",
    "ELIGIBLE_PER_CHUNK",
    "ChunkControls",
    "RandomBytes",
    "Seating",
    "check_controls",
    "expected",
    "most_subjects",
    "seat",
]

CANARIES_PER_CHUNK = 16


@dataclass(frozen=True, slots=True, eq=False)
class ChunkControls:
    """The control slots of one chunk.

    Attributes:
        slots: ascending slot numbers within the chunk, shape (controls,).
        answers: prescribed answers, shape (questions, controls).
    """

    slots: NDArray[np.uint16]
    answers: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Seating:
    """Where everybody sits.

    Attributes:
        chunks: control slots chunk by chunk.
        slot_of: global slot of every subject, ``chunk * chunk_slots + slot``, ascending in the
            order of subjects; shape (subjects,).
    """

    chunks: tuple[ChunkControls, ...]
    slot_of: NDArray[np.int64]


def seat(plan: Plan, subjects: int, random_bytes: RandomBytes) -> Seating:
    """Seat ``subjects`` among fresh control slots.

    Args:
        plan: says how many slots a chunk has and what its questions are.
        subjects: at least one.
        random_bytes: a cryptographic source; whoever predicts it can spare the canaries.

    Raises:
        InvalidCohort: there is nobody to seat.
        UnsupportedPredicate: no example of an eligible subject was found.
    """
    if subjects < 1:
        raise InvalidCohort("the cohort is empty", fix="list at least one subject")
    room = plan.chunk_slots - CANARIES_PER_CHUNK
    chunk_count = -(-subjects // room)
    canaries = canaries_of(plan)
    # Where the turn of single misses starts is random, or a matcher would know which question no
    # canary of a chunk watches.
    turn = int.from_bytes(random_bytes(8), "big") % len(plan.questions)
    chunks = []
    seats = []
    for chunk in range(chunk_count):
        seated = min(room, subjects - chunk * room)
        drawn = _draw_slots(plan.chunk_slots, plan.chunk_slots - seated, random_bytes)
        answers = prescribe(plan, canaries, turn + chunk * SINGLE_MISSES, len(drawn), random_bytes)
        order = np.argsort(drawn)
        chunks.append(ChunkControls(drawn[order].astype(np.uint16), answers[:, order]))
        free = np.ones(plan.chunk_slots, dtype=np.bool_)
        free[drawn] = False
        seats.append(np.flatnonzero(free) + chunk * plan.chunk_slots)
    return Seating(tuple(chunks), np.concatenate(seats).astype(np.int64))


def most_subjects(plan: Plan) -> int | None:
    """Return how many subjects a run may have before its key has opened all it may.

    None where a key may open any number of outputs.
    """
    most = None if plan.parameters is None else plan.parameters.most_decryptions
    if most is None:
        return None
    return most // len(plan.outputs) * (plan.chunk_slots - CANARIES_PER_CHUNK)


def expected(plan: Plan, controls: ChunkControls) -> NDArray[np.uint8]:
    """Return the decisions the control slots must come back with, shape (controls,)."""
    return evaluate_answers(plan, list(controls.answers))


def check_controls(plan: Plan, chunks: Sequence[ChunkControls]) -> None:
    """Check controls that somebody else made, before answering by them.

    Raises:
        ControlMismatch: a rule above is broken; says which chunk.
    """
    for number, chunk in enumerate(chunks):
        _check_shape(plan, chunk, f"chunk {number}")
    if not chunks:
        raise ControlMismatch("there are no chunks")
    sizes = np.cumsum([len(chunk.slots) for chunk in chunks])
    joined = np.concatenate([chunk.answers for chunk in chunks], axis=1)
    if plan.column_kind is ColumnKind.VALUE:
        _check_presence(plan, joined)
    satisfied = np.split(_satisfied(plan, joined), sizes[:-1])
    for number, (chunk, eligible) in enumerate(zip(chunks, satisfied, strict=True)):
        _check_canaries(chunk, eligible, f"chunk {number}")


def _check_presence(plan: Plan, answers: NDArray[np.int32]) -> None:
    try:
        check_presence(plan, list(answers))
    except StatementMismatch as error:
        raise ControlMismatch(
            f"prescribed answers cannot be true together: {error.what}", where=error.where
        ) from None


def _satisfied(plan: Plan, answers: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return where every output is 0 or, in the clear, the verdict is eligible."""
    if plan.column_kind is ColumnKind.VALUE:
        verdicts = verdicts_of(evaluate_answers(plan, list(answers)))
        return np.equal(verdicts, Verdict.ELIGIBLE)
    satisfied = np.ones(answers.shape[1], dtype=np.bool_)
    for output in evaluate_outputs(plan, list(answers)):
        satisfied &= output == 0
    return satisfied


def _check_shape(plan: Plan, chunk: ChunkControls, where: str) -> None:
    slots = chunk.slots.astype(np.int64)
    if len(slots) < CANARIES_PER_CHUNK:
        raise ControlMismatch(f"fewer than {CANARIES_PER_CHUNK} control slots", where=where)
    if np.any(np.diff(slots) <= 0) or slots[-1] >= plan.chunk_slots:
        raise ControlMismatch("control slots do not ascend or lie outside the chunk", where=where)
    if chunk.answers.shape != (len(plan.questions), len(slots)):
        raise ControlMismatch("there is not one answer a question and control slot", where=where)
    lowest = np.array([question.lowest_answer for question in plan.questions], dtype=np.int64)
    counts = np.array([question.answer_count for question in plan.questions], dtype=np.int64)
    offsets = chunk.answers.astype(np.int64) - lowest[:, np.newaxis]
    if np.any(offsets < 0) or np.any(offsets >= counts[:, np.newaxis]):
        raise ControlMismatch("a prescribed answer is none the question knows", where=where)


def _check_canaries(chunk: ChunkControls, eligible: NDArray[np.bool_], where: str) -> None:
    if np.count_nonzero(eligible) < ELIGIBLE_PER_CHUNK:
        raise ControlMismatch(f"fewer than {ELIGIBLE_PER_CHUNK} canaries are eligible", where=where)
    # Nearly always one of the first eligible slots has its near miss; the thorough search is for
    # a padded chunk, whose thousands of slots must not cost their square.
    for slot in np.flatnonzero(eligible)[:CANARIES_PER_CHUNK]:
        differences = np.count_nonzero(chunk.answers != chunk.answers[:, slot, np.newaxis], axis=0)
        if np.any(differences == 1):
            return
    if not any(_near_miss(chunk.answers, eligible, row) for row in range(len(chunk.answers))):
        raise ControlMismatch(
            "no canary is eligible with another that differs from it in a single answer",
            where=where,
        )


def _near_miss(answers: NDArray[np.int32], eligible: NDArray[np.bool_], row: int) -> bool:
    """Return whether an eligible slot and another differ in ``row`` alone."""
    rest = np.delete(answers, row, axis=0)
    if not len(rest):
        return bool(eligible.any() and np.ptp(answers[row]) > 0)
    _, group = np.unique(rest, axis=1, return_inverse=True)
    groups = int(group.max()) + 1
    lowest = np.full(groups, np.iinfo(np.int32).max, dtype=np.int32)
    highest = np.full(groups, np.iinfo(np.int32).min, dtype=np.int32)
    np.minimum.at(lowest, group, answers[row])
    np.maximum.at(highest, group, answers[row])
    return bool(np.any((lowest < highest)[group[eligible]]))


def _draw_slots(slots: int, count: int, random_bytes: RandomBytes) -> NDArray[np.int64]:
    """Return ``count`` different slots in random order."""
    if count > slots // 8:
        keys = np.frombuffer(random_bytes(8 * slots), dtype="<u8")
        return np.argsort(keys, kind="stable")[:count].astype(np.int64)
    # Few among many: draw and drop repetitions, without bias since slots divide 2^16.
    drawn: dict[int, None] = {}
    while len(drawn) < count:
        for word in np.frombuffer(random_bytes(2 * count), dtype="<u2").tolist():
            if word < 65536 - 65536 % slots and len(drawn) < count:
                drawn.setdefault(word % slots)
    return np.array(list(drawn), dtype=np.int64)
