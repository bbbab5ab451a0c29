"""Measures scenarios on one federation of processes, as it would serve runs.

All parties run on this machine with mutual TLS, as in ``fusuma.federation``; the requester is this
process. One federation with as many agencies as any scenario needs serves all of them.

Rules:
 * The clock runs from the making of the run's key, before ``CreateRun``, to the closed verdict
   file. Agents are connected, tables and cohort loaded and worker processes warm.
 * The first run of a scenario warms up and does not count.
 * Every verdict of every run is compared with the plaintext reference.
 * Only parties that take part in a scenario are in its account.
"""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.planned import chunks_of
from bench.processes import cpu_between, forget_peaks, usage_of
from bench.question import CATALOGUE_FILE, DAY, GRANTS_FILE, REQUESTER, catalogue
from bench.results import Measurement, Phase
from bench.scenario import Scenario
from bench.spread import Spread
from bench.town import Town
from clients.requester.cohort import Cohort, cohort_of
from clients.requester.cohort_terms import CohortTerms
from clients.requester.config import load_config
from clients.requester.draft import PreparedProgramme
from clients.requester.progress import Stage
from clients.requester.run import match
from clients.requester.session import Session, open_session
from clients.requester.verdicts_file import write_verdicts
from fusuma.agency_files import held
from fusuma.effort import efforts
from fusuma.federation import Federation, running
from fusuma.federation_files import ENCLAVE, MATCHER, FederationPlan
from fusuma.findings import Announce
from matcher.core.identifiers import AgencyId
from matcher.core.margins import least_margin
from matcher.core.reference import reference_verdicts
from matcher.core.scheme import Scheme

SELF = "requester"
"""What the requester, which is this process, is called in accounts."""

# More than any set of scenarios has: a day's budget is not what is measured.
_RUNS_A_DAY = 10**9


@dataclass(frozen=True, slots=True)
class _Run:
    """What one run cost."""

    seconds: Mapping[Phase, float]
    cpu: Mapping[str, float]
    asked: int
    up: int
    down: int
    mismatches: int


@asynccontextmanager
async def federation_of(
    directory: Path, town: Town, schemes: Iterable[Scheme], announce: Announce
) -> AsyncIterator[FederatedBench]:
    """Start a federation of all agencies of ``town``.

    Args:
        directory: the caller's, empty.
        town: what the agencies hold.
        schemes: that will be asked for.
        announce: is told of progress.

    Raises:
        RunProblem: a party did not start.
    """
    announce(f"starting a federation of {len(town.table)} agencies")
    plan = _plan(directory, town, sorted(set(schemes)))
    with running(directory, plan) as federation:
        async with open_session(load_config(federation.configuration)) as session:
            yield FederatedBench(federation, session, town)


class FederatedBench:
    """A running federation and what is measured on it."""

    def __init__(self, federation: Federation, session: Session, town: Town) -> None:
        self._federation = federation
        self._session = session
        self._town = town
        self._cohort: Cohort | None = None

    async def measure(
        self, scenario: Scenario, prepared: PreparedProgramme, announce: Announce
    ) -> Measurement:
        """Measure ``scenario``, whose programme is ``prepared``.

        Raises:
            Refused: a limit does not allow the run.
            RunProblem: a run ended without a decision.
        """
        plan = prepared.plan
        cohort = self._cohort_for(scenario.subjects, self._session.config.terms_of(plan.programme))
        pids = self._pids(scenario.scheme, [AgencyId(role) for role in plan.roles])
        runs = []
        wrong = 0
        for number in range(scenario.repeats + 1):
            announce(f"run {number} of {scenario.repeats}" if number else "warming up")
            if number == 1:
                forget_peaks(pids.values())
            run = await self._run(prepared, cohort, pids)
            wrong += run.mismatches
            if number:
                runs.append(run)
        margin = None if plan.parameters is None else least_margin(plan.parameters, plan.circuits)
        peaks = usage_of(pids)
        return Measurement(
            scenario=scenario,
            parameters="" if plan.parameters is None else plan.parameters.name,
            columns=len(plan.columns),
            outputs=len(plan.outputs),
            chunks=chunks_of(plan, scenario.subjects),
            seconds={phase: Spread.of([run.seconds[phase] for run in runs]) for phase in Phase},
            cpu_seconds={party: Spread.of([run.cpu[party] for run in runs]) for party in pids},
            peak_mib={party: round(peaks[party].peak_rss_mib, 1) for party in pids},
            bytes_asked=runs[-1].asked,
            bytes_up=runs[-1].up,
            bytes_down=runs[-1].down,
            hiding_bits=None if margin is None else margin.hiding_bits,
            spare_bits=None if margin is None else margin.spare_bits,
            mismatches=wrong,
        )

    async def _run(self, prepared: PreparedProgramme, cohort: Cohort, pids: dict[str, int]) -> _Run:
        # Reading the accounts costs this process time of its own: it reads its own last, and first.
        before = usage_of(pids)
        begun = time.perf_counter()
        result = await match(self._session, prepared, cohort)
        destination = self._federation.directory / "verdicts.csv"
        write_verdicts(destination, cohort.subjects, result.decided, replace=True)
        seconds = time.perf_counter() - begun
        after = usage_of(dict(reversed(pids.items())))
        agencies = await efforts(self._federation, result.run, map(AgencyId, prepared.plan.roles))
        expected = self._expected(prepared, len(cohort))
        return _Run(
            seconds={
                Phase.ENCRYPT: sum(effort.protect_seconds for effort in agencies),
                Phase.UPLOAD: sum(effort.upload_seconds for effort in agencies),
                Phase.EVALUATE: result.evaluation_seconds,
                Phase.DOWNLOAD: result.seconds[Stage.DOWNLOAD],
                Phase.DECRYPT: result.seconds[Stage.OPEN],
                Phase.END_TO_END: seconds,
            },
            cpu=cpu_between(before, after),
            asked=result.sent_bytes,
            up=sum(effort.sent_bytes for effort in agencies),
            down=result.received_bytes,
            mismatches=int(np.count_nonzero(result.verdicts != expected)),
        )

    def _expected(self, prepared: PreparedProgramme, subjects: int) -> NDArray[np.uint8]:
        known = self._town.first(subjects)
        return reference_verdicts(prepared.plan.programme, DAY, known)

    def _cohort_for(self, subjects: int, terms: CohortTerms) -> Cohort:
        """Return the town's first residents; that of the last scenario where it will do again."""
        last = self._cohort
        if last is None or len(last) != subjects or last.terms != terms:
            self._cohort = last = cohort_of(self._town.subjects[:subjects], terms)
        return last

    def _pids(self, scheme: Scheme, agencies: Sequence[AgencyId]) -> dict[str, int]:
        """Return the processes of the parties of a run, this one last."""
        blind = [MATCHER, ENCLAVE] if scheme is Scheme.ENCLAVE else [MATCHER]
        parties = {name: self._federation.processes[name].pid for name in (*blind, *agencies)}
        return {**parties, SELF: os.getpid()}


def _plan(directory: Path, town: Town, schemes: Sequence[Scheme]) -> FederationPlan:
    attributes = {one.role: one for name in town.table for one in [catalogue().attributes[name]]}
    agencies = {
        AgencyId(role): [held(file, CATALOGUE_FILE, [attributes[role]])]
        for role, file in town.write(directory).items()
    }
    return FederationPlan(
        requester=REQUESTER,
        agencies=agencies,
        grants=[GRANTS_FILE],
        schemes=schemes,
        runs_per_day=_RUNS_A_DAY,
    )
