"""Checked predicates over codes, before any agency has been asked.

The language package produces these from CEL; the planner rewrites them.

Rules:
 * Operands are attributes, parameters or constants; all values are integer codes.
 * ``All`` and ``Any`` have at least two children.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from matcher.core.errors import EmptyConjunction
from matcher.core.identifiers import AttributeName


class Operator(StrEnum):
    """Comparison operators."""

    EQ = "=="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="

    def holds(self, left: int, right: int) -> bool:
        """Return whether ``left operator right``."""
        return _HOLDS[self.value](left, right)


_HOLDS: Mapping[str, Callable[[int, int], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


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


Operand: TypeAlias = AttributeOperand | ParameterOperand | ConstantOperand


@dataclass(frozen=True, slots=True)
class Comparison:
    """``left operator right``; unknown where an operand is unknown."""

    left: Operand
    operator: Operator
    right: Operand


@dataclass(frozen=True, slots=True)
class Membership:
    """``operand in members``."""

    operand: AttributeOperand
    members: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Constant:
    """``true`` or ``false``; folded away, and refused where nothing else remains."""

    value: bool


@dataclass(frozen=True, slots=True)
class Not:
    """Kleene negation."""

    child: Predicate


@dataclass(frozen=True, slots=True)
class All:
    """Kleene conjunction."""

    children: tuple[Predicate, ...]

    def __post_init__(self) -> None:
        if len(self.children) < 2:
            raise EmptyConjunction("a conjunction needs at least two children")


@dataclass(frozen=True, slots=True)
class Any:
    """Kleene disjunction."""

    children: tuple[Predicate, ...]

    def __post_init__(self) -> None:
        if len(self.children) < 2:
            raise EmptyConjunction("a disjunction needs at least two children")


Predicate: TypeAlias = Comparison | Membership | Constant | Not | All | Any


def leaves_of(predicate: Predicate) -> Iterator[Comparison | Membership | Constant]:
    """Yield every comparison, membership and constant of ``predicate``, left to right."""
    match predicate:
        case Not(child):
            yield from leaves_of(child)
        case All(children) | Any(children):
            for child in children:
                yield from leaves_of(child)
        case leaf:
            yield leaf


def operands_of(predicate: Predicate) -> Iterator[Operand]:
    """Yield every operand of ``predicate``, with repetition, left to right."""
    for leaf in leaves_of(predicate):
        match leaf:
            case Comparison(left, _, right):
                yield from (left, right)
            case Membership(operand, members):
                yield from (operand, *members)


def attributes_of(predicate: Predicate) -> Iterator[AttributeName]:
    """Yield every attribute ``predicate`` reads, with repetition, left to right."""
    for operand in operands_of(predicate):
        if isinstance(operand, AttributeOperand):
            yield operand.name
