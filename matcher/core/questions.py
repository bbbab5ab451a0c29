"""What a plan asks an agency, and the columns an answer turns into.

Answers are int32 codes, one a slot:

 ============ ============================================================
 decision     0 true, 1 false, 2 unknown
 attribute    the class, ``class_count`` standing for absence
 value        the attribute's code, ``high + 1`` standing for absence
 ============ ============================================================

Where an agency need not have everybody, there is an answer for those it does not have, beyond
absence; for a decision it is *true*, which misses nothing.

Rules:
 * In a closed world nothing is unknown or absent: the last answer does not exist.
 * A decision has one column where nothing can be unknown, else one a bound.
 * A one-hot attribute has one column a class and, unless its world is closed, one for absence;
   nobody at all is all zeros.
 * Columns for homomorphic schemes hold 0 and 1 only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from matcher.core.canonical import JsonObject
from matcher.core.catalogue import Attribute
from matcher.core.circuit import Circuit, circuit_json
from matcher.core.errors import InvalidProgramme
from matcher.core.identifiers import AttributeName, Role
from matcher.core.kleene import FALSE, TRUE
from matcher.core.literals import answer, classify, column, fill
from matcher.core.predicate import Predicate
from matcher.core.scheme import Bound, ColumnKind
from matcher.core.table import Grouping, Table


class ColumnPart(StrEnum):
    """Which part of an answer a column carries."""

    MISS = "miss"
    PESSIMISTIC = "pessimistic"
    OPTIMISTIC = "optimistic"
    CLASS = "class"
    ABSENT = "absent"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class Question:
    """One thing a role is asked.

    Attributes:
        index: position in ``Plan.questions``.
        role: who answers.
        provider: which of the role's agencies, counted from 0 in ascending order of their ids.
        seat: which member of a household a value is of, counted from 0; 0 elsewhere.
        kind: what the answer turns into.
        text: the literal or the attribute's name, canonical.
        literal: what is decided; None unless ``kind`` is decision.
        attribute: whose value is sent; None for decisions.
        columns: numbers in ``Plan.columns``, ascending.
        answer_count: how many answers there are; they are consecutive from ``lowest_answer``.
        elsewhere: the answer about somebody who is not assigned to this agency, or a seat that
            nobody has; None where the agency has everybody it is asked about, and for a decision
            about households, where an agency answers for the members it has.
    """

    index: int
    role: Role
    provider: int
    seat: int
    kind: ColumnKind
    text: str
    literal: Predicate | None
    attribute: Attribute | None
    columns: tuple[int, ...]
    answer_count: int
    elsewhere: int | None = None

    @property
    def lowest_answer(self) -> int:
        """The smallest answer: 0, or the low end of a value's domain."""
        if self.kind is ColumnKind.VALUE and self.attribute is not None:
            return self.attribute.low
        return 0


@dataclass(frozen=True, slots=True)
class Column:
    """One encrypted or sealed vector over the cohort.

    Attributes:
        index: position in ``Plan.columns``; the number on the wire.
        question: position in ``Plan.questions``.
        role: who sends it.
        provider: which of the role's agencies, as in its question.
        part: what it carries.
        class_index: the class whose membership it carries; None unless ``part`` is class.
    """

    index: int
    question: int
    role: Role
    provider: int
    part: ColumnPart
    class_index: int | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """One vector the requester opens.

    Attributes:
        index: position in ``Plan.outputs``; the number on the wire.
        bound: which side of the third value it decides.
        tier: of the outcomes, counted from 0; 0 for an optimistic output, which is about all tiers.
        circuit: what a blind evaluator computes; None where an enclave decides in the clear.
    """

    index: int
    bound: Bound
    tier: int
    circuit: Circuit | None


def answer_question(
    question: Question,
    attributes: Mapping[AttributeName, Attribute],
    table: Table,
    grouping: Grouping | None = None,
) -> NDArray[np.int32]:
    """Return the answer codes of the rows of ``table``, or of the households they belong to.

    Args:
        question: one of a plan's.
        attributes: at least those it is about.
        table: the subjects or, for households, the members that the agency has.
        grouping: the households, for a decision about them.

    Returns:
        shape (rows,), or (groups,) with a grouping.

    Raises:
        InvalidAgencyTable: the table lacks an attribute.
    """
    if question.literal is not None:
        return answer(question.literal, attributes, table, grouping).astype(np.int32)
    attribute = _attribute(question)
    values = column(table, attribute.name)
    if question.kind is ColumnKind.ATTRIBUTE:
        return classify(attribute, values)
    codes, known = fill(attribute, values)
    return np.where(known, codes, attribute.absent_code).astype(np.int32)


def encode_part(
    column: Column, question: Question, answers: NDArray[np.int32]
) -> NDArray[np.uint8]:
    """Return the 0/1 vector of one column for homomorphic schemes, same shape as ``answers``.

    Raises:
        InvalidProgramme: values are sealed, not encrypted.
    """
    match column.part:
        case ColumnPart.MISS | ColumnPart.PESSIMISTIC:
            bits = answers != TRUE
        case ColumnPart.OPTIMISTIC:
            bits = answers == FALSE
        case ColumnPart.CLASS:
            bits = np.equal(answers, _class_index(column))
        case ColumnPart.ABSENT:
            bits = answers == _attribute(question).class_count
        case ColumnPart.VALUE:
            raise InvalidProgramme("a value column is sealed to an enclave, never encrypted")
    return np.asarray(bits, dtype=np.uint8)


def question_json(question: Question) -> JsonObject:
    """Return everything about ``question`` that affects evaluation."""
    result: JsonObject = {
        "role": question.role,
        "provider": question.provider,
        "seat": question.seat,
        "kind": question.kind.value,
        "text": question.text,
        "columns": list(question.columns),
        "answers": question.answer_count,
        "lowest_answer": question.lowest_answer,
        "elsewhere": question.elsewhere,
    }
    if question.attribute is not None:
        result["classes"] = (
            [list(edges) for edges in question.attribute.class_ranges()]
            if (question.kind is ColumnKind.ATTRIBUTE)
            else []
        )
        result["absent"] = question.attribute.absent
    return result


def column_json(column: Column) -> JsonObject:
    """Return everything about ``column`` that affects evaluation."""
    return {
        "question": column.question,
        "role": column.role,
        "provider": column.provider,
        "part": column.part.value,
        "class": column.class_index,
    }


def output_json(output: Output) -> JsonObject:
    """Return everything about ``output`` that affects evaluation."""
    return {
        "bound": output.bound.value,
        "tier": output.tier,
        "circuit": None if output.circuit is None else circuit_json(output.circuit),
    }


def _class_index(column: Column) -> int:
    if column.class_index is None:
        raise InvalidProgramme(f"column {column.index} carries no class")
    return column.class_index


def _attribute(question: Question) -> Attribute:
    if question.attribute is None:
        raise InvalidProgramme(f"{question.text} is a decision, not an attribute")
    return question.attribute
