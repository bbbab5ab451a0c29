"""Refusing calculations that can leave the integers, and indices that can leave their table.

Rules:
 * Every range of days with the same parameters is looked at, at its first and its last day; days
   before a parameter begins are left to whoever asks about them.
 * A refusal points at the calculation in the text and names the day.
 * Whoever sends a programme must not be able to keep its readers busy: calculations, with all that
   they are made of, and days are bounded together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from matcher.core.catalogue import Catalogue
from matcher.core.errors import InvalidPredicate, InvalidProgramme
from matcher.core.predicate import (
    Comparison,
    ConstantOperand,
    Elapsed,
    Lookup,
    Operand,
    Operator,
    ParameterOperand,
    suboperands_of,
)
from matcher.core.programme import DatedValue
from matcher.core.ranges import range_of
from matcher.core.substitution import Substitution
from matcher.language.conditions import Condition

# Some tenths of a second; shipped programmes need a few hundred.
MOST_CHECKS = 50_000


def check_extents(
    conditions: Iterable[Condition],
    parameters: Mapping[str, tuple[DatedValue, ...]],
    catalogue: Catalogue,
    valid_from: date,
    valid_to: date | None,
) -> None:
    """Check every calculation of ``conditions`` on every day of the validity that matters.

    Args:
        conditions: of one programme.
        parameters: ascending by date.
        catalogue: at least what the conditions read.
        valid_from: first day of the programme.
        valid_to: its last day, if it has one.

    Raises:
        InvalidPredicate: an amount can leave ±2^53, or an index its table; points at it.
        InvalidProgramme: there are more calculations and days than are looked at.
    """
    checks = 0
    for condition in conditions:
        for operand, offset in condition.computed.items():
            days = _days(operand, parameters, valid_from, valid_to)
            checks += len(days) * sum(1 for _ in suboperands_of(operand))
            if checks > MOST_CHECKS:
                raise InvalidProgramme(
                    "there are too many calculations with parameters of too many dates",
                    where=condition.source.locate(offset),
                    fix="calculate less, or split the programme by the days it is valid",
                )
            for day in days:
                _check(operand, offset, condition, Substitution(parameters, catalogue, day))


def _check(operand: Operand, offset: int, condition: Condition, values: Substitution) -> None:
    try:
        held = values.predicate(Comparison(operand, Operator.EQ, ConstantOperand(0)))
    except InvalidProgramme:
        # A parameter has not begun yet.
        return
    if not isinstance(held, Comparison):
        return
    try:
        range_of(held.left, values.catalogue.attributes)
    except InvalidPredicate as error:
        raise condition.source.refuse(
            f"{error.what} (on {values.day.isoformat()})", offset, error.fix
        ) from error


def _days(
    operand: Operand,
    parameters: Mapping[str, tuple[DatedValue, ...]],
    valid_from: date,
    valid_to: date | None,
) -> list[date]:
    parts = list(suboperands_of(operand))
    names = {part.name for part in parts if isinstance(part, ParameterOperand)}
    names |= {part.table for part in parts if isinstance(part, Lookup)}
    starts = {dated.since for name in names for dated in parameters.get(name, ())}
    last = valid_to or date.max
    days = {valid_from} | {day for day in starts if valid_from <= day <= last}
    if any(isinstance(part, Elapsed) for part in parts):
        # What is counted to the reference date grows until the next change.
        days |= {day - timedelta(days=1) for day in days if day > valid_from}
        days |= {valid_to} if valid_to is not None else set()
    return sorted(days)
