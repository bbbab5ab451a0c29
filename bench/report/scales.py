"""Logarithmic axes with marks as people write round numbers: 10k, 5 ms, 100 B."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

_PREFIXES = ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"))


def logarithmic(axes: Axes, which: str, unit: str) -> None:
    """Make the ``x`` or ``y`` axis of ``axes`` logarithmic, once everything is drawn."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    (axes.set_xscale if which == "x" else axes.set_yscale)("log")
    low, high = axes.get_xlim() if which == "x" else axes.get_ylim()
    axis.set_minor_formatter(NullFormatter())
    axis.set_minor_locator(NullLocator())
    # Over less than two powers of ten, powers alone would leave the axis almost bare.
    steps = (1.0, 2.0, 5.0) if high < 100 * low else (1.0,)
    axis.set_major_locator(LogLocator(subs=steps, numticks=12))
    axis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value, unit)))


def _tick(value: float, unit: str) -> str:
    """Return a round number with a prefix, as on an axis."""
    if not unit and value < 1:
        return f"{value:.9f}".rstrip("0")
    size, prefix = next((one for one in _PREFIXES if value >= one[0] * (1 - 1e-9)), _PREFIXES[-1])
    return f"{value / size:g}{' ' if unit else ''}{prefix}{unit}"
