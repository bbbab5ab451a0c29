"""How an amount and the amounts it is computed from bound each other.

An amount is a node; nodes are numbered, and two lists hold the least and the greatest value each
may still have. From the parts a node knows what it can be; from itself it knows what its parts can
still be.

Rules:
 * Bounds are never too narrow. Where all parts have one value each, what a node can be is exact.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from matcher.core.elapsed import elapsed_between, latest_since
from matcher.core.predicate import Extreme, TimeUnit

Bounds: TypeAlias = Sequence[int]
# A node and the least and greatest value that remain possible for it.
Narrowed: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Total:
    """``constant`` plus every node times its factor."""

    terms: tuple[tuple[int, int], ...]
    constant: int = 0

    @property
    def parts(self) -> tuple[int, ...]:
        """The nodes it is computed from."""
        return tuple(node for node, _ in self.terms)

    def bounds(self, low: Bounds, high: Bounds) -> tuple[int, int]:
        """Return what it can be, from its parts."""
        least = greatest = self.constant
        for node, factor in self.terms:
            one, other = factor * low[node], factor * high[node]
            least += min(one, other)
            greatest += max(one, other)
        return least, greatest

    def narrowed(self, own: tuple[int, int], low: Bounds, high: Bounds) -> Iterator[Narrowed]:
        """Yield what its parts can still be if it lies in ``own``."""
        least, greatest = self.bounds(low, high)
        for node, factor in self.terms:
            one, other = factor * low[node], factor * high[node]
            first = own[0] - (greatest - max(one, other))
            last = own[1] - (least - min(one, other))
            yield node, *_divided(first, last, factor)


@dataclass(frozen=True, slots=True)
class Product:
    """Two nodes multiplied."""

    left: int
    right: int

    @property
    def parts(self) -> tuple[int, ...]:
        """The nodes it is computed from."""
        return (self.left, self.right)

    def bounds(self, low: Bounds, high: Bounds) -> tuple[int, int]:
        """Return what it can be, from its parts."""
        products = [
            one * other
            for one in (low[self.left], high[self.left])
            for other in (low[self.right], high[self.right])
        ]
        return min(products), max(products)

    def narrowed(self, own: tuple[int, int], low: Bounds, high: Bounds) -> Iterator[Narrowed]:
        """Yield what its parts can still be if it lies in ``own``."""
        for node, other in ((self.left, self.right), (self.right, self.left)):
            factor = low[other]
            if factor == high[other] and factor != 0:
                yield node, *_divided(own[0], own[1], factor)


@dataclass(frozen=True, slots=True)
class Choice:
    """The least or the greatest of several nodes."""

    extreme: Extreme
    parts: tuple[int, ...]

    def bounds(self, low: Bounds, high: Bounds) -> tuple[int, int]:
        """Return what it can be, from its parts."""
        choose = min if self.extreme is Extreme.LEAST else max
        return choose(low[node] for node in self.parts), choose(high[node] for node in self.parts)

    def narrowed(self, own: tuple[int, int], low: Bounds, high: Bounds) -> Iterator[Narrowed]:
        """Yield what its parts can still be if it lies in ``own``."""
        if self.extreme is Extreme.LEAST:
            able = [node for node in self.parts if low[node] <= own[1]]
            for node in self.parts:
                yield node, own[0], own[1] if able == [node] else high[node]
        else:
            able = [node for node in self.parts if high[node] >= own[0]]
            for node in self.parts:
                yield node, own[0] if able == [node] else low[node], own[1]


@dataclass(frozen=True, slots=True)
class Entry:
    """The entry of a table at a node; the first entry has the index ``first``."""

    index: int
    first: int
    values: tuple[int, ...]

    @property
    def parts(self) -> tuple[int, ...]:
        """The nodes it is computed from."""
        return (self.index,)

    def bounds(self, low: Bounds, high: Bounds) -> tuple[int, int]:
        """Return what it can be, from its parts."""
        reachable = self.values[low[self.index] - self.first : high[self.index] - self.first + 1]
        return min(reachable), max(reachable)

    def narrowed(self, own: tuple[int, int], low: Bounds, high: Bounds) -> Iterator[Narrowed]:
        """Yield what its parts can still be if it lies in ``own``."""
        possible = [
            index
            for index in range(low[self.index], high[self.index] + 1)
            if own[0] <= self.values[index - self.first] <= own[1]
        ]
        # No index at all is said by bounds that exclude each other.
        yield (self.index, possible[0], possible[-1]) if possible else (self.index, 1, 0)


@dataclass(frozen=True, slots=True)
class Span:
    """Completed units from the day at a node to the day ``until``."""

    unit: TimeUnit
    since: int
    until: int

    @property
    def parts(self) -> tuple[int, ...]:
        """The nodes it is computed from."""
        return (self.since,)

    def bounds(self, low: Bounds, high: Bounds) -> tuple[int, int]:
        """Return what it can be, from its parts."""
        return (
            elapsed_between(self.unit, high[self.since], self.until),
            elapsed_between(self.unit, low[self.since], self.until),
        )

    def narrowed(self, own: tuple[int, int], low: Bounds, high: Bounds) -> Iterator[Narrowed]:
        """Yield what its parts can still be if it lies in ``own``."""
        yield self.since, *self.days(own, range(low[self.since], high[self.since] + 1))

    def days(self, own: tuple[int, int], days: range) -> tuple[int, int]:
        """Return the first and the last of ``days`` from which it lies in ``own``."""
        too_early = latest_since(self.unit, own[1] + 1, self.until, days)
        return too_early + 1, latest_since(self.unit, own[0], self.until, days)


Node: TypeAlias = Total | Product | Choice | Entry | Span


def _divided(low: int, high: int, factor: int) -> tuple[int, int]:
    """Return the least and greatest x with ``low <= factor * x <= high``."""
    if factor < 0:
        low, high, factor = -high, -low, -factor
    return -(-low // factor), high // factor
