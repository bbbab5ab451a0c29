"""Sets of integers made of intervals: what a comparison allows an amount to be.

Rules:
 * Intervals are inclusive, ascending, and neither overlap nor touch.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from matcher.core.predicate import Operator

# Beyond every amount: amounts stay within 2^53, and are multiplied by no more than that here.
UNBOUNDED = 2**120


@dataclass(frozen=True, slots=True)
class IntegerSet:
    """The union of intervals from ``lows[i]`` to ``highs[i]``."""

    lows: tuple[int, ...]
    highs: tuple[int, ...]

    @classmethod
    def of(cls, intervals: Iterable[tuple[int, int]]) -> IntegerSet:
        """Return the union of ``intervals``, inclusive, in any order; empty ones are left out."""
        lows: list[int] = []
        highs: list[int] = []
        for low, high in sorted(interval for interval in intervals if interval[0] <= interval[1]):
            if highs and low <= highs[-1] + 1:
                highs[-1] = max(high, highs[-1])
            else:
                lows.append(low)
                highs.append(high)
        return cls(tuple(lows), tuple(highs))

    @classmethod
    def satisfying(cls, operator: Operator, limit: int) -> IntegerSet:
        """Return the integers x with ``x operator limit``."""
        below, at, above = (-UNBOUNDED, limit - 1), (limit, limit), (limit + 1, UNBOUNDED)
        places = zip((below, at, above), (limit - 1, limit, limit + 1), strict=True)
        return cls.of(interval for interval, code in places if operator.holds(code, limit))

    @property
    def intervals(self) -> tuple[tuple[int, int], ...]:
        """The intervals, ascending."""
        return tuple(zip(self.lows, self.highs, strict=True))

    def complement(self) -> IntegerSet:
        """Return the integers that are not in the set."""
        starts = (-UNBOUNDED, *(high + 1 for high in self.highs))
        ends = (*(low - 1 for low in self.lows), UNBOUNDED)
        return IntegerSet.of(zip(starts, ends, strict=True))

    def contains(self, low: int, high: int) -> bool | None:
        """Return whether the integers from ``low`` to ``high`` are in the set; None if some are."""
        place = bisect_left(self.highs, low)
        if place == len(self.lows) or high < self.lows[place]:
            return False
        return True if self.lows[place] <= low and high <= self.highs[place] else None

    def within(self, low: int, high: int) -> tuple[tuple[int, int], ...]:
        """Return the intervals of the set cut to the integers from ``low`` to ``high``."""
        return tuple(
            (max(low, first), min(high, last))
            for first, last in self.intervals
            if first <= high and low <= last
        )

    def edges(self) -> frozenset[int]:
        """Return every bounded integer c where one of c - 1 and c is in the set and one is not."""
        ends = {*self.lows, *(high + 1 for high in self.highs)}
        return frozenset(ends - {-UNBOUNDED, UNBOUNDED + 1})

    def before(self, factor: int, constant: int) -> IntegerSet:
        """Return the integers x with ``factor * x + constant`` in the set; a factor of 0 excluded.

        Unbounded ends stay unbounded.
        """
        intervals = []
        for low, high in self.intervals:
            first = low if low == -UNBOUNDED else low - constant
            last = high if high == UNBOUNDED else high - constant
            if factor < 0:
                first, last = -last, -first
            size = abs(factor)
            intervals.append(
                (
                    first if first == -UNBOUNDED else -(-first // size),
                    last if last == UNBOUNDED else last // size,
                )
            )
        return IntegerSet.of(intervals)
