"""The one order in which a circuit is carried out, whatever the numbers are made of.

A noise bound, a plaintext vector and a ciphertext are computed by the same walk, so that what
was budgeted is what is done. Decides when a modulus is switched; knows nothing of any scheme.

Rules:
 * Sums are taken at the lowest level among their terms. Of the factors of a product, the two that
   have been multiplied least are multiplied first, and so on: the fewest levels there can be.
 * At most m of several: their sum s is computed once, then the product of s, s - 1, ..., s - m.
 * A value that contains a product is lowered by one level before it is multiplied again, and
   only then: the final value is never lowered, because masking and flooding want the room.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from matcher.core.circuit import AtMost, Circuit, Miss, OneOf, Product, Sum, Unselected

T = TypeVar("T")


class Arithmetic(Protocol[T]):
    """What a circuit is made of. A value may be passed in several times: none is changed."""

    def column(self, index: int) -> T:
        """Return column ``index``."""
        ...

    def add(self, values: Sequence[T]) -> T:
        """Return the sum of two or more values of one level."""
        ...

    def complement(self, value: T) -> T:
        """Return 1 - value."""
        ...

    def subtract(self, value: T, constant: int) -> T:
        """Return value - constant; the constant is positive and small."""
        ...

    def multiply(self, left: T, right: T) -> T:
        """Return the product of two values of one level, relinearised."""
        ...

    def lower(self, value: T) -> T:
        """Return the same value one level further down: one prime fewer."""
        ...


@dataclass(frozen=True, slots=True)
class Evaluated(Generic[T]):
    """A value and how many primes it has lost."""

    value: T
    level: int


@dataclass(frozen=True, slots=True)
class _Operand(Generic[T]):
    value: T
    level: int
    multiplied: bool


def evaluate(circuit: Circuit, arithmetic: Arithmetic[T]) -> Evaluated[T]:
    """Carry out ``circuit`` in ``arithmetic``."""
    operand = _walk(circuit, arithmetic)
    return Evaluated(operand.value, operand.level)


def _walk(circuit: Circuit, arithmetic: Arithmetic[T]) -> _Operand[T]:
    match circuit:
        case Miss(column):
            return _Operand(arithmetic.column(column), 0, multiplied=False)
        case Unselected(columns):
            classes = [arithmetic.column(column) for column in columns]
            selected = arithmetic.add(classes) if len(classes) > 1 else classes[0]
            return _Operand(arithmetic.complement(selected), 0, multiplied=False)
        case OneOf(columns):
            total = arithmetic.add([arithmetic.column(column) for column in columns])
            return _Operand(total, 0, multiplied=False)
        case Sum(children):
            return _sum([_walk(child, arithmetic) for child in children], arithmetic)
        case Product(children):
            return _product([_walk(child, arithmetic) for child in children], arithmetic)
        case AtMost(most, children):
            misses = _sum([_walk(child, arithmetic) for child in children], arithmetic)
            return _product(_falling(misses, most, arithmetic), arithmetic)


def _falling(misses: _Operand[T], most: int, arithmetic: Arithmetic[T]) -> list[_Operand[T]]:
    """Return the factors ``misses``, ``misses - 1``, ..., ``misses - most``."""
    lessened = [
        _Operand(arithmetic.subtract(misses.value, less), misses.level, misses.multiplied)
        for less in range(1, most + 1)
    ]
    return [misses, *lessened]


def _sum(terms: list[_Operand[T]], arithmetic: Arithmetic[T]) -> _Operand[T]:
    level = max(term.level for term in terms)
    aligned = [_lower_to(level, term, arithmetic) for term in terms]
    total = arithmetic.add([term.value for term in aligned])
    return _Operand(total, level, multiplied=any(term.multiplied for term in aligned))


def _product(factors: list[_Operand[T]], arithmetic: Arithmetic[T]) -> _Operand[T]:
    waiting = list(factors)
    while len(waiting) > 1:
        # Sorting is stable: of those equally deep, the ones that have waited longest go first.
        first, second, *rest = sorted(waiting, key=_depth)
        level = max(_depth(first), _depth(second))
        left, right = (_lower_to(level, factor, arithmetic) for factor in (first, second))
        product = arithmetic.multiply(left.value, right.value)
        waiting = [*rest, _Operand(product, level, multiplied=True)]
    return waiting[0]


def _depth(operand: _Operand[T]) -> int:
    return operand.level + operand.multiplied


def _lower_to(level: int, operand: _Operand[T], arithmetic: Arithmetic[T]) -> _Operand[T]:
    value = operand.value
    for _ in range(level - operand.level):
        value = arithmetic.lower(value)
    return _Operand(value, level, operand.multiplied and level == operand.level)
