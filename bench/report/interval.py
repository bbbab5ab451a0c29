"""A figure with how far it spread, and what becomes of the spread in sums and ratios.

Rules:
 * A figure's interval runs from the smallest to the largest counted value, its middle is their
   median.
 * An interval that is computed is never too narrow: a ratio goes from the smallest numerator over
   the largest denominator to the largest over the smallest. Repeating the whole experiment would
   usually stay well inside it.
 * What was measured once has no spread; that is not the same as a spread of nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from bench.spread import Spread


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure, at most as exact as what it was computed from.

    Attributes:
        middle: of medians.
        low: not above ``middle``.
        high: not below ``middle``; infinite where a denominator may have been nothing.
        repeated: whether everything in it was measured more than once.
    """

    middle: float
    low: float
    high: float
    repeated: bool

    @classmethod
    def of(cls, spread: Spread) -> Self:
        """Return the interval of one measured figure."""
        return cls(spread.median, spread.low, spread.high, len(spread.values) > 1)

    @classmethod
    def exact(cls, value: float) -> Self:
        """Return a figure that is counted and not timed."""
        return cls(value, value, value, repeated=True)

    @classmethod
    def total(cls, spreads: Iterable[Spread]) -> Self:
        """Return the sum of figures that were measured beside each other."""
        parts = [cls.of(spread) for spread in spreads]
        return cls(
            sum(part.middle for part in parts),
            sum(part.low for part in parts),
            sum(part.high for part in parts),
            all(part.repeated for part in parts),
        )

    def times(self, factor: float) -> Interval:
        """Return this in another unit; ``factor`` is positive and exact."""
        return Interval(self.middle * factor, self.low * factor, self.high * factor, self.repeated)

    def over(self, other: Interval) -> Interval | None:
        """Return this divided by ``other``, or None where ``other`` is too small to divide by."""
        if other.middle <= 0:
            return None
        return Interval(
            self.middle / other.middle,
            self.low / other.high,
            self.high / other.low if other.low > 0 else math.inf,
            self.repeated and other.repeated,
        )

    def inverse(self, factor: float) -> Interval | None:
        """Return ``factor`` divided by this: a rate from a time."""
        return Interval.exact(factor).over(self)

    def differs_from(self, value: float) -> bool:
        """Whether ``value`` lies outside; never so for what was measured once."""
        return self.repeated and not self.low <= value <= self.high
