"""Numbers as people read them: three significant digits, a unit, and the spread behind them.

Rules:
 * Thousands are separated by commas, the middle and both ends of an interval share one unit.
 * Data is counted in decimal units (1 kB is 1,000 bytes), memory in binary ones, as is usual.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

from bench.report.interval import Interval

Say: TypeAlias = Callable[[Interval], str]

_DIGITS = 3
_SECONDS = ((3600.0, "h"), (60.0, "min"), (1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
# Whoever waits two minutes still counts in seconds.
_LONG = 600.0
_BYTES = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "bytes"))
_MEMORY = ((1024.0, "GiB"), (1.0, "MiB"))


def figure(value: float) -> str:
    """Return ``value`` with three significant digits, never in scientific notation."""
    if math.isinf(value):
        return "∞"
    if value == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(value)))
    # 999.6 has four digits once it is rounded to three.
    rounded = round(value, _DIGITS - 1 - magnitude)
    magnitude = math.floor(math.log10(abs(rounded)))
    return f"{rounded:,.{max(0, _DIGITS - 1 - magnitude)}f}"


def count(value: int) -> str:
    """Return a whole number with its thousands separated."""
    return f"{value:,}"


def plain(interval: Interval) -> str:
    """Return an interval without a unit."""
    return _spread(interval, 1.0, "")


def times(interval: Interval) -> str:
    """Return how many times as much something is."""
    return _spread(interval, 1.0, "×", space="")


def seconds(interval: Interval) -> str:
    """Return a time."""
    shown = [unit for unit in _SECONDS if interval.middle >= _LONG or unit[0] <= 1]
    return _scaled(interval, shown)


def data(interval: Interval) -> str:
    """Return an amount of data, given in bytes."""
    return _scaled(interval, _BYTES)


def memory(mib: float) -> str:
    """Return an amount of memory."""
    return _scaled(Interval.exact(mib), _MEMORY)


def rate(interval: Interval) -> str:
    """Return so many a second."""
    return _spread(interval, 1.0, "/s")


def money(currency: str) -> Say:
    """Return what says amounts in ``currency``."""
    return lambda interval: _spread(interval, 1.0, currency)


def _scaled(
    interval: Interval, units: list[tuple[float, str]] | tuple[tuple[float, str], ...]
) -> str:
    size, name = next((unit for unit in units if interval.middle >= unit[0]), units[-1])
    return _spread(interval, size, name)


def _spread(interval: Interval, size: float, unit: str, *, space: str = "\u00a0") -> str:
    shown = figure(interval.middle / size) + (space + unit if unit else "")
    if not interval.repeated:
        return f"{shown} (one run)"
    low, high = figure(interval.low / size), figure(interval.high / size)
    if math.isinf(interval.high):
        return f"{shown} ({low} or more)"
    # Counted figures, and spreads below the digits that are shown, have nothing to add.
    return shown if low == high else f"{shown} ({low}–{high})"
