"""Two kinds of plot: lines over a quantity, and dots in rows. What they show is for ``plots``.

Rules:
 * Whatever spread has a whisker from the smallest to the largest value.
 * Lines are named beside their ends; dots of several kinds have a legend.
 * Axes over several powers of ten are logarithmic, and say so in the plot's description.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bench.report.interval import Interval
from bench.report.looks import INK, MUTED, PAPER, RULE, Look
from bench.report.scales import logarithmic
from bench.report.svg import SETTINGS

_STYLE: dict[Any, Any] = {
    **SETTINGS,
    "font.size": 9,
    "text.color": INK.light,
    "axes.edgecolor": MUTED.light,
    "axes.labelcolor": INK.light,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": RULE.light,
    "grid.linewidth": 0.6,
    "xtick.color": MUTED.light,
    "ytick.color": MUTED.light,
    "xtick.labelcolor": INK.light,
    "ytick.labelcolor": INK.light,
}
_WIDTH = 7.6
# Of the height of a panel, between the names at the ends of two lines.
_APART = 0.07


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a panel: a name, how it looks, and its points by what is on the horizontal."""

    name: str
    look: Look
    points: Mapping[float, Interval]


@dataclass(frozen=True, slots=True)
class Panel:
    """One pair of axes with lines.

    Attributes:
        title: what is on the vertical.
        unit: of the vertical, as it stands behind a prefix: ``s`` as in ms; empty for numbers.
        lines: at least one.
        level: where a thin line goes across, or None.
    """

    title: str
    unit: str
    lines: Sequence[Line]
    level: float | None = None


@dataclass(frozen=True, slots=True)
class Dots:
    """Dots of one look, in rows; those without a figure in a row are not there."""

    name: str
    look: Look
    figures: Mapping[str, Interval]


def draw_lines(
    panels: Sequence[Panel], label: str, *, ticks: Mapping[float, str] | None = None
) -> Figure:
    """Draw ``panels`` side by side over one horizontal axis.

    Args:
        panels: one or two.
        label: of the horizontal.
        ticks: the marks of a linear horizontal; without them it is logarithmic.
    """
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(_WIDTH, 3.6), layout="constrained")
        row = figure.subplots(1, len(panels), sharex=True, squeeze=False)[0]
        for axes, panel in zip(row, panels, strict=True):
            _panel(axes, panel, label, ticks)
        # The same lines in the same looks: named once, beside the last panel.
        _name_ends(row[-1], panels[-1].lines)
        return figure


def _panel(axes: Axes, panel: Panel, label: str, ticks: Mapping[float, str] | None) -> None:
    for line in panel.lines:
        places = sorted(line.points)
        _dots(axes, line.look, places, [line.points[place] for place in places], joined=True)
    if panel.level is not None:
        axes.axhline(panel.level, color=MUTED.light, linewidth=1, linestyle=(0, (4, 3)))
    logarithmic(axes, "y", panel.unit)
    if ticks is None:
        logarithmic(axes, "x", "")
    else:
        axes.set_xticks(list(ticks), list(ticks.values()))
        axes.set_xlim(min(ticks) - 0.35, max(ticks) + 0.35)
    axes.set_title(panel.title, pad=10)
    axes.set_xlabel(label)


def draw_dots(
    groups: Sequence[Dots], rows: Sequence[str], label: str, unit: str, *, from_zero: bool = False
) -> Figure:
    """Draw one row of dots for each of ``rows``, from the top.

    Args:
        groups: at least one with a figure.
        rows: names of the rows.
        label: of the horizontal.
        unit: of the horizontal.
        from_zero: whether the horizontal is linear and begins with nothing.
    """
    # Where no row has two dots, its name says whose they are.
    crowded = sum(len(group.figures) for group in groups) > len(rows)
    with mpl.rc_context(_STYLE):
        height = 0.75 + 0.3 * crowded + (0.5 if crowded else 0.34) * len(rows)
        figure = Figure(figsize=(_WIDTH, height), layout="constrained")
        axes = figure.subplots()
        for number, group in enumerate(groups):
            shift = 0.0 if not crowded else 0.6 * (number / (len(groups) - 1) - 0.5)
            shown = [(at + shift, row) for at, row in enumerate(rows) if row in group.figures]
            heights, figures = [at for at, _ in shown], [group.figures[row] for _, row in shown]
            _dots(axes, group.look, heights, figures, across=True)
        if from_zero:
            axes.set_xlim(left=0)
        else:
            logarithmic(axes, "x", unit)
        axes.set_yticks(range(len(rows)), rows)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.grid(visible=False, axis="y")
        for edge in range(1, len(rows)):
            axes.axhline(edge - 0.5, color=RULE.light, linewidth=0.6)
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel(label)
        if crowded:
            handles = [_handle(group) for group in groups if group.figures]
            figure.legend(
                handles=handles, loc="outside upper left", ncols=6, frameon=False, columnspacing=1.2
            )
        return figure


def _handle(group: Dots) -> Line2D:
    look = group.look
    return Line2D(
        [],
        [],
        color=look.light,
        marker=look.marker,
        markersize=_size(look),
        linestyle="",
        label=group.name,
    )


def _dots(
    axes: Axes,
    look: Look,
    places: Sequence[float],
    figures: Sequence[Interval],
    *,
    across: bool = False,
    joined: bool = False,
) -> None:
    middles = [figure.middle for figure in figures]
    below = [figure.middle - figure.low for figure in figures]
    # An end that is not known is not drawn.
    above = [0.0 if math.isinf(one.high) else one.high - one.middle for one in figures]
    x, y = (middles, places) if across else (places, middles)
    axes.errorbar(
        x,
        y,
        xerr=[below, above] if across else None,
        yerr=None if across else [below, above],
        fmt="none",
        ecolor=look.light,
        elinewidth=1.1,
        capsize=3,
        capthick=1.1,
    )
    axes.plot(
        x,
        y,
        color=look.light,
        marker=look.marker,
        markersize=_size(look),
        markeredgecolor=PAPER.light,
        markeredgewidth=0.4,
        linestyle="-" if joined else "",
        linewidth=1.7,
    )


def _size(look: Look) -> float:
    """Return a marker's size; pointed ones have less within the same box."""
    return {"o": 6.0, "s": 5.5, "D": 5.2}.get(look.marker, 7.2)


def _name_ends(axes: Axes, lines: Sequence[Line]) -> None:
    """Write each line's name at the right, pushed apart where they would overlap."""
    bottom, top = (math.log10(limit) for limit in axes.get_ylim())
    ends = sorted(
        ((math.log10(line.points[max(line.points)].middle) - bottom) / (top - bottom), number)
        for number, line in enumerate(lines)
    )
    heights: list[float] = []
    for height, _ in ends:
        heights.append(max(height, heights[-1] + _APART) if heights else height)
    # Names that were pushed out at the top push the others down again.
    highest = 1.0
    for at in reversed(range(len(heights))):
        heights[at] = min(heights[at], highest)
        highest = heights[at] - _APART
    for height, (_, number) in zip(heights, ends, strict=True):
        line = lines[number]
        axes.plot(
            [1.035],
            [height],
            transform=axes.transAxes,
            clip_on=False,
            color=line.look.light,
            marker=line.look.marker,
            markersize=_size(line.look),
        )
        axes.annotate(
            line.name, (1.065, height), xycoords="axes fraction", va="center", annotation_clip=False
        )
