"""Turns a checked programme into the columns and the circuits that decide it.

Nothing here does I/O or cryptography. Requester, providers, matcher and enclave each compile the
plan from the programme; nobody accepts a plan from another.

Rules:
 * The same programme, scheme, kind of column, date and numbers of agencies always give the same
   plan, byte for byte.
 * A predicate or a part of it that holds always or never is refused: it asks for nothing. So is a
   tier that nobody reaches.
 * The circuits' values stay below the plaintext modulus, so that 0 means 0.
 * Noise is accounted for here; an evaluator never discovers that it is exhausted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from matcher.core.attribute_layout import lay_out_attributes
from matcher.core.binding import sha256
from matcher.core.canonical import JsonObject, canonical_json
from matcher.core.catalogue import Attribute
from matcher.core.circuit import Circuit, largest_value
from matcher.core.decision_layout import lay_out_decisions
from matcher.core.degenerate import examine
from matcher.core.errors import InvalidConfiguration, InvalidInput, TooDeep
from matcher.core.formula_circuit import Part
from matcher.core.identifiers import AttributeName, Digest, Role
from matcher.core.kleene import FALSE, TRUE
from matcher.core.layout import Asked, Layout
from matcher.core.literals import answer
from matcher.core.merging import members_of, persons_of
from matcher.core.normal import normal_form
from matcher.core.parameter_choice import carried, choose_parameters
from matcher.core.parameters import PLAIN_MODULUS, BgvParameters
from matcher.core.plain import residues_of
from matcher.core.plan_form import plan_json
from matcher.core.predicate import Predicate
from matcher.core.programme import Programme, Unit
from matcher.core.questions import (
    Column,
    ColumnPart,
    Output,
    Question,
    answer_question,
    encode_part,
)
from matcher.core.scheme import Bound, ColumnKind, Scheme
from matcher.core.table import Grouping
from matcher.core.value_layout import lay_out_values
from matcher.core.verdict import decisions_of

__all__ = [
    "Column",
    "ColumnPart",
    "Output",
    "Plan",
    "Question",
    "answer_question",
    "compile_plan",
    "decisions_from",
    "encode_answers",
    "evaluate_answers",
    "evaluate_outputs",
]

CHUNK_SLOTS = 8192
MOST_AGENCIES = 16
_KINDS: Mapping[Scheme, tuple[ColumnKind, ...]] = {
    Scheme.BGV: (ColumnKind.DECISION, ColumnKind.ATTRIBUTE),
    Scheme.ENCLAVE: (ColumnKind.VALUE,),
    Scheme.CLEAR: (ColumnKind.DECISION, ColumnKind.ATTRIBUTE, ColumnKind.VALUE),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """A programme compiled for one scheme, one kind of column, one date and so many agencies.

    Attributes:
        programme: what was compiled.
        programme_digest: of the bundle it was compiled from.
        scheme: how attributes are protected.
        column_kind: what an answer turns into.
        reference_date: the day whose parameters count.
        predicate: who is eligible: in negation normal form, parameters substituted.
        tiers: who gets each outcome, likewise; ``predicate`` alone where there are no outcomes.
        seats: how many members a slot holds at most; 1 for persons.
        agencies: how many agencies answer for each role of the programme, by role ascending.
        questions: in ascending order of role and agency.
        columns: in the order of their questions.
        outputs: one a tier and, where something can be unknown, an optimistic one.
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
    tiers: tuple[Predicate, ...]
    seats: int
    agencies: Mapping[Role, int]
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
            asked=_asked(self.programme, self.predicate, self.tiers, self.agencies),
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
    agencies: Mapping[Role, int] | None = None,
    examined: bool = False,
) -> Plan:
    """Compile ``programme`` for ``scheme`` as of ``reference_date``.

    Args:
        programme: what to compile.
        programme_digest: of its bundle.
        scheme: how attributes are protected.
        column_kind: what an answer turns into.
        reference_date: the day whose parameters count.
        agencies: how many agencies answer for a role; one for a role that is not listed.
        examined: whether the caller has had ``examine`` look at this programme on this day.

    Raises:
        ProgrammeNotValid: the date lies outside the programme's validity.
        InvalidProgramme: a parameter has no value yet.
        InvalidConfiguration: the scheme has no such columns, or a role of the programme cannot have
            so many agencies.
        DegeneratePredicate: a part holds always or never; names it.
        UnsupportedPredicate: the scheme lacks an operation; names the sub-expression.
        TooDeep: no parameter set at 128-bit security carries a circuit; names the sub-expression.
    """
    if column_kind not in _KINDS[scheme]:
        raise InvalidConfiguration(
            f"the scheme {scheme.value} has no {column_kind.value} columns",
            where=programme.id,
            fix=f"choose {' or '.join(kind.value for kind in _KINDS[scheme])}",
        )
    counted = _counted(programme, agencies or {})
    try:
        if not examined:
            examine(programme, reference_date)
        predicate = normal_form(programme.predicate_on(reference_date))
        tiers = tuple(normal_form(tier) for tier in programme.tiers_on(reference_date))
        asked = _asked(programme, predicate, tiers, counted)
        layout = _lay_out(asked, column_kind)
        parameters = _carried(asked, layout, scheme)
    except InvalidInput as error:
        error.locate(programme.id)
        raise
    chunk_slots = CHUNK_SLOTS if parameters is None else parameters.degree
    content = plan_json(
        programme_digest=programme_digest,
        scheme=scheme,
        column_kind=column_kind,
        reference_date=reference_date,
        asked=asked,
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
        tiers=tiers,
        seats=asked.seats,
        agencies=counted,
        questions=layout.questions,
        columns=layout.columns,
        outputs=layout.outputs,
        parameters=parameters,
        chunk_slots=chunk_slots,
        digest=sha256(canonical_json(content)),
    )


