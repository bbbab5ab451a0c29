"""Plots over a quantity: what time and bytes do as subjects, agencies and predicates grow.

Rules:
 * A plot without at least one figure is not drawn.
 * A scheme is drawn with the kind of column that is usual for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bench.report import numerals
from bench.report.conditions import conditions
from bench.report.drawing import Line, Panel, draw_lines
from bench.report.interval import Interval
from bench.report.looks import SCHEMES
from bench.report.plot import Plot
from bench.report.selection import (
    AGENCIES,
    SUBJECTS,
    cpu,
    end_to_end,
    in_the_clear,
    per_subject,
    schemes_of,
    series,
)
from bench.results import Measurement, Results
from matcher.core.scheme import COLUMN_KINDS, Scheme

_Figured: TypeAlias = Callable[[Measurement], Interval | None]


def overhead_plot(results: Results) -> Plot | None:
    """Draw time and processor time over those in the clear, by subjects."""

    def over(figured: Callable[[Measurement], Interval]) -> _Figured:
        def ratio(found: Measurement) -> Interval | None:
            clear = in_the_clear(results, found)
            return None if clear is None else figured(found).over(figured(clear))

        return ratio

    protected = [
        found
        for found in _usual(series(results, SUBJECTS))
        if found.scenario.scheme is not Scheme.CLEAR
    ]
    panels = (
        ("Time end to end, times plaintext", over(end_to_end)),
        ("Processor time, times plaintext", over(cpu)),
    )
    return _over_subjects(
        "overhead-plot", "Overhead over plaintext", protected, panels, "", level=1.0
    )


def subjects_plot(results: Results) -> Plot | None:
    """Draw time end to end and processor time by subjects."""
    panels = (("Time end to end", end_to_end), ("Processor time, all parties", cpu))
    measured = _usual(series(results, SUBJECTS))
    return _over_subjects("subjects-plot", "Time by number of subjects", measured, panels, "s")


def _over_subjects(
    name: str,
    title: str,
    measured: Sequence[Measurement],
    panels: Sequence[tuple[str, _Figured]],
    unit: str,
    *,
    level: float | None = None,
) -> Plot | None:
    drawn = [
        Panel(heading, unit, lines, level)
        for heading, figured in panels
        if (lines := _lines(measured, lambda found: found.scenario.subjects, figured))
    ]
    if len(drawn) < len(panels):
        return None
    say = numerals.seconds if unit else numerals.times
    told = _told(drawn[0].lines, say, lambda subjects: f"{subjects:,.0f} of them")
    description = f"Lines by number of subjects, both axes logarithmic. {drawn[0].title}: {told}"
    return Plot(name, title, description, draw_lines(drawn, "subjects"))


def agencies_plot(results: Results) -> Plot | None:
    """Draw time and bytes of one subject by agencies."""
    measured = _usual(series(results, AGENCIES))
    places = sorted({found.scenario.agencies for found in measured})
    return _for_each_subject(
        "agencies-plot",
        "Time and bytes by number of agencies",
        measured,
        _Axis(
            "agencies",
            lambda found: found.scenario.agencies,
            {place: str(place) for place in places},
        ),
    )


def predicates(measured: Sequence[Measurement]) -> list[str]:
    """Return the predicates of ``measured``, the smallest first."""
    found = dict.fromkeys(one.scenario.predicate for one in measured)
    return sorted(found, key=lambda predicate: (conditions(predicate), len(predicate)))


def predicate_plot(name: str, measured: Sequence[Measurement]) -> Plot | None:
    """Draw time and bytes of one subject by predicate."""
    listed = predicates(measured)
    return _for_each_subject(
        f"{name}-plot",
        "Time and bytes by size of the predicate",
        _usual(measured),
        _Axis(
            "predicate and its number of comparisons",
            lambda found: listed.index(found.scenario.predicate) + 1,
            {at: f"P{at}\n{conditions(one)}" for at, one in enumerate(listed, 1)},
        ),
    )


@dataclass(frozen=True, slots=True)
class _Axis:
    """A horizontal with few marks: what it is of, and what stands where."""

    label: str
    place: Callable[[Measurement], int]
    ticks: Mapping[float, str]


def _for_each_subject(
    name: str, title: str, measured: Sequence[Measurement], axis: _Axis
) -> Plot | None:
    if not measured:
        return None

    def time_of(found: Measurement) -> Interval:
        return per_subject(end_to_end(found), found)

    def sent_by(found: Measurement) -> Interval:
        return per_subject(Interval.exact(found.bytes_up), found)

    time = _lines(measured, axis.place, time_of)
    sent = _lines(measured, axis.place, sent_by)
    panels = (
        Panel("Time end to end, each subject", "s", time),
        Panel("Bytes uploaded, each subject", "B", sent),
    )
    told = _told(time, numerals.seconds, lambda at: axis.ticks[at].split()[0])
    description = f"Lines. Time end to end for each subject, by {axis.label}: {told}"
    return Plot(name, title, description, draw_lines(panels, axis.label, ticks=axis.ticks))


def _lines(
    measured: Sequence[Measurement], place: Callable[[Measurement], int], figured: _Figured
) -> list[Line]:
    lines = []
    for scheme in schemes_of(measured):
        points = {
            float(place(found)): figure
            for found in measured
            if found.scenario.scheme is scheme
            if (figure := figured(found)) is not None and figure.middle > 0
        }
        if points:
            lines.append(Line(scheme.value, SCHEMES[scheme], points))
    return lines


def _told(lines: Sequence[Line], say: numerals.Say, place: Callable[[float], str]) -> str:
    """Say where each line begins and ends."""

    def ends(line: Line) -> str:
        first, last = min(line.points), max(line.points)
        begins = f"{line.name} {say(line.points[first])} at {place(first)}"
        return begins if first == last else f"{begins}, {say(line.points[last])} at {place(last)}"

    return "; ".join(map(ends, lines)) + "."


def _usual(measured: Sequence[Measurement]) -> list[Measurement]:
    """Leave out the kinds of column that a scheme only has beside its usual one."""
    kinds: dict[Scheme, set[object]] = {}
    for found in measured:
        kinds.setdefault(found.scenario.scheme, set()).add(found.scenario.column_kind)
    return [
        found
        for found in measured
        if len(kinds[found.scenario.scheme]) == 1
        or found.scenario.column_kind is COLUMN_KINDS[found.scenario.scheme][0]
    ]
