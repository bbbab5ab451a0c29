"""End to end: how fast a federation of processes decides, and what it costs.

The programme is a conjunction over two agencies in a closed world. All parties run on this machine
with mutual TLS, as in ``fusuma.federation``.

Rules:
 * The clock runs from the making of the run's key, before ``CreateRun``, to the closed verdict
   file. Agents are connected, tables and cohort loaded and worker processes warm; all of that is
   set-up and reported apart.
 * The first run of every kind warms up and does not count; figures are medians of the others.
 * Every verdict of every run is compared with the plaintext reference.
 * Kernels are measured in the same call as the runs they are compared with.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.kernels import measure_kernels, total_seconds
from bench.processes import Usage, cpu_between, cpu_model, usage_of
from clients.requester.cohort import Cohort, cohort_of, load_cohort
from clients.requester.config import load_config
from clients.requester.draft import PreparedProgramme, prepare
from clients.requester.run import match
from clients.requester.session import Session, open_session
from clients.requester.verdicts_file import write_verdicts
from fusuma import __version__
from fusuma.effort import efforts
from fusuma.federation import Federation, running
from fusuma.federation_files import MATCHER, FederationPlan, HeldTable
from fusuma.findings import Announce
from matcher.core.bgv_parameters import BgvParameters
from matcher.core.controls import CANARIES_PER_CHUNK
from matcher.core.errors import RunFailed
from matcher.core.identifiers import AgencyId
from matcher.core.programme import Programme
from matcher.core.reference import reference_verdicts
from matcher.core.scheme import ColumnKind, Scheme
from matcher.language import load_programme
from programmes import programme_path
from programmes.synthetic import SyntheticCity, synthetic_city

REQUESTER = AgencyId("city-benefits")
SEED = 1947
_KERNEL_CHUNKS = 24
_PACKAGES = ("seal-python", "grpcio", "protobuf", "cryptography", "numpy")


@dataclass(frozen=True, slots=True)
class Settings:
    """What to measure.

    Attributes:
        subjects: size of the cohort.
        repeats: counted runs of every kind of column.
        singles: counted runs with one subject.
    """

    subjects: int
    repeats: int
    singles: int


@dataclass(frozen=True, slots=True)
class _Measured:
    seconds: float
    cpu: dict[str, float]
    stages: dict[str, float]
    sent_bytes: int


async def measure(
    directory: Path, settings: Settings, kinds: Sequence[ColumnKind], announce: Announce
) -> dict[str, object]:
    """Return the report of one benchmark; ``directory`` is the caller's to remove.

    Raises:
        RunFailed: a verdict differs from the reference.
    """
    begun = time.perf_counter()
    announce(f"a synthetic city of {settings.subjects:,}")
    city = synthetic_city(settings.subjects, SEED)
    files = city.write(directory, ".parquet")
    programme = load_programme(programme_path("benchmark/support"))
    announce("starting the federation")
    with running(directory, _plan(files)) as federation:
        async with open_session(load_config(federation.configuration)) as session:
            bench = _Bench(federation, session, programme, city, announce)
            announce("loading the cohort")
            cohort = load_cohort(files["cohort"], session.config.terms_of(programme))
            setup = time.perf_counter() - begun
            figures = [await bench.kind(kind, cohort, settings.repeats) for kind in kinds]
            single = await bench.singles(kinds[0], settings.singles)
    report: dict[str, object] = {
        "benchmark": "e2e",
        "subjects": settings.subjects,
        "repeats": settings.repeats,
        "seed": SEED,
        "cpu": cpu_model(),
        "versions": {"fusuma": __version__, **{name: version(name) for name in _PACKAGES}},
        "setup_seconds": round(setup, 3),
        **figures[0],
        "single_subject_ms": single,
    }
    for other in figures[1:]:
        report[f"{other['columns']}_columns"] = other
    return report


class _Bench:
    def __init__(
        self,
        federation: Federation,
        session: Session,
        programme: Programme,
        city: SyntheticCity,
        announce: Announce,
    ) -> None:
        self._federation = federation
        self._session = session
        self._programme = programme
        self._expected = reference_verdicts(programme, programme.valid_from, city.table)
        self._first = city.subjects[0]
        self._announce = announce
        self._pids = {name: process.pid for name, process in federation.processes.items()}
        self._pids[REQUESTER] = os.getpid()

    async def kind(self, kind: ColumnKind, cohort: Cohort, repeats: int) -> dict[str, object]:
        """Measure the whole cohort with columns of one kind."""
        prepared = prepare(self._programme, Scheme.BGV, kind, self._programme.valid_from)
        counted = []
        for number in range(repeats + 1):
            self._announce(f"{kind.value} columns, run {number} of {repeats}")
            measured = await self._run(prepared, cohort, self._expected)
            if number:
                counted.append(measured)
        plan = prepared.plan
        if not isinstance(plan.parameters, BgvParameters):
            raise RunFailed("the plan has no parameters of the kernels' scheme")
        columns = len(plan.columns)
        self._announce("the bare kernels on as many columns")
        kernels = measure_kernels(plan.parameters, _KERNEL_CHUNKS, columns)
        chunks = -(-len(cohort) // (plan.chunk_slots - CANARIES_PER_CHUNK))
        bare = total_seconds(kernels, chunks, columns)
        cpu = {
            party: statistics.median(run.cpu[party] for run in counted) for party in counted[0].cpu
        }
        seconds = statistics.median(run.seconds for run in counted)
        return {
            "scheme": Scheme.BGV.value,
            "columns": kind.value,
            "parameters": plan.parameters.name,
            "encrypted_columns": columns,
            "chunks": chunks,
            "subjects_per_second": round(len(cohort) / seconds),
            "seconds": {
                "median": round(seconds, 4),
                "min": round(min(run.seconds for run in counted), 4),
                "max": round(max(run.seconds for run in counted), 4),
            },
            "stage_seconds": {
                stage: round(statistics.median(run.stages[stage] for run in counted), 4)
                for stage in counted[0].stages
            },
            "bytes_per_subject_per_column": round(
                counted[0].sent_bytes / (len(cohort) * columns), 3
            ),
            "cpu_seconds": {party: round(spent, 3) for party, spent in cpu.items()},
            "kernel_seconds": round(bare, 3),
            "kernel_ms": {name: round(1000 * spent, 4) for name, spent in kernels.items()},
            "kernel_ratio": round(
                statistics.median(sum(run.cpu.values()) for run in counted) / bare, 3
            ),
            "matcher_peak_rss_mib": round(self._usage()[MATCHER].peak_rss_mib, 1),
        }

    async def singles(self, kind: ColumnKind, repeats: int) -> dict[str, object]:
        """Measure runs with one subject."""
        prepared = prepare(self._programme, Scheme.BGV, kind, self._programme.valid_from)
        cohort = cohort_of([self._first], self._session.config.terms_of(self._programme))
        self._announce(f"{repeats} runs with one subject")
        await self._run(prepared, cohort, self._expected[:1])
        times = [
            1000 * (await self._run(prepared, cohort, self._expected[:1])).seconds
            for _ in range(repeats)
        ]
        return {
            "p50": round(float(np.percentile(times, 50)), 2),
            "p99": round(float(np.percentile(times, 99)), 2),
            "runs": repeats,
        }

    async def _run(
        self, prepared: PreparedProgramme, cohort: Cohort, expected: NDArray[np.uint8]
    ) -> _Measured:
        before = self._usage()
        begun = time.perf_counter()
        result = await match(self._session, prepared, cohort)
        destination = self._federation.directory / "verdicts.csv"
        write_verdicts(destination, cohort.subjects, result.decided, replace=True)
        seconds = time.perf_counter() - begun
        agencies = await efforts(self._federation, result.run, self._federation.agencies)
        cpu = cpu_between(before, self._usage())
        if not np.array_equal(result.verdicts, expected):
            raise RunFailed("verdicts differ from the plaintext reference")
        stages = {stage.value: spent for stage, spent in result.seconds.items()}
        return _Measured(
            seconds,
            cpu,
            {**stages, "write": seconds - result.total_seconds},
            sum(effort.sent_bytes for effort in agencies),
        )

    def _usage(self) -> dict[str, Usage]:
        return usage_of(self._pids)


def _plan(files: Mapping[str, Path]) -> FederationPlan:
    catalogue = programme_path("benchmark/catalogue")
    held = {"tax": "tax.income_bracket", "welfare": "welfare.disability_grade"}
    return FederationPlan(
        requester=REQUESTER,
        agencies={
            AgencyId(role): [
                HeldTable(files[role], catalogue, "person", {name: name.partition(".")[2]})
            ]
            for role, name in held.items()
        },
        grants=[programme_path("benchmark/grants")],
    )
