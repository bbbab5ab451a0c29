"""Formulas over amounts: what is left of a predicate when only its solutions matter.

Rules:
 * A formula is true, false, or built from "this node lies in this set" by and, or and counting.
 * There is no negation: a set has a complement.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from matcher.core.amount_nodes import Bounds
from matcher.core.integer_sets import IntegerSet


@dataclass(frozen=True, slots=True)
class Within:
    """The amount at ``node`` lies in ``allowed``."""

    node: int
    allowed: IntegerSet


@dataclass(frozen=True, slots=True)
class Every:
    """All children hold; at least two."""

    children: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Some child holds; at least two."""

    children: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Enough:
    """At least ``count`` children hold; more than one and fewer than all."""

    count: int
    children: tuple[Condition, ...]


Condition: TypeAlias = Within | Every | Either | Enough
Formula: TypeAlias = bool | Condition


def every(children: Iterable[Formula]) -> Formula:
    """Return that all of ``children`` hold, in the simplest form."""
    remaining: list[Condition] = []
    for child in children:
        if isinstance(child, bool):
            if not child:
                return False
        else:
            remaining += child.children if isinstance(child, Every) else (child,)
    return Every(tuple(remaining)) if len(remaining) > 1 else next(iter(remaining), True)


def either(children: Iterable[Formula]) -> Formula:
    """Return that some of ``children`` holds, in the simplest form."""
    remaining: list[Condition] = []
    for child in children:
        if isinstance(child, bool):
            if child:
                return True
        else:
            remaining += child.children if isinstance(child, Either) else (child,)
    return Either(tuple(remaining)) if len(remaining) > 1 else next(iter(remaining), False)


def enough(count: int, children: Iterable[Formula]) -> Formula:
    """Return that ``count`` of ``children`` hold, in the simplest form."""
    remaining: list[Condition] = []
    for child in children:
        if isinstance(child, bool):
            count -= child
        else:
            remaining.append(child)
    if not 0 < count <= len(remaining):
        return count <= 0
    if count == 1:
        return either(remaining)
    return every(remaining) if count == len(remaining) else Enough(count, tuple(remaining))


def opposite(formula: Formula) -> Formula:
    """Return the formula that holds where ``formula`` does not."""
    match formula:
        case Within(node, allowed):
            return Within(node, allowed.complement())
        case Every(children):
            return either(map(opposite, children))
        case Either(children):
            return every(map(opposite, children))
        case Enough(count, children):
            return enough(len(children) - count + 1, map(opposite, children))
        case _:
            return not formula


def simplified(formula: Formula, low: Bounds, high: Bounds) -> Formula:
    """Return what is left of ``formula`` where every node lies between its bounds."""
    match formula:
        case Within(node, allowed):
            decided = allowed.contains(low[node], high[node])
            return formula if decided is None else decided
        case Every(children):
            return every(simplified(child, low, high) for child in children)
        case Either(children):
            return either(simplified(child, low, high) for child in children)
        case Enough(count, children):
            return enough(count, (simplified(child, low, high) for child in children))
        case _:
            return formula


def size_of(formula: Formula) -> int:
    """Return how many parts ``formula`` has, itself included."""
    match formula:
        case Every(children) | Either(children) | Enough(_, children):
            return 1 + sum(size_of(child) for child in children)
        case _:
            return 1
