"""What a programme asks of whom with one kind of column, whatever the scheme.

Schemes differ in parameters, and so in what they carry (``plan``); questions, columns and circuits
are the same under all of them.

Rules:
 * A predicate or a part of it that holds always or never is refused: it asks for nothing. So is a
   tier that nobody reaches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from matcher.core.attribute_layout import lay_out_attributes
from matcher.core.compiled_plan import asked_of
from matcher.core.decision_layout import lay_out_decisions
from matcher.core.degenerate import examine
from matcher.core.errors import InvalidConfiguration, InvalidInput
from matcher.core.identifiers import Role
from matcher.core.layout import Asked, Layout
from matcher.core.normal import normal_form
from matcher.core.programme import Programme
from matcher.core.scheme import ColumnKind
from matcher.core.value_layout import lay_out_values

MOST_AGENCIES = 16


@dataclass(frozen=True, slots=True)
class AskedProgramme:
    """A programme laid out for one kind of column, one date and so many agencies.

    Attributes:
        programme: what is asked.
        column_kind: what an answer turns into.
        reference_date: the day whose parameters count.
        agencies: how many agencies answer for each role.
        asked: predicate and tiers in normal form.
        layout: questions, columns and outputs.
    """

    programme: Programme
    column_kind: ColumnKind
    reference_date: date
    agencies: Mapping[Role, int]
    asked: Asked
    layout: Layout


def ask(
    programme: Programme,
    column_kind: ColumnKind,
    reference_date: date,
    *,
    agencies: Mapping[Role, int] | None = None,
    examined: bool = False,
) -> AskedProgramme:
    """Lay out ``programme`` for columns of one kind as of ``reference_date``.

    Args:
        programme: what to ask.
        column_kind: what an answer turns into.
        reference_date: the day whose parameters count.
        agencies: how many agencies answer for a role; one for a role that is not listed.
        examined: whether the caller has had ``examine`` look at this programme on this day.

    Raises:
        ProgrammeNotValid: the date lies outside the programme's validity.
        InvalidProgramme: a parameter has no value yet.
        InvalidConfiguration: a role of the programme cannot have so many agencies.
        DegeneratePredicate: a part holds always or never; names it.
        UnsupportedPredicate: columns of this kind lack an operation; names the sub-expression.
    """
    counted = _counted(programme, agencies or {})
    try:
        if not examined:
            examine(programme, reference_date)
        predicate = normal_form(programme.predicate_on(reference_date))
        tiers = tuple(normal_form(tier) for tier in programme.tiers_on(reference_date))
        asked = asked_of(programme, predicate, tiers, counted)
        layout = _lay_out(asked, column_kind)
    except InvalidInput as error:
        error.locate(programme.id)
        raise
    return AskedProgramme(programme, column_kind, reference_date, counted, asked, layout)


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


def _lay_out(asked: Asked, column_kind: ColumnKind) -> Layout:
    match column_kind:
        case ColumnKind.DECISION:
            return lay_out_decisions(asked)
        case ColumnKind.ATTRIBUTE:
            return lay_out_attributes(asked)
        case ColumnKind.VALUE:
            return lay_out_values(asked)
