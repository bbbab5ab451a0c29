"""Turns a checked programme into the columns and the formula that decide it.

Nothing here does I/O or cryptography. Requester, providers, matcher and enclave each compile the
plan from the programme; nobody accepts a plan from another.

Rules:
 * The same programme, scheme, kind of column and date always give the same plan, byte for byte.
 * A predicate or a part of it that holds always or never is refused: it asks for nothing.
 * The formula's range stays below the plaintext modulus, so that 0 means 0.
 * Noise is accounted for here; an evaluator never discovers that it is exhausted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from matcher.core.binding import sha256
from matcher.core.canonical import JsonObject, canonical_json
from matcher.core.catalogue import Attribute
from matcher.core.circuit import Circuit, largest_value
from matcher.core.degenerate import refuse_degenerate
from matcher.core.errors import InvalidConfiguration, InvalidInput, TooDeep
from matcher.core.formula import Formula, Literal, evaluate, split
from matcher.core.identifiers import AttributeName, Digest, Role
from matcher.core.layout import Layout, lay_out
from matcher.core.literals import answer
from matcher.core.normal import normal_form
from matcher.core.parameter_choice import choose_parameters
from matcher.core.parameters import PLAIN_MODULUS, BgvParameters
from matcher.core.plan_form import plan_json
from matcher.core.predicate import Predicate
from matcher.core.programme import Programme
from matcher.core.questions import (
    Column,
    ColumnPart,
    Output,
    Question,
    answer_question,
    encode_part,
)
from matcher.core.render import render
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.table import Values

__all__ = [
    "Column",
    "ColumnPart",
    "Output",
    "Plan",
    "Question",
    "answer_question",
    "compile_plan",
    "encode_answers",
    "evaluate_answers",
]

CHUNK_SLOTS = 8192
_KINDS: Mapping[Scheme, tuple[ColumnKind, ...]] = {
    Scheme.BGV: (ColumnKind.DECISION, ColumnKind.ATTRIBUTE),
    Scheme.ENCLAVE: (ColumnKind.VALUE,),
    Scheme.CLEAR: (ColumnKind.DECISION, ColumnKind.ATTRIBUTE, ColumnKind.VALUE),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """A programme compiled for one scheme, one kind of column and one date.

    Attributes:
        programme: what was compiled.
        programme_digest: of the bundle it was compiled from.
        scheme: how attributes are protected.
        column_kind: what an answer turns into.
        reference_date: the day whose parameters count.
        predicate: in negation normal form, parameters substituted.
        formula: cut by role, or by attribute for attribute columns.
        questions: in ascending order of role.
        columns: in the order of their questions.
        outputs: one, or pessimistic and optimistic.
        parameters: of the homomorphic scheme; None for the enclave and the clear.
        chunk_slots: how many subjects and control slots a chunk holds.
        digest: SHA-256 over the canonical JSON of everything that affects evaluation.
    """

    programme: Programme
    programme_digest: Digest
    scheme: Scheme
    column_kind: ColumnKind
    reference_date: date
    predicate: Predicate
    formula: Formula
    questions: tuple[Question, ...]
    columns: tuple[Column, ...]
    outputs: tuple[Output, ...]
    parameters: BgvParameters | None
    chunk_slots: int
    digest: Digest

    def columns_of(self, role: Role, provider: int = 0) -> tuple[Column, ...]:
        """Return the columns that one of the agencies of ``role`` sends, ascending."""
        own = (role, provider)
        return tuple(column for column in self.columns if (column.role, column.provider) == own)

    def questions_of(self, role: Role, provider: int = 0) -> tuple[Question, ...]:
        """Return the questions that one of the agencies of ``role`` answers, ascending."""
        own = (role, provider)
        return tuple(one for one in self.questions if (one.role, one.provider) == own)

    @property
    def roles(self) -> tuple[Role, ...]:
        """The roles that answer, ascending."""
        return tuple(dict.fromkeys(question.role for question in self.questions))

    @property
    def attributes(self) -> Mapping[AttributeName, Attribute]:
        """The attributes the programme reads."""
        return self.programme.catalogue.attributes

    @property
    def circuits(self) -> tuple[Circuit, ...]:
        """The circuits of the outputs; empty for an enclave."""
        return tuple(output.circuit for output in self.outputs if output.circuit is not None)

    def to_json(self) -> JsonObject:
        """Return everything that affects evaluation, without titles."""
        return plan_json(
            programme_digest=self.programme_digest,
            scheme=self.scheme,
            column_kind=self.column_kind,
            reference_date=self.reference_date,
            predicate=render(self.predicate, self.attributes),
            layout=Layout(self.questions, self.columns, self.outputs),
            parameters=self.parameters,
            chunk_slots=self.chunk_slots,
        )


def compile_plan(
    programme: Programme,
    programme_digest: Digest,
    scheme: Scheme,
    column_kind: ColumnKind,
    reference_date: date,
    *,
    agencies: Mapping[Role, int] | None = None,  # noqa: ARG001
) -> Plan:
    """Compile ``programme`` for ``scheme`` as of ``reference_date``.

    Args:
        programme: what to compile.
        programme_digest: of its bundle.
        scheme: how attributes are protected.
        column_kind: what an answer turns into.
        reference_date: the day whose parameters count.
        agencies: how many agencies answer for a role; one for a role that is not listed.

    Raises:
        ProgrammeNotValid: the date lies outside the programme's validity.
        InvalidProgramme: a parameter has no value yet.
        InvalidConfiguration: the scheme has no such columns.
        DegeneratePredicate: a part holds always or never; names it.
        UnsupportedPredicate: the scheme lacks an operation; names the sub-expression.
        TooDeep: no parameter set at 128-bit security carries the formula.
    """
    try:
        return _compiled(programme, programme_digest, scheme, column_kind, reference_date)
    except InvalidInput as error:
        error.locate(programme.id)
        raise


def _compiled(
    programme: Programme,
    programme_digest: Digest,
    scheme: Scheme,
    column_kind: ColumnKind,
    reference_date: date,
) -> Plan:
    if column_kind not in _KINDS[scheme]:
        raise InvalidConfiguration(
            f"the scheme {scheme.value} has no {column_kind.value} columns",
            fix=f"choose {' or '.join(kind.value for kind in _KINDS[scheme])}",
        )
    attributes = programme.catalogue.attributes
    predicate = normal_form(programme.predicate_on(reference_date))
    refuse_degenerate(predicate, attributes)
    by_attribute = column_kind is ColumnKind.ATTRIBUTE
    formula = split(
        predicate,
        (lambda name: name) if by_attribute else (lambda name: attributes[name].role),
        lambda part: render(part, attributes),
    )
    layout = lay_out(formula, attributes, column_kind)
    circuits = [output.circuit for output in layout.outputs if output.circuit is not None]
    for circuit in circuits:
        if largest_value(circuit) >= PLAIN_MODULUS:
            raise TooDeep(
                f"the formula's values reach the plaintext modulus {PLAIN_MODULUS}",
                fix="write the predicate with fewer alternatives across agencies",
            )
    parameters = None
    if scheme is Scheme.BGV:
        parameters = choose_parameters(circuits, len(layout.columns))
    chunk_slots = CHUNK_SLOTS if parameters is None else parameters.degree
    content = plan_json(
        programme_digest=programme_digest,
        scheme=scheme,
        column_kind=column_kind,
        reference_date=reference_date,
        predicate=render(predicate, attributes),
        layout=layout,
        parameters=parameters,
        chunk_slots=chunk_slots,
    )
    return Plan(
        programme=programme,
        programme_digest=programme_digest,
        scheme=scheme,
        column_kind=column_kind,
        reference_date=reference_date,
        predicate=predicate,
        formula=formula,
        questions=layout.questions,
        columns=layout.columns,
        outputs=layout.outputs,
        parameters=parameters,
        chunk_slots=chunk_slots,
        digest=sha256(canonical_json(content)),
    )


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


def evaluate_answers(plan: Plan, answers: Sequence[NDArray[np.int32]]) -> NDArray[np.uint8]:
    """Return the verdicts that follow from the answers to all questions, shape (slots,).

    This is the plan in Kleene logic, in the clear: what an enclave computes, and what canaries are
    checked against.
    """
    if plan.column_kind is ColumnKind.DECISION:
        return evaluate(
            plan.formula,
            {
                Literal(question.role, question.literal): codes
                for question, codes in zip(plan.questions, answers, strict=True)
                if question.literal is not None
            },
        )
    table = {}
    for question, codes in zip(plan.questions, answers, strict=True):
        if question.attribute is None:
            continue
        if plan.column_kind is ColumnKind.ATTRIBUTE:
            # Limits lie at class edges, so that any code of a class stands for all of them.
            lows = np.array([low for low, _ in question.attribute.class_ranges()], dtype=np.int32)
            present = codes < len(lows)
            values = Values(lows[np.where(present, codes, 0)], present)
        else:
            values = Values(codes, codes != question.attribute.absent_code)
        table[question.attribute.name] = values
    return answer(plan.predicate, plan.attributes, table)
