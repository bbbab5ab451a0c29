"""The dated parameters of a programme: their types, and whether they are used as they may be.

Rules:
 * The values of a parameter, 128 at most, have one type and begin on different days. Tables have
   entries of whole numbers.
 * A parameter is used: in a condition, as a table, or as an amount. Its text is a value of what it
   is compared with.
 * An amount is a whole number, not below 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from matcher.core.catalogue import Attribute, AttributeType
from matcher.core.errors import InvalidProgramme
from matcher.core.identifiers import AttributeName
from matcher.core.nearest import nearest
from matcher.core.predicate import Lookup, ParameterOperand, Predicate, operands_of
from matcher.core.programme import DatedValue, ParameterTable
from matcher.language.catalogue_file import IDENTIFIER

PARAMETERS = "params"
MOST_PARAMETER = 2**53 - 1
MOST_ENTRIES = 256
MOST_DATES = 128


@dataclass(frozen=True, slots=True)
class ParameterType:
    """What a condition may do with a parameter.

    Attributes:
        kind: the type of its values, or of a table's entries.
        table: whether it is one.
        numbers: the whole numbers it takes, ascending; empty for other types and for tables.
    """

    kind: AttributeType
    table: bool = False
    numbers: tuple[int, ...] = ()


def parameter_type(name: str, dated: Sequence[DatedValue]) -> ParameterType:
    """Return the one type of a parameter's values.

    Raises:
        InvalidProgramme: there is none.
    """
    if not IDENTIFIER.fullmatch(name):
        raise InvalidProgramme(f"{name[:80]!r} is not a parameter's name", fix="use a-z, 0-9 and _")
    found = {type(value.value) for value in dated}
    if len(found) != 1:
        raise InvalidProgramme(
            f"the parameter {name} has {'values of several types' if found else 'no values'}",
            fix="give it values of one type, by the date they begin",
        )
    if len(dated) > MOST_DATES:
        raise InvalidProgramme(
            f"the parameter {name} has {len(dated)} values, more than {MOST_DATES}",
            fix="leave out those of years gone by",
        )
    if len({value.since for value in dated}) != len(dated):
        raise InvalidProgramme(
            f"the parameter {name} has two values from the same day", fix="leave one of them out"
        )
    if any(abs(number) > MOST_PARAMETER for value in dated for number in _numbers(value)):
        raise InvalidProgramme(
            f"the parameter {name} has a value that is too large", fix="use a smaller number"
        )
    kinds: Mapping[type, AttributeType] = {
        bool: AttributeType.BOOLEAN,
        int: AttributeType.INTEGER,
        str: AttributeType.ENUMERATION,
        date: AttributeType.DATE,
        ParameterTable: AttributeType.INTEGER,
    }
    kind, table = kinds[next(iter(found))], found == {ParameterTable}
    if table:
        _check_tables(name, dated)
    plain = kind is AttributeType.INTEGER and not table
    numbers = {number for value in dated for number in _numbers(value)} if plain else ()
    return ParameterType(kind, table, tuple(sorted(numbers)))


def check_uses(
    parameters: Mapping[str, Sequence[DatedValue]],
    predicates: Iterable[Predicate],
    amounts: Iterable[str],
    attributes: Mapping[AttributeName, Attribute],
    places: Mapping[str, str],
) -> None:
    """Check that every parameter is used, and each text a value of what it is compared with.

    Args:
        parameters: all of the programme.
        predicates: every condition of the programme.
        amounts: the parameters that are paid.
        attributes: what the conditions read.
        places: where a parameter stands, by ``params.name``.

    Raises:
        InvalidProgramme: one is not; says which.
    """
    operands = [operand for predicate in predicates for operand in operands_of(predicate)]
    uses = [operand for operand in operands if isinstance(operand, ParameterOperand)]
    used = {use.name for use in uses} | set(amounts)
    used |= {operand.table for operand in operands if isinstance(operand, Lookup)}
    for name in parameters:
        if name not in used:
            raise InvalidProgramme(
                f"the parameter {name} is never used",
                where=places.get(f"{PARAMETERS}.{name}", ""),
                fix=f"use {PARAMETERS}.{name}, or leave it out",
            )
    for use in uses:
        if use.attribute is None:
            continue
        values = attributes[use.attribute].values
        for dated in parameters[use.name]:
            if dated.value not in values:
                raise InvalidProgramme(
                    f"{str(dated.value)[:80]!r}, a value of the parameter {use.name}, "
                    f"is no value of {use.attribute}",
                    where=places.get(f"{PARAMETERS}.{use.name}", ""),
                    fix=nearest(str(dated.value), values),
                )


def _check_tables(name: str, dated: Sequence[DatedValue]) -> None:
    for value in dated:
        table = value.value
        if isinstance(table, ParameterTable) and not 1 <= len(table.values) <= MOST_ENTRIES:
            raise InvalidProgramme(
                f"the table {name} has {len(table.values) or 'no'} entries",
                fix=f"use 1 to {MOST_ENTRIES}",
            )


def _numbers(value: DatedValue) -> tuple[int, ...]:
    match value.value:
        case bool():
            return ()
        case int(number):
            return (number,)
        case ParameterTable(first, values):
            return (first, *values)
        case _:
            return ()
