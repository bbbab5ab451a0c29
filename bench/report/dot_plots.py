"""Plots in rows: what each scheme, phase, party or peer needs.

Rules:
 * A plot without at least one figure is not drawn.
 * A scheme is spoken for by one measurement; figures are for one subject, because cohorts differ.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.report import numerals
from bench.report.drawing import Dots, draw_dots
from bench.report.interval import Interval
from bench.report.looks import PEER, SCHEMES
from bench.report.plot import Plot
from bench.report.selection import (
    cost_per_million,
    cpu,
    end_to_end,
    per_subject,
    schemes_of,
    speaking_for,
)
from bench.report.table import DASH, phase_name
from bench.results import Measurement, PeerMeasurement, Phase, Results


def columns_plot(name: str, measured: Sequence[Measurement]) -> Plot | None:
    """Draw the processor time of one subject by kind of column."""
    title = "Processor time by kind of column"
    return _by(name, title, measured, lambda found: found.scenario.column_kind.value)


def parameters_plot(name: str, measured: Sequence[Measurement]) -> Plot | None:
    """Draw the processor time of one subject by parameter set."""
    title = "Processor time by parameter set"
    return _by(name, title, measured, lambda found: found.parameters or DASH)


def _by(
    name: str, title: str, measured: Sequence[Measurement], row: Callable[[Measurement], str]
) -> Plot | None:
    groups = [
        Dots(
            scheme.value,
            SCHEMES[scheme],
            {
                row(found): per_subject(cpu(found), found)
                for found in measured
                if found.scenario.scheme is scheme
            },
        )
        for scheme in schemes_of(measured)
    ]
    axis = ("processor time of all parties, each subject", "s", numerals.seconds)
    return _dots(name, title, groups, list(dict.fromkeys(map(row, measured))), axis)


def bytes_plot(results: Results) -> Plot | None:
    """Draw bytes of one subject, up and down, of the measurements that speak for the schemes."""
    chosen = speaking_for(results)
    groups = [
        Dots(
            scheme.value,
            SCHEMES[scheme],
            {
                "asked": _bytes_each(found, found.bytes_asked),
                "up": _bytes_each(found, found.bytes_up),
                "down": _bytes_each(found, found.bytes_down),
            },
        )
        for scheme, found in chosen.items()
    ]
    axis = ("bytes, each subject", "B", numerals.data)
    return _dots("bytes", "Bytes for each subject", groups, ["asked", "up", "down"], axis)


def memory_plot(results: Results) -> Plot | None:
    """Draw the peak memory of every party."""
    chosen = speaking_for(results)
    groups = [
        Dots(
            scheme.value,
            SCHEMES[scheme],
            {party: Interval.exact(mib) for party, mib in found.peak_mib.items()},
        )
        for scheme, found in chosen.items()
    ]
    rows = list(dict.fromkeys(party for found in chosen.values() for party in found.peak_mib))

    def say(figure: Interval) -> str:
        return numerals.memory(figure.middle)

    axis = ("peak memory, MiB", "", say)
    return _dots("memory", "Peak memory of each party", groups, rows, axis, from_zero=True)


def phases_plot(results: Results) -> Plot | None:
    """Draw the time of every phase for one subject."""
    groups = [
        Dots(
            scheme.value,
            SCHEMES[scheme],
            {
                phase_name(phase): per_subject(Interval.of(spread), found)
                for phase, spread in found.seconds.items()
            },
        )
        for scheme, found in speaking_for(results).items()
    ]
    axis = ("time spent, each subject", "s", numerals.seconds)
    return _dots("phases", "Time by phase", groups, [phase_name(phase) for phase in Phase], axis)


def cost_plot(results: Results) -> Plot | None:
    """Draw the price of a million decisions."""
    currency = results.price.currency
    groups = [
        Dots(scheme.value, SCHEMES[scheme], {scheme.value: cost_per_million(results, found)})
        for scheme, found in speaking_for(results).items()
    ]
    axis = (f"{currency} for a million decisions", "", numerals.money(currency))
    rows = [group.name for group in groups]
    return _dots("cost", "Processor cost of a million decisions", groups, rows, axis)


def peers_plot(results: Results) -> Plot | None:
    """Draw the rate of every scheme and every peer."""
    measured = [peer for peer in results.peers if isinstance(peer, PeerMeasurement)]
    if not measured:
        return None
    groups = []
    for scheme, found in speaking_for(results).items():
        rate = end_to_end(found).inverse(found.scenario.subjects)
        if rate is not None:
            name = f"fusuma, {scheme.value}"
            groups.append(Dots(name, SCHEMES[scheme], {name: rate}))
    for peer in measured:
        rate = Interval.of(peer.seconds).inverse(peer.subjects)
        if rate is not None:
            groups.append(Dots(peer.title, PEER, {peer.title: rate}))
    groups.sort(key=lambda group: -group.figures[group.name].middle)
    axis = ("subjects a second", "", numerals.rate)
    rows = [group.name for group in groups]
    return _dots("peers", "Subjects a second, schemes and peers", groups, rows, axis)


def _dots(
    name: str,
    title: str,
    groups: Sequence[Dots],
    rows: Sequence[str],
    axis: tuple[str, str, numerals.Say],
    *,
    from_zero: bool = False,
) -> Plot | None:
    label, unit, say = axis
    # A logarithmic axis has no place for nothing.
    shown = [
        Dots(group.name, group.look, kept)
        for group in groups
        if (kept := {row: one for row, one in group.figures.items() if one.middle > 0})
    ]
    if not shown:
        return None
    told = "; ".join(
        f"{group.name}: "
        + ", ".join(
            say(one) if row == group.name else f"{row} {say(one)}"
            for row, one in group.figures.items()
        )
        for group in shown
    )
    description = f"Dots on a {'linear' if from_zero else 'logarithmic'} axis of {label}. {told}."
    figure = draw_dots(shown, rows, label, unit, from_zero=from_zero)
    return Plot(f"{name}-plot", title, description, figure)


def _bytes_each(found: Measurement, size: int) -> Interval:
    return per_subject(Interval.exact(size), found)
