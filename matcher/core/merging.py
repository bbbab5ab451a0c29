"""Putting together what several agencies sealed about the same people.

An enclave opens value columns by attribute, agency and seat; a predicate is about persons or about
the members of households. Decides what counts where answers do not fit together, as prescribed
answers of control slots need not: real ones that do not are refused before they come here.

Rules:
 * Of several agencies that have somebody, the one with the lowest number counts.
 * A seat is a member of the household if any agency of any role has somebody in it; what no agency
   then knows is absent.
 * Every slot of a programme of persons is somebody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.core.errors import InvalidProgramme
from matcher.core.identifiers import AttributeName
from matcher.core.questions import Question
from matcher.core.table import Grouping, Table, Values


def persons_of(questions: Sequence[Question], answers: Sequence[NDArray[np.int32]]) -> Table:
    """Return what is known of the person of every slot, attributes of shape (slots,).

    Args:
        questions: value questions about persons.
        answers: of each question, shape (slots,).
    """
    merged = _merged(questions, answers)
    return {name: Values(one.codes, one.known) for (name, _), one in merged.items()}


def members_of(
    questions: Sequence[Question], answers: Sequence[NDArray[np.int32]], seats: int
) -> tuple[Table, Grouping]:
    """Return what is known of the members of every slot's household, and whose they are.

    Args:
        questions: value questions about households, at least one.
        answers: of each question, shape (slots,).
        seats: how many members a slot may hold.
    """
    merged = _merged(questions, answers)
    slots = len(answers[0])
    taken = np.zeros((slots, seats), dtype=np.bool_)
    for (_, seat), one in merged.items():
        taken[:, seat] |= one.held
    rows = np.flatnonzero(taken)
    table: dict[AttributeName, Values] = {}
    for name in dict.fromkeys(name for name, _ in merged):
        by_seat = [merged[name, seat] for seat in range(seats)]
        codes = np.stack([one.codes for one in by_seat], axis=1)
        known = np.stack([one.known for one in by_seat], axis=1)
        table[name] = Values(codes.ravel()[rows], known.ravel()[rows])
    return table, Grouping(slots, (rows // seats).astype(np.int32))


@dataclass(frozen=True, slots=True)
class _Merged:
    """One attribute of one seat, every array of shape (slots,)."""

    codes: NDArray[np.int32]
    known: NDArray[np.bool_]
    held: NDArray[np.bool_]

    def else_of(self, other: _Merged) -> _Merged:
        return _Merged(
            np.where(self.held, self.codes, other.codes),
            np.where(self.held, self.known, other.known),
            self.held | other.held,
        )


def _merged(
    questions: Sequence[Question], answers: Sequence[NDArray[np.int32]]
) -> dict[tuple[AttributeName, int], _Merged]:
    """Return what counts of every attribute and seat; questions ascend by agency."""
    merged: dict[tuple[AttributeName, int], _Merged] = {}
    for question, codes in zip(questions, answers, strict=True):
        if question.attribute is None:
            raise InvalidProgramme(f"{question.text} is a decision, not a value")
        held = np.ones(codes.shape, dtype=np.bool_)
        if question.elsewhere is not None:
            held = codes != question.elsewhere
        one = _Merged(codes, held & (codes != question.attribute.absent_code), held)
        key = (question.attribute.name, question.seat)
        merged[key] = merged[key].else_of(one) if key in merged else one
    return merged
