"""Which measurement speaks for what: the largest of a scheme, and its counterpart in the clear.

Rules:
 * Figures of two schemes are only put over each other where both decided the same predicate for as
   many subjects at as many agencies.
 * A scheme is spoken for by its largest measured cohort, in the series of subjects if there is one,
   with the kind of column that is usual for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.report.interval import Interval
from bench.report.looks import SCHEMES
from bench.results import Measurement, Phase, Results
from matcher.core.scheme import COLUMN_KINDS, Scheme

SUBJECTS = "subjects"
AGENCIES = "agencies"
PREDICATE = "predicate"
COLUMNS = "columns"
_HOUR = 3600.0
_MILLION = 1_000_000


def end_to_end(measurement: Measurement) -> Interval:
    """Return the wall time of one run, in seconds."""
    return Interval.of(measurement.seconds[Phase.END_TO_END])


def cpu(measurement: Measurement) -> Interval:
    """Return the processor time of all parties in one run, in seconds."""
    return Interval.total(measurement.cpu_seconds.values())


def per_subject(interval: Interval, measurement: Measurement) -> Interval:
    """Return a figure of one run divided by its subjects."""
    return interval.times(1 / measurement.scenario.subjects)


def cost_per_million(results: Results, measurement: Measurement) -> Interval:
    """Return the price of the processor time of a million decisions, in the stated currency."""
    paid = results.price.amount / _HOUR * _MILLION
    return per_subject(cpu(measurement), measurement).times(paid)


def schemes_of(measurements: Iterable[Measurement]) -> list[Scheme]:
    """Return the schemes among ``measurements``, in the order of the report."""
    present = {measurement.scenario.scheme for measurement in measurements}
    return [scheme for scheme in SCHEMES if scheme in present]


def series(results: Results, name: str) -> list[Measurement]:
    """Return the measurements of one series."""
    return [found for found in results.measurements if found.scenario.series == name]


def speaking_for(results: Results) -> dict[Scheme, Measurement]:
    """Return for every scheme that was measured the measurement that speaks for it."""
    return {
        scheme: max(_of(results.measurements, scheme), key=_weight)
        for scheme in schemes_of(results.measurements)
    }


def in_the_clear(results: Results, measurement: Measurement) -> Measurement | None:
    """Return the same decision without protection, or None where it was not measured."""
    here = measurement.scenario
    same = [
        found
        for found in _of(results.measurements, Scheme.CLEAR)
        if (found.scenario.subjects, found.scenario.agencies, found.scenario.predicate)
        == (here.subjects, here.agencies, here.predicate)
    ]

    def nearness(found: Measurement) -> tuple[bool, bool, bool]:
        there = found.scenario
        usual = there.column_kind is COLUMN_KINDS[Scheme.CLEAR][0]
        return there.column_kind is here.column_kind, there.series == here.series, usual

    return max(same, key=nearness, default=None)


def comparable(results: Results) -> dict[Scheme, tuple[Measurement, Measurement]]:
    """Return for every protected scheme its largest measurement that has one in the clear."""
    found: dict[Scheme, tuple[Measurement, Measurement]] = {}
    for scheme in schemes_of(results.measurements):
        if scheme is Scheme.CLEAR:
            continue
        pairs = [
            (measurement, clear)
            for measurement in _of(results.measurements, scheme)
            if (clear := in_the_clear(results, measurement)) is not None
        ]
        if pairs:
            found[scheme] = max(pairs, key=lambda pair: _weight(pair[0]))
    return found


def _of(measurements: Sequence[Measurement], scheme: Scheme) -> list[Measurement]:
    return [found for found in measurements if found.scenario.scheme is scheme]


def _weight(measurement: Measurement) -> tuple[bool, bool, int]:
    scenario = measurement.scenario
    usual = scenario.column_kind is COLUMN_KINDS[scenario.scheme][0]
    return usual, scenario.series == SUBJECTS, scenario.subjects
