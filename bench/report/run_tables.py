"""Tables of what runs cost.

Rules:
 * Every figure has its spread, in the way of ``numerals``.
 * Rows stand in the order of the schemes, then in that of the scenarios.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from bench.report import numerals
from bench.report.interval import Interval
from bench.report.selection import cost_per_million, cpu, end_to_end, in_the_clear, per_subject
from bench.report.table import DASH, WHICH, Column, Table, ordered, phase_name, said, table, which
from bench.results import Measurement, Phase, Results
from matcher.core.scheme import Scheme

# Scenarios of several series may only differ in what has no column here.
_NAMED = ("scenario", *WHICH[1:])


def _named(found: Measurement) -> tuple[str, ...]:
    return (found.scenario.name, *which(found.scenario)[1:])


def overhead_table(results: Results) -> Table:
    """Return every measurement that has a counterpart in the clear, over it."""

    def rows() -> Iterable[tuple[str, ...]]:
        for found in ordered(results.measurements):
            clear = in_the_clear(results, found)
            if clear is None or found.scenario.scheme is Scheme.CLEAR:
                continue
            time = end_to_end(found).over(end_to_end(clear))
            work = cpu(found).over(cpu(clear))
            upload = Interval.exact(found.bytes_up).over(Interval.exact(clear.bytes_up))
            yield (
                *_named(found),
                said(numerals.times, time),
                said(numerals.times, work),
                said(numerals.times, upload),
            )

    return table(
        "Each scheme against plaintext over gRPC, for the same decision",
        (*_NAMED, "time end to end", "processor time", "bytes uploaded"),
        rows(),
    )


def run_table(
    caption: str,
    results: Results,
    measurements: Iterable[Measurement],
    further: tuple[str, Callable[[Measurement], str]] | None = None,
) -> Table:
    """Return what runs cost in time, processor and money.

    Args:
        caption: of the table.
        results: what they are from.
        measurements: the rows.
        further: the heading of one more column that says what was varied, and its cells.
    """

    def cells(found: Measurement) -> Iterable[str]:
        yield from which(found.scenario)
        if further is not None:
            yield further[1](found)
        yield found.parameters or DASH
        yield numerals.seconds(end_to_end(found))
        yield said(numerals.rate, end_to_end(found).inverse(found.scenario.subjects))
        yield numerals.seconds(cpu(found))
        yield say_money(cost_per_million(results, found))

    say_money = numerals.money(results.price.currency)
    varied = () if further is None else (Column(further[0], words=True),)
    figures = ("time end to end", "subjects a second", "processor time", "for a million decisions")
    return table(
        caption,
        (*WHICH, *varied, Column("parameters", words=True), *figures),
        (tuple(cells(found)) for found in ordered(measurements)),
    )


def bytes_table(measurements: Iterable[Measurement]) -> Table:
    """Return bytes up and down, in a run and for each subject."""

    def cells(found: Measurement, size: int) -> tuple[str, str]:
        whole = Interval.exact(size)
        return numerals.data(whole), numerals.data(per_subject(whole, found))

    return table(
        "Bytes of a run, and for each subject",
        (
            *_NAMED,
            *("asked", "asked, each subject"),
            *("up", "up, each subject"),
            *("down", "down, each subject"),
        ),
        (
            (
                *_named(found),
                *cells(found, found.bytes_asked),
                *cells(found, found.bytes_up),
                *cells(found, found.bytes_down),
            )
            for found in ordered(measurements)
        ),
    )


def memory_table(chosen: Mapping[Scheme, Measurement], parties: Sequence[str]) -> Table:
    """Return the peak memory of each party."""
    return table(
        "Peak memory of each party, with its worker processes",
        ("scheme", "subjects", *parties),
        (
            (
                scheme.value,
                numerals.count(found.scenario.subjects),
                *(
                    numerals.memory(found.peak_mib[party]) if party in found.peak_mib else DASH
                    for party in parties
                ),
            )
            for scheme, found in chosen.items()
        ),
    )


def phases_table(chosen: Mapping[Scheme, Measurement]) -> Table:
    """Return the time of every phase, of a whole run."""
    return table(
        "Time spent at each phase of one run, added up over all who work at it",
        ("scheme", "subjects", *(phase_name(phase) for phase in Phase)),
        (
            (
                scheme.value,
                numerals.count(found.scenario.subjects),
                *(
                    numerals.seconds(Interval.of(found.seconds[phase]))
                    if phase in found.seconds
                    else DASH
                    for phase in Phase
                ),
            )
            for scheme, found in chosen.items()
        ),
    )


def noise_table(measurements: Iterable[Measurement]) -> Table:
    """Return the least margin of every parameter set that was used."""
    grouped: dict[tuple[str, str], list[Measurement]] = {}
    for found in ordered(measurements):
        if found.hiding_bits is not None or found.spare_bits is not None:
            grouped.setdefault((found.scenario.scheme.value, found.parameters), []).append(found)

    def least(bits: Iterable[int | None]) -> str:
        known = [one for one in bits if one is not None]
        return f"{min(known)} bits" if known else DASH

    return table(
        "The least margin of all scenarios that used a parameter set",
        ("scheme", Column("parameters", words=True), "scenarios", "hiding", "spare"),
        (
            (
                *name,
                str(len(runs)),
                least(run.hiding_bits for run in runs),
                least(run.spare_bits for run in runs),
            )
            for name, runs in grouped.items()
        ),
    )
