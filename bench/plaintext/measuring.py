"""Plaintext over gRPC: what the same decision costs without any protection but TLS.

The shape is that of a federation: a requester, a server in the middle and agencies, each a process
of its own with an identity of its own, mutual TLS, link codes out and a verdict file in the end.
What is missing is all that protects: encryption or sealing, signatures, rosters of their own for
every agency, control slots, policy, commitments, and state that survives a restart.

Rules:
 * The clock runs from the first message of the run to the closed verdict file. Agencies are
   connected, tables and cohort loaded.
 * The first run of a scenario warms up and does not count.
 * Every verdict of every run is compared with the plaintext reference.
 * Every agency gets link codes of its own, as in a federation, through the server.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import grpc
import numpy as np
from numpy.typing import NDArray

from bench.plaintext.messages import (
    ANSWER_BYTES,
    DECIDE,
    EVALUATE_SECONDS,
    Asked,
    encode_asked,
)
from bench.plaintext.parties import Parties, running_parties
from bench.processes import cpu_between, forget_peaks, usage_of
from bench.question import DAY
from bench.results import Measurement, Phase
from bench.scenario import Scenario
from bench.spread import Spread
from bench.town import Town
from clients.requester.cohort import Cohort, cohort_of
from clients.requester.cohort_terms import CohortTerms
from clients.requester.decided import Decided
from clients.requester.draft import PreparedProgramme
from clients.requester.verdicts_file import write_verdicts
from clients.transport.channel import connect
from fusuma.federation_files import MATCHER
from fusuma.findings import Announce
from matcher.core.errors import RunFailed
from matcher.core.identifiers import AgencyId
from matcher.core.plan import Plan
from matcher.core.reference import reference_verdicts
from matcher.identity.identity import load_identity

SELF = "requester"
"""What the requester, which is this process, is called in accounts."""

_LONGEST_SECONDS = 600.0


@asynccontextmanager
async def plaintext_of(
    directory: Path, town: Town, announce: Announce
) -> AsyncIterator[PlaintextBench]:
    """Start a server and all agencies of ``town``.

    Args:
        directory: the caller's, empty.
        town: what the agencies hold.
        announce: is told of progress.

    Raises:
        RunProblem: a party did not start.
    """
    announce(f"starting a server and {len(town.table)} agencies without protection")
    with running_parties(directory, town) as parties:
        async with await connect(load_identity(parties.identity), parties.server) as channel:
            yield PlaintextBench(directory, parties, channel, town)


class PlaintextBench:
    """Running parties and what is measured on them."""

    def __init__(
        self, directory: Path, parties: Parties, channel: grpc.aio.Channel, town: Town
    ) -> None:
        self._verdicts = directory / "verdicts.csv"
        self._parties = parties
        self._channel = channel
        self._town = town
        self._cohort: Cohort | None = None

    async def measure(
        self, scenario: Scenario, prepared: PreparedProgramme, announce: Announce
    ) -> Measurement:
        """Measure ``scenario``, whose programme is ``prepared`` for the scheme ``clear``.

        Raises:
            RunFailed: a party went away.
        """
        plan = prepared.plan
        cohort = self._cohort_for(scenario.subjects, plan)
        asked = Asked(
            bundle=prepared.bundle.decode(),
            column_kind=plan.column_kind,
            day=plan.reference_date.isoformat(),
            subjects=scenario.subjects,
        )
        expected = reference_verdicts(plan.programme, DAY, self._town.first(scenario.subjects))
        pids = {
            name: self._parties.processes[name].pid for name in (MATCHER, *map(str, plan.roles))
        } | {SELF: os.getpid()}
        runs = []
        wrong = 0
        for number in range(scenario.repeats + 1):
            announce(f"run {number} of {scenario.repeats}" if number else "warming up")
            if number == 1:
                forget_peaks(pids.values())
            run = await self._run(asked, plan, cohort, pids)
            wrong += int(np.count_nonzero(run.decided.verdicts != expected))
            if number:
                runs.append(run)
        peaks = usage_of(pids)
        return Measurement(
            scenario=scenario,
            parameters="",
            columns=len(plan.questions),
            outputs=1,
            chunks=sum(1 for _ in asked.messages()),
            seconds={
                Phase.EVALUATE: Spread.of([run.evaluate_seconds for run in runs]),
                Phase.END_TO_END: Spread.of([run.seconds for run in runs]),
            },
            cpu_seconds={party: Spread.of([run.cpu[party] for run in runs]) for party in pids},
            peak_mib={party: round(peaks[party].peak_rss_mib, 1) for party in pids},
            bytes_asked=runs[-1].asked_bytes,
            bytes_up=runs[-1].answer_bytes,
            bytes_down=len(cohort),
            hiding_bits=None,
            spare_bits=None,
            mismatches=wrong,
        )

    async def _run(self, asked: Asked, plan: Plan, cohort: Cohort, pids: Mapping[str, int]) -> _Run:
        self._check_running(pids)
        before = usage_of(pids)
        begun = time.perf_counter()
        answered = await self._decide(asked, [cohort.asked[role].codes for role in plan.roles])
        decided = Decided.of(plan, answered.decisions)
        write_verdicts(self._verdicts, cohort.subjects, decided, replace=True)
        seconds = time.perf_counter() - begun
        cpu = cpu_between(before, usage_of(dict(reversed(list(pids.items())))))
        return _Run(
            decided,
            seconds,
            cpu,
            answered.evaluate_seconds,
            answered.asked_bytes,
            answered.answer_bytes,
        )

    async def _decide(self, asked: Asked, codes: Sequence[NDArray[np.uint8]]) -> _Answered:
        """Send every role's ``codes``, each of shape (n, 16), and return what is decided."""
        method: grpc.aio.StreamStreamMultiCallable[bytes, bytes]
        method = self._channel.stream_stream(DECIDE)
        call = method(timeout=_LONGEST_SECONDS)
        decisions = np.empty(asked.subjects, dtype=np.uint8)
        first = encode_asked(asked)
        sending = asyncio.create_task(_send(call, first, asked, codes))
        try:
            for part in asked.messages():
                message = await call.read()
                if not isinstance(message, bytes):
                    raise RunFailed(f"the server ended the run: {await call.details()}")
                decisions[part] = np.frombuffer(message, np.uint8)
            await sending
            known = dict(await call.trailing_metadata() or ())
        except grpc.aio.AioRpcError as error:
            raise RunFailed(f"the server ended the run: {error.details()}") from None
        finally:
            sending.cancel()
            # What it has to say has been said by the call itself.
            with suppress(asyncio.CancelledError, grpc.aio.AioRpcError, asyncio.InvalidStateError):
                await sending
        return _Answered(
            decisions,
            float(known[EVALUATE_SECONDS]),
            len(first) + sum(own.nbytes for own in codes),
            int(known[ANSWER_BYTES]),
        )

    def _check_running(self, parties: Iterable[str]) -> None:
        for name, process in self._parties.processes.items():
            if name in parties and process.popen.poll() is not None:
                raise RunFailed(f"the {name} process has ended", where=str(process.log))

    def _cohort_for(self, subjects: int, plan: Plan) -> Cohort:
        """Return the town's first residents; that of the last scenario where it will do again."""
        agencies = {role: (AgencyId(role),) for role in plan.roles}
        terms = CohortTerms.of(plan.programme, agencies)
        last = self._cohort
        if last is None or len(last) != subjects or last.terms != terms:
            self._cohort = last = cohort_of(self._town.subjects[:subjects], terms)
        return last


@dataclass(frozen=True, slots=True, eq=False)
class _Answered:
    """What came back, and what it took."""

    decisions: NDArray[np.uint8]
    evaluate_seconds: float
    asked_bytes: int
    answer_bytes: int


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """What one run decided and cost."""

    decided: Decided
    seconds: float
    cpu: Mapping[str, float]
    evaluate_seconds: float
    asked_bytes: int
    answer_bytes: int


async def _send(
    call: grpc.aio.StreamStreamCall[bytes, bytes],
    first: bytes,
    asked: Asked,
    codes: Sequence[NDArray[np.uint8]],
) -> None:
    await call.write(first)
    for part in asked.messages():
        for own in codes:
            await call.write(own[part].tobytes())
    await call.done_writing()
