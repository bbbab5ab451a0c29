"""Answers an agency's questions of a plan, one chunk at a time, in the clear and on its own data.

What leaves this module is still plaintext: the vectors that are encrypted or sealed next. Seats
and controls have been checked against the run statement before.

Rules:
 * A person the agency does not know is absent in every attribute; nothing tells them apart from a
   person without values.
 * An agency that shares its role speaks only about the people it is asked about. Everybody else is
   somebody else's to answer for, and its answer there changes nothing; it is never "absent".
 * Control slots take the prescribed answers, whatever code stands there.
 * An answer goes through the same encoding for people and controls, so that an evaluator cannot
   tell them apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NewType

import numpy as np
from numpy.typing import NDArray

from clients.provider.holdings import Selection
from matcher.core.controls import ChunkControls
from matcher.core.errors import InvalidProgramme
from matcher.core.identifiers import Role
from matcher.core.plan import Plan, Question, answer_question, encode_answers
from matcher.core.programme import Unit
from matcher.core.scheme import ColumnKind
from matcher.core.table import Grouping, Table, Values
from matcher.core.values import pack_values

PlainColumn = NewType("PlainColumn", bytes)
"""One column of one chunk before protection: a 0/1 byte a slot, or packed values."""


def seated(codes: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return in which places of a roster somebody sits.

    Args:
        codes: C-contiguous, shape (places, 16).

    Returns:
        shape (places,).
    """
    halves = codes.view(np.uint64)
    filled: NDArray[np.bool_] = (halves[:, 0] | halves[:, 1]) != 0
    return filled


class Answering:
    """The questions to one agency in one run, ready to be answered chunk after chunk.

    Args:
        plan: compiled here.
        role: the agency's.
        provider: its number among the agencies of the role.
        selection: the tables that give the role's attributes.
    """

    __slots__ = ("_alone", "_households", "_plan", "_questions", "_seats", "_selection")

    def __init__(self, plan: Plan, role: Role, provider: int, selection: Selection) -> None:
        self._plan = plan
        self._questions = plan.questions_of(role, provider)
        self._selection = selection
        self._seats = plan.seats
        self._households = plan.programme.unit is Unit.HOUSEHOLD
        self._alone = plan.agencies[role] == 1

    def answer(
        self, codes: NDArray[np.uint8], controls: ChunkControls
    ) -> Mapping[int, PlainColumn]:
        """Return every column of this agency for one chunk, by column number.

        Args:
            codes: link codes of the chunk's slots, seat after seat; C-contiguous, shape
                (chunk_slots * seats, 16); zeros where nobody sits or another agency is asked.
            controls: the chunk's control slots with the answers to all questions of the plan.

        Raises:
            InvalidMessage: a prescribed value lies outside its domain.
        """
        columns: dict[int, PlainColumn] = {}
        for question, answers in self._answered(codes):
            answers[controls.slots] = controls.answers[question.index]
            columns.update(self._encode(question, answers))
        return columns

    def _answered(self, codes: NDArray[np.uint8]) -> Iterator[tuple[Question, NDArray[np.int32]]]:
        """Yield every question with this agency's answers, shape (chunk_slots,)."""
        if self._households:
            yield from self._of_households(codes)
            return
        table = self._selection.look_up(codes)
        elsewhere = None if self._alone else ~seated(codes)
        for question in self._questions:
            answers = answer_question(question, self._plan.attributes, table)
            if elsewhere is not None:
                answers[elsewhere] = _elsewhere(question)
            yield question, answers

    def _of_households(
        self, codes: NDArray[np.uint8]
    ) -> Iterator[tuple[Question, NDArray[np.int32]]]:
        slots = len(codes) // self._seats
        places = np.flatnonzero(seated(codes))
        slot_of, seat_of = np.divmod(places, self._seats)
        table = self._selection.look_up(codes[places])
        grouping = Grouping(slots, slot_of.astype(np.int32))
        for question in self._questions:
            if question.kind is ColumnKind.DECISION:
                yield (
                    question,
                    answer_question(question, self._plan.attributes, table, grouping),
                )
                continue
            here = np.flatnonzero(seat_of == question.seat)
            answers = np.full(slots, _elsewhere(question), dtype=np.int32)
            answers[slot_of[here]] = answer_question(
                question, self._plan.attributes, _rows_of(table, here)
            )
            yield question, answers

    def _encode(self, question: Question, answers: NDArray[np.int32]) -> Mapping[int, PlainColumn]:
        if question.kind is ColumnKind.VALUE and question.attribute is not None:
            elsewhere = question.elsewhere is not None
            packed = PlainColumn(pack_values(question.attribute, answers, elsewhere=elsewhere))
            return dict.fromkeys(question.columns, packed)
        vectors = encode_answers(self._plan, question, answers)
        return {number: PlainColumn(vector.tobytes()) for number, vector in vectors.items()}


def _rows_of(table: Table, rows: NDArray[np.int64]) -> Table:
    return {
        name: Values(values.codes[rows], values.present[rows]) for name, values in table.items()
    }


def _elsewhere(question: Question) -> int:
    """Return the answer about somebody whom another agency is asked about."""
    if question.elsewhere is None:
        raise InvalidProgramme(f"{question.text} is asked of one agency only")
    return question.elsewhere
