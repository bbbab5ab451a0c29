"""Tables of what runs are compared with: marks, peers, and single operations.

Rules:
 * Every figure has its spread, in the way of ``numerals``.
 * What was skipped is a row too, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.report import numerals
from bench.report.bars import Bar, Outcome, over_peer
from bench.report.interval import Interval
from bench.report.selection import speaking_for
from bench.report.table import DASH, Column, Table, said, table, versions
from bench.results import Operation, PeerMeasurement, Results
from matcher.core.scheme import Scheme

_SIGNS = {Outcome.REACHED: "✓", Outcome.MISSED: "✗", Outcome.NOT_MEASURED: "?"}


def bars_table(bars: Iterable[Bar]) -> Table:
    """Return the marks, what was measured, and whether it is enough."""

    def verdict(bar: Bar) -> str:
        decided = f"{_SIGNS[bar.outcome]} {bar.outcome.value}"
        if bar.measured is None or bar.certain:
            return decided
        return f"{decided}, {'within the spread' if bar.measured.repeated else 'in one run'}"

    return table(
        "Marks and what was measured",
        (
            Column("mark", prose=True),
            Column("outcome", words=True),
            "measured",
            "to reach",
            Column("measured on", words=True, prose=True),
        ),
        (
            (bar.statement, verdict(bar), said(bar.say, bar.measured), bar.target, bar.basis)
            for bar in bars
        ),
    )


def peers_table(results: Results) -> Table:
    """Return the rate of every peer, and how many times as fast ``bgv`` is."""
    bgv = speaking_for(results).get(Scheme.BGV)

    def cells(peer: PeerMeasurement) -> tuple[str, ...]:
        rate = Interval.of(peer.seconds).inverse(peer.subjects)
        return (
            peer.title,
            numerals.count(peer.subjects),
            numerals.seconds(Interval.of(peer.seconds)),
            said(numerals.rate, rate),
            numerals.seconds(Interval.of(peer.cpu_seconds)),
            DASH if bgv is None else said(numerals.times, over_peer(bgv, peer)),
            peer.note,
            versions(peer.versions),
        )

    def skipped(title: str, reason: str) -> tuple[str, ...]:
        return title, DASH, DASH, DASH, DASH, DASH, f"not measured: {reason}", DASH

    return table(
        "Other implementations of the same decision, measured in the same benchmark",
        (
            "peer",
            "subjects",
            "time",
            "subjects a second",
            "processor time",
            "bgv, times as fast",
            Column("what was measured", words=True, prose=True),
            Column("versions", words=True, prose=True),
        ),
        (
            cells(peer) if isinstance(peer, PeerMeasurement) else skipped(peer.title, peer.reason)
            for peer in results.peers
        ),
    )


def operations_tables(operations: Sequence[Operation]) -> list[Table]:
    """Return for every scheme what each of its operations costs under each parameter set."""
    schemes = list(dict.fromkeys(operation.scheme for operation in operations))
    return [
        table(
            f"Processor time of one call, {scheme}",
            (
                "operation",
                Column("parameters", words=True),
                "slots",
                "one call",
                "each slot",
            ),
            (
                (
                    operation.operation,
                    operation.parameters,
                    numerals.count(operation.slots),
                    numerals.seconds(Interval.of(operation.cpu_seconds)),
                    numerals.seconds(Interval.of(operation.cpu_seconds).times(1 / operation.slots)),
                )
                for operation in operations
                if operation.scheme == scheme
            ),
        )
        for scheme in schemes
    ]
