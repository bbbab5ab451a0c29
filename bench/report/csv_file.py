"""Results as one CSV file for whoever computes with them.

One row for every scenario, peer and operation, told apart by ``kind``; what was not measured is a
row as well, with its reason. Every row also says where and when, so that files of several machines
can be put under each other.

Rules:
 * Every timed figure has three columns: the median, the smallest and the largest counted value.
 * Numbers are written in full, in seconds, bytes and MiB; a cell is empty where there is no figure.
 * The columns are always the same but for the parties', which are those that took part.
 * The file is UTF-8, its lines end as RFC 4180 says, and it appears whole or not at all.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from bench.report.interval import Interval
from bench.report.selection import cost_per_million, cpu
from bench.results import Measurement, Operation, PeerMeasurement, PeerSkipped, Phase, Results
from bench.results_file import write_whole
from bench.scenario import Scenario

_Row: TypeAlias = dict[str, object]
_ENDS = ("median", "low", "high")
_WHAT = ("kind", "name", "series", "scheme", "column_kind", "subjects", "agencies", "predicate")
_HOW = ("parameters", "repeats", "columns", "outputs", "chunks", "slots")
_COUNTED = ("bytes_asked", "bytes_up", "bytes_down", "hiding_bits", "spare_bits", "mismatches")
_WHERE = ("cpu", "cores", "fusuma", "started", "seed", "scenario_digest")


def write_csv(results: Results, path: Path) -> None:
    """Write ``results`` to ``path``, replacing what is there.

    Raises:
        OSError: the file cannot be written.
    """
    written = io.StringIO()
    table = csv.DictWriter(written, list(_columns(results)), restval="")
    table.writeheader()
    where = _where(results)
    for row in _rows(results):
        # None is an empty cell.
        table.writerow(row | where)
    write_whole(path, written.getvalue())


def _columns(results: Results) -> Iterator[str]:
    parties = dict.fromkeys(
        party for found in results.measurements for party in (*found.cpu_seconds, *found.peak_mib)
    )
    yield from (*_WHAT, *_HOW)
    for phase in Phase:
        yield from _named(f"{phase.value}_seconds")
    yield "subjects_per_second"
    yield from _named("cpu_seconds")
    yield from _named("cost_per_million")
    yield "currency"
    yield from _COUNTED
    for party in parties:
        yield from (f"cpu_seconds_{party}", f"peak_mib_{party}")
    yield from ("reason", "note", "versions", *_WHERE)


def _rows(results: Results) -> Iterator[_Row]:
    for measurement in results.measurements:
        yield _measured(results, measurement)
    for refused in results.not_measured:
        yield {"kind": "not measured", **_scenario(refused.scenario), "reason": refused.reason}
    for peer in results.peers:
        yield _peer(peer)
    for operation in results.operations:
        yield _operation(operation)


def _measured(results: Results, found: Measurement) -> _Row:
    row: _Row = {
        "kind": "scenario",
        **_scenario(found.scenario),
        "parameters": found.parameters,
        "columns": found.columns,
        "outputs": found.outputs,
        "chunks": found.chunks,
        "subjects_per_second": found.subjects_per_second,
        **_cells("cpu_seconds", cpu(found)),
        **_cells("cost_per_million", cost_per_million(results, found)),
        "currency": results.price.currency,
        **{name: getattr(found, name) for name in _COUNTED},
    }
    for phase, spread in found.seconds.items():
        row |= _cells(f"{phase.value}_seconds", Interval.of(spread))
    row |= {f"cpu_seconds_{party}": spread.median for party, spread in found.cpu_seconds.items()}
    row |= {f"peak_mib_{party}": mib for party, mib in found.peak_mib.items()}
    return row


def _scenario(scenario: Scenario) -> _Row:
    return {
        "name": scenario.name,
        "series": scenario.series,
        "scheme": scenario.scheme.value,
        "column_kind": scenario.column_kind.value,
        "subjects": scenario.subjects,
        "agencies": scenario.agencies,
        "predicate": scenario.predicate,
        "parameters": scenario.parameters,
        "repeats": scenario.repeats,
    }


def _peer(peer: PeerMeasurement | PeerSkipped) -> _Row:
    if isinstance(peer, PeerSkipped):
        return {"kind": "peer not measured", "name": peer.peer, "reason": peer.reason}
    return {
        "kind": "peer",
        "name": peer.peer,
        "subjects": peer.subjects,
        "repeats": len(peer.seconds.values),
        **_cells("end_to_end_seconds", Interval.of(peer.seconds)),
        "subjects_per_second": peer.subjects_per_second,
        **_cells("cpu_seconds", Interval.of(peer.cpu_seconds)),
        "note": peer.note,
        "versions": _versions(peer.versions),
    }


def _operation(operation: Operation) -> _Row:
    return {
        "kind": "operation",
        "name": operation.operation,
        "scheme": operation.scheme,
        "parameters": operation.parameters,
        "repeats": len(operation.cpu_seconds.values),
        "slots": operation.slots,
        **_cells("cpu_seconds", Interval.of(operation.cpu_seconds)),
    }


def _where(results: Results) -> _Row:
    environment = results.environment
    return {
        "cpu": environment.cpu,
        "cores": environment.cores,
        "fusuma": environment.versions.get("fusuma", ""),
        "started": environment.started,
        "seed": results.seed,
        "scenario_digest": results.scenario_digest,
    }


def _cells(name: str, interval: Interval) -> _Row:
    return dict(zip(_named(name), (interval.middle, interval.low, interval.high), strict=True))


def _named(name: str) -> tuple[str, ...]:
    return tuple(f"{name}_{end}" for end in _ENDS)


def _versions(named: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {version}" for name, version in named.items())
