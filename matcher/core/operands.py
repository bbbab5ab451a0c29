"""What predicates compare: facts, parameters, and amounts computed from them.

Rules:
 * All values are integer codes; what cannot be computed exactly is refused elsewhere.
 * What is computed reads the attributes of one role; the language sees to that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from matcher.core.identifiers import AttributeName


@dataclass(frozen=True, slots=True)
class AttributeOperand:
    """The code of an attribute of the subject."""

    name: AttributeName


@dataclass(frozen=True, slots=True)
class ParameterOperand:
    """A dated parameter, replaced by its code at the reference date before planning.

    ``attribute`` tells how to read an enumeration value; None for integers and booleans.
    """

    name: str
    attribute: AttributeName | None = None


@dataclass(frozen=True, slots=True)
class ConstantOperand:
    """A constant code."""

    code: int


class Arithmetic(StrEnum):
    """Operations on amounts of one agency."""

    PLUS = "+"
    MINUS = "-"
    TIMES = "*"


class Extreme(StrEnum):
    """Choosing among amounts, as ``math.least`` and ``math.greatest`` of CEL's math extension."""

    LEAST = "least"
    GREATEST = "greatest"


class TimeUnit(StrEnum):
    """What is counted from a date attribute to the reference date, in completed units.

    ``AGE`` counts years as Japanese law counts a person's age: a year of age is complete on the day
    before the birthday (年齢計算ニ関スル法律, 民法 143条). The others count from anniversary to
    anniversary; someone born on 29 February has it on 1 March in other years.
    """

    AGE = "age"
    YEARS = "years_since"
    MONTHS = "months_since"
    DAYS = "days_since"


@dataclass(frozen=True, slots=True)
class Computed:
    """``left operator right``; unknown where an operand is unknown."""

    operator: Arithmetic
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class Extremum:
    """The least or greatest of two or more operands; unknown where one of them is."""

    extreme: Extreme
    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Lookup:
    """An entry of a dated parameter table.

    Attributes:
        table: the parameter's name.
        index: which entry.
        first: the index of the first entry.
        values: the entries at the reference date; empty until parameters are substituted.
    """

    table: str
    index: Operand
    first: int = 0
    values: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Elapsed:
    """Completed units of time from a date attribute to the reference date; negative before it.

    Attributes:
        unit: what is counted.
        since: a date attribute.
        until: code of the reference date; None until parameters are substituted.
    """

    unit: TimeUnit
    since: AttributeOperand
    until: int | None = None


Operand: TypeAlias = (
    AttributeOperand | ParameterOperand | ConstantOperand | Computed | Extremum | Lookup | Elapsed
)


def suboperands_of(operand: Operand) -> Iterator[Operand]:
    """Yield ``operand`` and every operand it is computed from, outermost first, left to right."""
    yield operand
    match operand:
        case Computed(_, left, right):
            yield from suboperands_of(left)
            yield from suboperands_of(right)
        case Extremum(_, operands):
            for part in operands:
                yield from suboperands_of(part)
        case Lookup(_, index):
            yield from suboperands_of(index)
        case Elapsed(_, since):
            yield since
        case _:
            pass
