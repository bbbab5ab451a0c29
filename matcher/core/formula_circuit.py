"""The miss algebra: from a formula of literals to the circuit of their misses.

Rules:
 * A conjunction is the sum of its children's misses, a disjunction the product.
 * At least k of n literals hold exactly if at most n - k of their misses are 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from matcher.core.circuit import AtMost, Circuit, Miss, OneOf, Product, Sum, Unselected
from matcher.core.errors import InvalidPredicate
from matcher.core.formula import (
    Conjunction,
    Disjunction,
    Formula,
    Literal,
    Threshold,
    predicate_of,
)
from matcher.core.predicate import Predicate


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an output and what computes it.

    Attributes:
        predicate: what it decides.
        circuit: 0 exactly where that holds.
        parts: the parts it is made of.
    """

    predicate: Predicate
    circuit: Circuit
    parts: tuple[Part, ...] = ()

    def smallest(self, burdensome: Callable[[Circuit], bool]) -> Part:
        """Return a smallest part that is ``burdensome``, as this one is."""
        for part in self.parts:
            if burdensome(part.circuit):
                return part.smallest(burdensome)
        return self


def part_of(formula: Formula, miss_of: Callable[[Literal], Circuit]) -> Part:
    """Return ``formula`` with the circuit that is 0 exactly where it holds.

    Args:
        formula: what remains for the matcher.
        miss_of: the circuit of a literal; for one that is counted, 0 or 1.

    Raises:
        InvalidPredicate: a literal that is counted has a miss beyond 1.
    """
    predicate = predicate_of(formula)
    match formula:
        case Literal():
            return Part(predicate, miss_of(formula))
        case Threshold(count, children):
            counted = tuple(_counted(miss_of(child)) for child in children)
            return Part(predicate, AtMost(len(children) - count, counted))
        case Conjunction(children) | Disjunction(children):
            parts = tuple(part_of(child, miss_of) for child in children)
            circuits = tuple(part.circuit for part in parts)
            joined = Sum(circuits) if isinstance(formula, Conjunction) else Product(circuits)
            return Part(predicate, joined, parts)


def _counted(miss: Circuit) -> Miss | Unselected | OneOf:
    if not isinstance(miss, Miss | Unselected | OneOf):
        raise InvalidPredicate("a threshold counts more than literals")
    return miss
