"""Checked predicates over codes, before any agency has been asked.

The language package produces these from CEL; the planner rewrites them. A predicate speaks about a
person, or about a household through quantifiers over its members; inside a quantifier an attribute
is the member's.

Rules:
 * Operands are attributes, parameters, constants and what is computed from them; all values are
   integer codes.
 * ``All`` and ``Any`` have at least two children; ``AtLeast`` asks for fewer than all and more than
   one of its own.
 * Quantifiers do not nest.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from matcher.core.errors import EmptyConjunction
from matcher.core.identifiers import AttributeName
from matcher.core.operands import (
    Arithmetic,
    AttributeOperand,
    Computed,
    ConstantOperand,
    Elapsed,
    Extreme,
    Extremum,
    Lookup,
    Operand,
    ParameterOperand,
    TimeUnit,
    suboperands_of,
)

__all__ = [
    "All",
    "AllBut",
    "Any",
    "Arithmetic",
    "AtLeast",
    "AttributeOperand",
    "Comparison",
    "Computed",
    "Constant",
    "ConstantOperand",
    "Elapsed",
    "Extreme",
    "Extremum",
    "Leaf",
    "Lookup",
    "Membership",
    "Not",
    "Operand",
    "Operator",
    "ParameterOperand",
    "Predicate",
    "Quantifier",
    "Settled",
    "Some",
    "TimeUnit",
    "attributes_of",
    "children_of",
    "leaves_of",
    "operands_of",
    "parts_of",
    "suboperands_of",
]


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
class Comparison:
    """``left operator right``; unknown where an operand is unknown."""

    left: Operand
    operator: Operator
    right: Operand


@dataclass(frozen=True, slots=True)
class Membership:
    """``operand in members``; the members are parameters and constants."""

    operand: Operand
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


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least ``count`` of the children hold; Kleene, counting the certain and the possible."""

    count: int
    children: tuple[Predicate, ...]

    def __post_init__(self) -> None:
        if not 1 < self.count < len(self.children):
            raise EmptyConjunction(
                f"at least {self.count} of {len(self.children)} is a conjunction, a disjunction "
                "or decides nothing"
            )


@dataclass(frozen=True, slots=True)
class Some:
    """At least ``least`` members of the household satisfy ``body``; ``least`` is positive."""

    least: int
    body: Predicate

    def __post_init__(self) -> None:
        if self.least < 1:
            raise EmptyConjunction("at least 0 members always satisfy everything")


@dataclass(frozen=True, slots=True)
class AllBut:
    """At most ``most`` members of the household do not satisfy ``body``; 0 means all satisfy it."""

    most: int
    body: Predicate

    def __post_init__(self) -> None:
        if self.most < 0:
            raise EmptyConjunction("fewer than no members satisfy nothing")


@dataclass(frozen=True, slots=True)
class Settled:
    """``child``, or ``holds`` where it is unknown: what a programme says about an absent record."""

    child: Comparison | Membership
    holds: bool


Quantifier: TypeAlias = Some | AllBut
Leaf: TypeAlias = Comparison | Membership | Constant
Predicate: TypeAlias = (
    Comparison | Membership | Constant | Not | All | Any | AtLeast | Some | AllBut | Settled
)


def children_of(predicate: Predicate) -> tuple[Predicate, ...]:
    """Return the predicates right below ``predicate``, left to right; none below a leaf."""
    match predicate:
        case Not(child) | Settled(child):
            return (child,)
        case Some(_, body) | AllBut(_, body):
            return (body,)
        case All(children) | Any(children) | AtLeast(_, children):
            return children
        case _:
            return ()


def parts_of(predicate: Predicate) -> Iterator[Predicate]:
    """Yield ``predicate`` and every predicate below it, outermost first, left to right."""
    yield predicate
    for child in children_of(predicate):
        yield from parts_of(child)


def leaves_of(predicate: Predicate) -> Iterator[Leaf]:
    """Yield every comparison, membership and constant of ``predicate``, left to right."""
    for part in parts_of(predicate):
        if isinstance(part, Comparison | Membership | Constant):
            yield part


def operands_of(predicate: Predicate) -> Iterator[Operand]:
    """Yield every operand of ``predicate`` and all they are computed from, with repetition."""
    for leaf in leaves_of(predicate):
        match leaf:
            case Comparison(left, _, right):
                yield from suboperands_of(left)
                yield from suboperands_of(right)
            case Membership(operand, members):
                yield from suboperands_of(operand)
                yield from members


def attributes_of(predicate: Predicate) -> Iterator[AttributeName]:
    """Yield every attribute ``predicate`` reads, with repetition, left to right."""
    for operand in operands_of(predicate):
        if isinstance(operand, AttributeOperand):
            yield operand.name
