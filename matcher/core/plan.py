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
from datetime import date

from matcher.core.attribute_layout import lay_out_attributes
from matcher.core.binding import sha256
from matcher.core.canonical import canonical_json
from matcher.core.circuit import Circuit, largest_value
from matcher.core.compiled_plan import Plan, asked_of
from matcher.core.deciding import (
    decisions_from,
    encode_answers,
    evaluate_answers,
    evaluate_outputs,
)
from matcher.core.decision_layout import lay_out_decisions
from matcher.core.degenerate import examine
from matcher.core.errors import InvalidConfiguration, InvalidInput, TooDeep
from matcher.core.formula_circuit import Part
from matcher.core.identifiers import Digest, Role
from matcher.core.lattice_parameters import PLAIN_MODULUS
from matcher.core.layout import Asked, Layout
from matcher.core.normal import normal_form
from matcher.core.parameter_choice import carried, choose_parameters, why_not
from matcher.core.parameters import Parameters, parameter_set, parameter_sets
from matcher.core.plan_form import plan_json
from matcher.core.programme import Programme
from matcher.core.questions import Column, ColumnPart, Output, Question, answer_question
from matcher.core.scheme import COLUMN_KINDS, ColumnKind, Scheme
from matcher.core.value_layout import lay_out_values

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


def compile_plan(
    programme: Programme,
    programme_digest: Digest,
    scheme: Scheme,
    column_kind: ColumnKind,
    reference_date: date,
    *,
    agencies: Mapping[Role, int] | None = None,
    parameters: str | None = None,
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
        parameters: the name of a parameter set of the scheme; else the cheapest that carries it.
        examined: whether the caller has had ``examine`` look at this programme on this day.

    Raises:
        ProgrammeNotValid: the date lies outside the programme's validity.
        InvalidProgramme: a parameter has no value yet.
        InvalidConfiguration: the scheme has no such columns or parameter set, or a role of the
            programme cannot have so many agencies.
        DegeneratePredicate: a part holds always or never; names it.
        UnsupportedPredicate: the scheme lacks an operation; names the sub-expression.
        TooDeep: no parameter set of the scheme carries a circuit; names the sub-expression, the
            scheme's reason and what carries it instead.
    """
    if column_kind not in COLUMN_KINDS[scheme]:
        raise InvalidConfiguration(
            f"the scheme {scheme.value} has no {column_kind.value} columns",
            where=programme.id,
            fix=f"choose {' or '.join(kind.value for kind in COLUMN_KINDS[scheme])}",
        )
    counted = _counted(programme, agencies or {})
    rows = (parameter_set(parameters, scheme),) if parameters else parameter_sets(scheme)
    try:
        if not examined:
            examine(programme, reference_date)
        predicate = normal_form(programme.predicate_on(reference_date))
        tiers = tuple(normal_form(tier) for tier in programme.tiers_on(reference_date))
        asked = asked_of(programme, predicate, tiers, counted)
        layout = _lay_out(asked, column_kind)
        chosen = _carried(asked, layout, rows)
    except InvalidInput as error:
        error.locate(programme.id)
        raise
    chunk_slots = CHUNK_SLOTS if chosen is None else chosen.slots
    content = plan_json(
        programme_digest=programme_digest,
        scheme=scheme,
        column_kind=column_kind,
        reference_date=reference_date,
        asked=asked,
        layout=layout,
        parameters=chosen,
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
        parameters=chosen,
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


def _carried(asked: Asked, layout: Layout, rows: Sequence[Parameters]) -> Parameters | None:
    """Return the first of ``rows`` that carries every circuit of ``layout``; None of none."""
    for part in layout.parts:
        if largest_value(part.circuit) >= PLAIN_MODULUS:
            raise TooDeep(
                f"{_smallest(asked, part, lambda c: largest_value(c) >= PLAIN_MODULUS)} has values "
                f"that reach the plaintext modulus {PLAIN_MODULUS}",
                fix="write the predicate with fewer alternatives across agencies, or use the "
                "enclave scheme, which evaluates it",
            )
    if not rows:
        return None
    try:
        return choose_parameters(rows, [part.circuit for part in layout.parts], len(layout.columns))
    except TooDeep as error:
        burdensome = [part for part in layout.parts if not carried(rows, part.circuit)]
        if not burdensome:
            raise
        smallest = burdensome[0].smallest(lambda circuit: not carried(rows, circuit))
        named, reason = asked.describe(smallest.predicate), why_not(rows, smallest.circuit)
        raise TooDeep(f"{named}: {reason}", fix=error.fix) from error


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
