"""Answers an agency's questions of a plan, one chunk at a time, in the clear and on its own data.

What leaves this module is still plaintext: the vectors that are encrypted or sealed next. Seats
and controls have been checked against the run statement before.

Rules:
 * A person the agency does not know is absent in every attribute; nothing tells them apart from a
   person without values.
 * Control slots take the prescribed answers, whatever code stands there.
 * An answer goes through the same encoding for people and controls, so that an evaluator cannot
   tell them apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NewType

import numpy as np
from numpy.typing import NDArray

from clients.provider.holdings import Selection
from matcher.core.controls import ChunkControls
from matcher.core.identifiers import Role
from matcher.core.plan import Plan, Question, answer_question, encode_answers
from matcher.core.scheme import ColumnKind
from matcher.core.values import pack_values

PlainColumn = NewType("PlainColumn", bytes)
"""One column of one chunk before protection: a 0/1 byte a slot, or packed values."""


class Answering:
    """The questions of one role in one run, ready to be answered chunk after chunk."""

    __slots__ = ("_plan", "_questions", "_selection")

    def __init__(self, plan: Plan, role: Role, selection: Selection) -> None:
        self._plan = plan
        self._questions = plan.questions_of(role)
        self._selection = selection

    def answer(
        self, codes: NDArray[np.uint8], controls: ChunkControls
    ) -> Mapping[int, PlainColumn]:
        """Return every column of the role for one chunk, by column number.

        Args:
            codes: link codes of the chunk's slots, shape (chunk_slots, 16).
            controls: the chunk's control slots with the answers to all questions of the plan.

        Raises:
            InvalidMessage: a prescribed value lies outside its domain.
        """
        table = self._selection.look_up(codes)
        columns: dict[int, PlainColumn] = {}
        for question in self._questions:
            answers = answer_question(question, self._plan.attributes, table)
            answers[controls.slots] = controls.answers[question.index]
            columns.update(self._encode(question, answers))
        return columns

    def _encode(self, question: Question, answers: NDArray[np.int32]) -> Mapping[int, PlainColumn]:
        if question.kind is ColumnKind.VALUE and question.attribute is not None:
            packed = PlainColumn(pack_values(question.attribute, answers))
            return dict.fromkeys(question.columns, packed)
        vectors = encode_answers(self._plan, question, answers)
        return {number: PlainColumn(vector.tobytes()) for number, vector in vectors.items()}
