"""Turns a checked programme into the columns and the circuits that decide it.

Nothing here does I/O or cryptography. Requester, providers, matcher and enclave each compile the
plan from the programme; nobody accepts a plan from another.

Rules:
 * The same programme, scheme, kind of column, date and numbers of agencies always give the same
   plan, byte for byte.
 * The circuits' values stay below the plaintext modulus, so that 0 means 0.
 * Noise is accounted for here; an evaluator never discovers that it is exhausted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from matcher.core.asking import AskedProgramme, ask
from matcher.core.binding import sha256
from matcher.core.canonical import canonical_json
from matcher.core.circuit import Circuit, largest_value
from matcher.core.compiled_plan import Plan
from matcher.core.deciding import (
    decisions_from,
    encode_answers,
    evaluate_answers,
    evaluate_outputs,
)
from matcher.core.errors import InvalidConfiguration, InvalidInput, TooDeep
from matcher.core.formula_circuit import Part
from matcher.core.identifiers import Digest, Role
from matcher.core.lattice_parameters import PLAIN_MODULUS
from matcher.core.layout import Asked, Layout
from matcher.core.parameter_choice import carried, choose_parameters, why_not
from matcher.core.parameters import Parameters, parameter_set, parameter_sets
from matcher.core.plan_form import plan_json
from matcher.core.programme import Programme
from matcher.core.questions import Column, ColumnPart, Output, Question, answer_question
from matcher.core.scheme import COLUMN_KINDS, ColumnKind, Scheme

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
    "plan_under",
]

CHUNK_SLOTS = 8192


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
    _check_kind(programme, scheme, column_kind)
    # An unknown name is refused before anything is looked at.
    rows = _rows(scheme, parameters)
    asked = ask(programme, column_kind, reference_date, agencies=agencies, examined=examined)
    return _planned(asked, programme_digest, scheme, rows)


def plan_under(asked: AskedProgramme, programme_digest: Digest, scheme: Scheme) -> Plan:
    """Return the plan of what is ``asked`` under ``scheme``, the same as ``compile_plan`` returns.

    Raises:
        InvalidConfiguration: the scheme has no such columns.
        TooDeep: as ``compile_plan``.
    """
    _check_kind(asked.programme, scheme, asked.column_kind)
    return _planned(asked, programme_digest, scheme, parameter_sets(scheme))


def _planned(
    asked: AskedProgramme, programme_digest: Digest, scheme: Scheme, rows: Sequence[Parameters]
) -> Plan:
    try:
        chosen = _carried(asked.asked, asked.layout, rows)
    except InvalidInput as error:
        error.locate(asked.programme.id)
        raise
    chunk_slots = CHUNK_SLOTS if chosen is None else chosen.slots
    content = plan_json(
        programme_digest=programme_digest,
        scheme=scheme,
        column_kind=asked.column_kind,
        reference_date=asked.reference_date,
        asked=asked.asked,
        layout=asked.layout,
        parameters=chosen,
        chunk_slots=chunk_slots,
    )
    return Plan(
        programme=asked.programme,
        programme_digest=programme_digest,
        scheme=scheme,
        column_kind=asked.column_kind,
        reference_date=asked.reference_date,
        predicate=asked.asked.predicate,
        tiers=asked.asked.tiers,
        seats=asked.asked.seats,
        agencies=asked.agencies,
        questions=asked.layout.questions,
        columns=asked.layout.columns,
        outputs=asked.layout.outputs,
        parameters=chosen,
        chunk_slots=chunk_slots,
        digest=sha256(canonical_json(content)),
    )


def _check_kind(programme: Programme, scheme: Scheme, column_kind: ColumnKind) -> None:
    if column_kind not in COLUMN_KINDS[scheme]:
        raise InvalidConfiguration(
            f"the scheme {scheme.value} has no {column_kind.value} columns",
            where=programme.id,
            fix=f"choose {' or '.join(kind.value for kind in COLUMN_KINDS[scheme])}",
        )


def _rows(scheme: Scheme, parameters: str | None) -> tuple[Parameters, ...]:
    return (parameter_set(parameters, scheme),) if parameters else parameter_sets(scheme)


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