def _counted(programme: Programme, agencies: Mapping[Role, int]) -> Mapping[Role, int]:
    roles = list(programme.items())
    for role, count in agencies.items():
        if role not in roles:
            raise InvalidConfiguration(
                f"the programme has no role {role}",
                where=programme.id,
                fix=f"its roles are {', '.join(roles)}",
            )
        if not 1 <= count <= MOST_AGENCIES:
            raise InvalidConfiguration(
                f"{count} agencies answer for the role {role}",
                where=programme.id,
                fix=f"name 1 to {MOST_AGENCIES} agencies",
            )
    return {role: agencies.get(role, 1) for role in roles}


def _asked(
    programme: Programme,
    predicate: Predicate,
    tiers: tuple[Predicate, ...],
    agencies: Mapping[Role, int],
) -> Asked:
    return Asked(
        predicate=predicate,
        tiers=tiers,
        attributes=programme.catalogue.attributes,
        household=programme.unit is Unit.HOUSEHOLD,
        seats=programme.most_members,
        agencies=agencies,
    )


def _carried(asked: Asked, layout: Layout, scheme: Scheme) -> BgvParameters | None:
    """Return the parameters that carry every circuit of ``layout``; None where none are needed."""
    for part in layout.parts:
        if largest_value(part.circuit) >= PLAIN_MODULUS:
            raise TooDeep(
                f"{_smallest(asked, part, lambda c: largest_value(c) >= PLAIN_MODULUS)} has values "
                f"that reach the plaintext modulus {PLAIN_MODULUS}",
                fix="write the predicate with fewer alternatives across agencies, or use the "
                "enclave scheme, which evaluates it",
            )
    if scheme is not Scheme.BGV:
        return None
    try:
        return choose_parameters([part.circuit for part in layout.parts], len(layout.columns))
    except TooDeep as error:
        burdensome = [part for part in layout.parts if not carried(part.circuit)]
        named = _smallest(asked, (burdensome or layout.parts)[0], lambda c: not carried(c))
        raise TooDeep(f"{named}: {error.what}", fix=error.fix) from error


def _smallest(asked: Asked, part: Part, burdensome: Callable[[Circuit], bool]) -> str:
    return asked.describe(part.smallest(burdensome).predicate)


def _lay_out(asked: Asked, column_kind: ColumnKind) -> Layout:
    match column_kind:
        case ColumnKind.DECISION:
            return lay_out_decisions(asked)
        case ColumnKind.ATTRIBUTE:
            return lay_out_attributes(asked)
        case ColumnKind.VALUE:
            return lay_out_values(asked)


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
