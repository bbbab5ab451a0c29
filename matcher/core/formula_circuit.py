"""The miss algebra: from a formula of literals to the circuit of their misses.

Rules:
 * A conjunction is the sum of its children's misses, a disjunction the product.
 * At least k of n literals hold exactly if at most n - k of their misses are 1.
"""

from __future__ import annotations

from collections.abc import Callable

from matcher.core.circuit import AtMost, Circuit, Miss, OneOf, Product, Sum, Unselected
from matcher.core.errors import InvalidPredicate
from matcher.core.formula import Conjunction, Disjunction, Formula, Literal, Threshold


def circuit_of(formula: Formula, miss_of: Callable[[Literal], Circuit]) -> Circuit:
    """Return the circuit that is 0 exactly where ``formula`` holds.

    Args:
        formula: what remains for the matcher.
        miss_of: the circuit of a literal; for one that is counted, 0 or 1.

    Raises:
        InvalidPredicate: a literal that is counted has a miss beyond 1.
    """
    match formula:
        case Literal():
            return miss_of(formula)
        case Conjunction(children):
            return Sum(tuple(circuit_of(child, miss_of) for child in children))
        case Disjunction(children):
            return Product(tuple(circuit_of(child, miss_of) for child in children))
        case Threshold(count, children):
            counted = []
            for child in children:
                miss = miss_of(child)
                if not isinstance(miss, Miss | Unselected | OneOf):
                    raise InvalidPredicate("a threshold counts more than literals")
                counted.append(miss)
            return AtMost(len(children) - count, tuple(counted))
