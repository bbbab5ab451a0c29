"""Carries out a benchmark step by step: scenarios, plaintext, peers, operations.

Rules:
 * A step that the journal has is not done again; every other is written there once it is done.
 * One federation serves all scenarios that need one. It is started for the first that is not done,
   with tables for the whole set, so that an interrupted benchmark goes on as it began.
 * What a scheme refuses is a finding. A run that fails is an error that ends the benchmark, and
   everything before it is kept.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from bench.federated import federation_of
from bench.journal import Finished, Found, Journal, Operations
from bench.kernel_peer import KERNELS, measure_kernel_peer
from bench.peers.running import measure_peer
from bench.planned import planned
from bench.question import programme_for
from bench.results import Measurement, NotMeasured, PeerMeasurement, PeerSkipped, Results
from bench.scenario import Scenario, ScenarioSet
from bench.town import Town, draw_town
from clients.requester.draft import PreparedProgramme
from fusuma.findings import Announce
from matcher.core.errors import FusumaError, Refused
from matcher.core.identifiers import Role
from matcher.core.scheme import Scheme

OPERATIONS = "operations"


def carry_out(
    directory: Path, scenarios: ScenarioSet, journal: Journal, announce: Announce
) -> Results:
    """Measure whatever ``journal`` lacks of ``scenarios`` and return everything.

    Args:
        directory: for the parties' files, the caller's to remove.
        scenarios: what to measure.
        journal: what is measured already.
        announce: is told of progress.

    Raises:
        RunProblem: a party does not start, a run ends without a decision, or a peer is wrong.
    """
    benchmark = _Benchmark(directory, scenarios, journal, announce)
    # Ctrl-C reaches what computes by itself at once only outside an event loop.
    asyncio.run(benchmark.measure_scenarios())
    benchmark.measure_peers()
    benchmark.measure_operations()
    return collected(scenarios, journal)


def steps_of(scenarios: ScenarioSet) -> tuple[str, ...]:
    """Return the names of all steps of a benchmark."""
    return (
        *(_scenario_step(one) for one in scenarios.scenarios),
        *(_peer_step(name) for name in scenarios.peers),
        *((OPERATIONS,) if scenarios.operations else ()),
    )


def collected(scenarios: ScenarioSet, journal: Journal) -> Results:
    """Return the results of a benchmark whose every step ``journal`` has."""
    found = [journal.finished[step].found for step in steps_of(scenarios)]
    return Results(
        scenario_set=scenarios.name,
        scenario_digest=scenarios.digest,
        seed=scenarios.seed,
        price=scenarios.price,
        environment=journal.begun.environment,
        measurements=tuple(one for one in found if isinstance(one, Measurement)),
        not_measured=tuple(one for one in found if isinstance(one, NotMeasured)),
        peers=tuple(one for one in found if isinstance(one, PeerMeasurement | PeerSkipped)),
        operations=tuple(
            operation
            for one in found
            if isinstance(one, Operations)
            for operation in one.operations
        ),
        seconds=round(journal.seconds, 1),
    )


def _scenario_step(scenario: Scenario) -> str:
    return f"scenario {scenario.name}"


def _peer_step(name: str) -> str:
    return f"peer {name}"


class Measuring(Protocol):
    """Running parties on which one scenario after the other is measured."""

    async def measure(
        self, scenario: Scenario, prepared: PreparedProgramme, announce: Announce
    ) -> Measurement:
        """Measure ``scenario``, whose programme is ``prepared``.

        Raises:
            Refused: a limit does not allow the run.
            RunProblem: a run ended without a decision.
        """
        ...


class _Benchmark:
    """A benchmark at work."""

    def __init__(
        self, directory: Path, scenarios: ScenarioSet, journal: Journal, announce: Announce
    ) -> None:
        self._directory = directory
        self._scenarios = scenarios
        self._journal = journal
        self._announce = announce
        self._steps = steps_of(scenarios)
        self._since = time.perf_counter()

    async def measure_scenarios(self) -> None:
        """Measure the scenarios, those on a federation first, then plaintext."""
        awaited = []
        for scenario in self._scenarios.scenarios:
            step = _scenario_step(scenario)
            if step in self._journal.finished:
                continue
            prepared = planned(scenario)
            if isinstance(prepared, NotMeasured):
                self._announce(f"{self._at()}{scenario.name}: not measured: {prepared.reason}")
                self._keep(step, prepared)
            else:
                awaited.append((scenario, prepared))
        if not awaited:
            return
        self._announce("drawing a synthetic town")
        town = _town(self._scenarios)
        schemes = {scenario.scheme for scenario, _ in awaited} - {Scheme.CLEAR}
        federated = [one for one in awaited if one[0].scheme in schemes]
        if federated:
            place = self._place("federation")
            await self._measure_on(federation_of(place, town, schemes, self._announce), federated)
        in_clear = [one for one in awaited if one[0].scheme is Scheme.CLEAR]
        if in_clear:
            # Loaded where it is asked for, as everything that only some sets of scenarios need.
            from bench.plaintext.measuring import plaintext_of  # noqa: PLC0415

            place = self._place("plaintext")
            await self._measure_on(plaintext_of(place, town, self._announce), in_clear)

    async def _measure_on(
        self,
        parties: AbstractAsyncContextManager[Measuring],
        awaited: Sequence[tuple[Scenario, PreparedProgramme]],
    ) -> None:
        async with parties as bench:
            for scenario, prepared in awaited:
                found = await self._measured(bench, scenario, prepared)
                self._keep(_scenario_step(scenario), found)

    def _place(self, name: str) -> Path:
        place = self._directory / name
        place.mkdir()
        return place

    async def _measured(
        self, bench: Measuring, scenario: Scenario, prepared: PreparedProgramme
    ) -> Measurement | NotMeasured:
        try:
            return await bench.measure(scenario, prepared, self._telling(scenario.name))
        except Refused as error:
            return NotMeasured(scenario, error.what)
        except FusumaError as error:
            error.locate(scenario.name)
            raise

    def measure_peers(self) -> None:
        """Measure the peers, or find out why they cannot be."""
        for name in self._scenarios.peers:
            if _peer_step(name) in self._journal.finished:
                continue
            telling = self._telling(f"the peer {name}")
            found: PeerMeasurement | PeerSkipped
            if name == KERNELS:
                found = measure_kernel_peer(self._scenarios, telling)
            else:
                telling("measuring")
                found = asyncio.run(measure_peer(name, self._scenarios.seed))
            if isinstance(found, PeerSkipped):
                telling(f"skipped: {found.reason}")
            self._keep(_peer_step(name), found)

    def measure_operations(self) -> None:
        """Time the operations of all schemes, if that is asked for."""
        if OPERATIONS not in self._steps or OPERATIONS in self._journal.finished:
            return
        from bench.operations import measure_operations  # noqa: PLC0415

        self._keep(OPERATIONS, Operations(measure_operations(self._telling(OPERATIONS))))

    def _keep(self, step: str, found: Found) -> None:
        now = time.perf_counter()
        self._journal.add(Finished(step, now - self._since, found))
        self._since = now

    def _at(self) -> str:
        return f"{len(self._journal.finished) + 1} of {len(self._steps)}  "

    def _telling(self, name: str) -> Announce:
        return lambda step: self._announce(f"{self._at()}{name}: {step}")


def _town(scenarios: ScenarioSet) -> Town:
    """Return a town large enough for the whole set, agency by agency."""
    residents: dict[Role, int] = {}
    for scenario in scenarios.scenarios:
        for role in programme_for(scenario.predicate).items():
            residents[role] = max(residents.get(role, 0), scenario.subjects)
    return draw_town(residents, scenarios.seed)
