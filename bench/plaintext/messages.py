"""What the parties of a plaintext run send each other. Nothing is protected but by TLS.

 ========= ================ ====================================================================
 method    first message    then
 ========= ================ ====================================================================
 Decide    what is asked    link codes up, role after role; then a decision a subject down
 Answer    what is asked    the role's link codes down to the agency; then its answers up
 ========= ================ ====================================================================

Roles are those of the plan, ascending. An agency keeps its ``Answer`` open from run to run and the
server calls nobody, as in a federation.

Rules:
 * Every message is about the next ``SUBJECTS_A_MESSAGE`` subjects, the last one about the rest.
 * A link code has 16 bytes and is an agency's own; the server does not look at it.
 * An answer is one byte a subject and question, or four where a question has more than 256 answers.
 * A decision is one byte.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.json_values import from_json, to_json
from matcher.core.plan import Plan, Question, compile_plan
from matcher.core.scheme import ColumnKind, Scheme
from matcher.language.bundle import bundle_digest, load_bundle

SERVICE: Final = "fusuma.bench.Plaintext"
DECIDE: Final = f"/{SERVICE}/Decide"
ANSWER: Final = f"/{SERVICE}/Answer"
EVALUATE_SECONDS: Final = "evaluate-seconds"
ANSWER_BYTES: Final = "answer-bytes"
SUBJECTS_A_MESSAGE: Final = 60_000
_ONE_BYTE: Final = 256


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run asks.

    Attributes:
        bundle: the programme, as canonical JSON.
        column_kind: what agencies answer.
        day: whose parameters count, ISO 8601.
        subjects: how many will follow.
    """

    bundle: str
    column_kind: ColumnKind
    day: str
    subjects: int

    def plan(self) -> Plan:
        """Return the plan, compiled once for all runs of the same programme."""
        return _compiled(self.bundle, self.column_kind, self.day)

    def messages(self) -> Iterator[slice]:
        """Yield the subjects of every message."""
        for start in range(0, self.subjects, SUBJECTS_A_MESSAGE):
            yield slice(start, min(start + SUBJECTS_A_MESSAGE, self.subjects))


def encode_asked(asked: Asked) -> bytes:
    """Return the first message of a run."""
    return json.dumps(to_json(asked)).encode()


def decode_asked(message: bytes) -> Asked:
    """Return what ``encode_asked`` wrote.

    Raises:
        InvalidFile: it is something else.
    """
    try:
        document = json.loads(message)
    except ValueError:
        document = None
    return from_json(Asked, document, "what is asked")


def encode_answers(questions: Sequence[Question], answers: Sequence[NDArray[np.int32]]) -> bytes:
    """Return the ``answers`` to ``questions``, each of shape (n,), question after question."""
    return b"".join(
        (codes - question.lowest_answer).astype(_width(question)).tobytes()
        for question, codes in zip(questions, answers, strict=True)
    )


def decode_answers(
    questions: Sequence[Question], message: bytes, subjects: int
) -> Mapping[int, NDArray[np.int32]]:
    """Return the answers in ``message``, each of shape (subjects,), by the question's index."""
    answers = {}
    at = 0
    for question in questions:
        codes = np.frombuffer(message, _width(question), subjects, at)
        answers[question.index] = codes.astype(np.int32) + question.lowest_answer
        at += codes.nbytes
    return answers


def _width(question: Question) -> np.dtype[np.unsignedinteger]:
    return np.dtype("<u1" if question.answer_count <= _ONE_BYTE else "<u4")


@lru_cache(maxsize=16)
def _compiled(bundle: str, column_kind: ColumnKind, day: str) -> Plan:
    data = bundle.encode()
    return compile_plan(
        load_bundle(data),
        bundle_digest(data),
        Scheme.CLEAR,
        column_kind,
        dt.date.fromisoformat(day),
    )
