"""The arithmetic a blind evaluator carries out on encrypted miss columns.

A circuit is what remains of a predicate once every agency has answered its own literals:
additions, products, and for one-hot attributes the complement of a selection. Its value is an
integer that is 0 exactly where the predicate holds.

Slots hold numbers modulo a prime t, so that "0 exactly where" is two statements. As an integer the
value is a sum, product or falling product of integers that are not negative, and such a thing is
0 exactly where the rule it stands for says. And an integer in 0 .. t-1 is 0 modulo t only if it is
0: whoever uses a circuit keeps ``largest_value`` below t.

Rules:
 * Conjunction is a sum of misses, disjunction a product: the miss algebra.
 * Every sum and product has at least two children; an empty one would decide without asking.
 * Column numbers index ``Plan.columns``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import perm
from typing import TypeAlias

from matcher.core.canonical import JsonObject
from matcher.core.errors import EmptyConjunction


@dataclass(frozen=True, slots=True)
class Miss:
    """The encrypted miss column ``column``: 0 where its literal is satisfied, 1 where not."""

    column: int


@dataclass(frozen=True, slots=True)
class Unselected:
    """``1 - sum(columns)``: the miss of a one-hot attribute whose classes ``columns`` satisfy."""

    columns: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.columns:
            raise EmptyConjunction("a selection of no class never holds")


@dataclass(frozen=True, slots=True)
class OneOf:
    """``sum(columns)``, at most one of them 1: a miss that one of several agencies answers.

    The agencies that somebody is not assigned to answer that their literal is satisfied.
    """

    columns: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.columns) < 2:
            raise EmptyConjunction("the answer of one of several agencies has several columns")


@dataclass(frozen=True, slots=True)
class Sum:
    """All children hold: the misses are added."""

    children: tuple[Circuit, ...]

    def __post_init__(self) -> None:
        _refuse_fewer_than_two(self.children, "conjunction")


@dataclass(frozen=True, slots=True)
class Product:
    """At least one child holds: the misses are multiplied."""

    children: tuple[Circuit, ...]

    def __post_init__(self) -> None:
        _refuse_fewer_than_two(self.children, "disjunction")


@dataclass(frozen=True, slots=True)
class AtMost:
    """``s(s - 1)...(s - most)`` with ``s`` the sum of the children, each 0 or 1.

    It is 0 exactly where at most ``most`` of the children are 1, and ``s!/(s - most - 1)!``, which
    is positive, elsewhere: a threshold over agencies. ``most`` of 0 would be a sum, of all but one
    a product.
    """

    most: int
    children: tuple[Binary, ...]

    def __post_init__(self) -> None:
        if not 0 < self.most < len(self.children) - 1:
            raise EmptyConjunction(
                f"at most {self.most} of {len(self.children)} is a sum or a product"
            )


Binary: TypeAlias = Miss | Unselected | OneOf
Circuit: TypeAlias = Binary | Sum | Product | AtMost


def columns_of(circuit: Circuit) -> Iterator[int]:
    """Yield every column number ``circuit`` reads, with repetition, left to right."""
    match circuit:
        case Miss(column):
            yield column
        case Unselected(columns) | OneOf(columns):
            yield from columns
        case Sum(children) | Product(children) | AtMost(_, children):
            for child in children:
                yield from columns_of(child)


def depth_of(circuit: Circuit) -> int:
    """Return the number of nested ciphertext multiplications ``circuit`` needs.

    Factors are multiplied in pairs, the shallowest first: k literals take ceil(log2 k) levels. At
    most m of several is a product of m + 1 factors.
    """
    match circuit:
        case Miss() | Unselected() | OneOf():
            return 0
        case Sum(children):
            return max(depth_of(child) for child in children)
        case Product(children):
            return _paired([depth_of(child) for child in children])
        case AtMost(most):
            return _paired([0] * (most + 1))


def multiplications_of(circuit: Circuit) -> int:
    """Return how many ciphertext multiplications ``circuit`` needs, nested or not."""
    match circuit:
        case Miss() | Unselected() | OneOf():
            return 0
        case Sum(children):
            return sum(multiplications_of(child) for child in children)
        case Product(children):
            return len(children) - 1 + sum(multiplications_of(child) for child in children)
        case AtMost(most):
            return most


def largest_value(circuit: Circuit) -> int:
    """Return the largest integer ``circuit`` takes on honest misses in {0, 1}."""
    match circuit:
        case Miss() | Unselected() | OneOf():
            return 1
        case Sum(children):
            return sum(largest_value(child) for child in children)
        case Product(children):
            value = 1
            for child in children:
                value *= largest_value(child)
            return value
        case AtMost(most, children):
            # The falling product grows with s, which is largest where every child is missed.
            return perm(len(children), most + 1)


def circuit_json(circuit: Circuit) -> JsonObject:
    """Return ``circuit`` as JSON, one key naming the operation."""
    match circuit:
        case Miss(column):
            return {"miss": column}
        case Unselected(columns):
            return {"unselected": list(columns)}
        case OneOf(columns):
            return {"one_of": list(columns)}
        case Sum(children):
            return {"sum": [circuit_json(child) for child in children]}
        case Product(children):
            return {"product": [circuit_json(child) for child in children]}
        case AtMost(most, children):
            listed = [circuit_json(child) for child in children]
            return {"at_most": {"most": most, "children": listed}}


def _paired(depths: list[int]) -> int:
    """Return the depth of the product of factors of these depths."""
    while len(depths) > 1:
        _, deeper, *rest = sorted(depths)
        depths = [*rest, deeper + 1]
    return depths[0]


def _refuse_fewer_than_two(children: tuple[Circuit, ...], what: str) -> None:
    if len(children) < 2:
        raise EmptyConjunction(f"a {what} of {len(children)} children decides nothing")
