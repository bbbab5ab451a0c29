"""Agents over a real matcher: they answer, resume, reconnect, refuse and let go."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from eligibility.v1 import matcher_pb2

from clients.provider.holdings import Holdings
from clients.provider.journal import Journal
from matcher.core.grants import GrantTable
from matcher.core.identifiers import AgencyId, Digest
from matcher.core.scheme import ColumnKind, Scheme
from matcher.identity.identity import Identity
from tests.matcher_scene import (
    CITY,
    TAX,
    WELFARE,
    Party,
    Scene,
    cancel,
    chunks_of,
    connected,
    draw,
    ended,
    federation,
    fetch,
    list_chunks,
    next_work_of,
    send,
    serving,
    start,
    state,
    verdicts,
)
from tests.provider_scene import AgentScene, encrypting, holdings_of, policy_with

BOTH = (TAX, WELFARE)
SUCCEEDED, FAILED = matcher_pb2.RUN_STATE_SUCCEEDED, matcher_pb2.RUN_STATE_FAILED
NEVER = Digest(b"x" * 32)


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Mapping[AgencyId, Identity]:
    return federation(tmp_path_factory.mktemp("federation"))


@dataclass(frozen=True)
class World:
    """A matcher, everybody's connections, and the means to start agents."""

    at: dict[AgencyId, Party]
    agents: AgentScene
    identities: Mapping[AgencyId, Identity]


@contextlib.asynccontextmanager
async def world(directory: Path, parties: Mapping[AgencyId, Identity]) -> AsyncIterator[World]:
    async with (
        serving(directory / "matcher", parties) as server,
        connected(server, parties) as at,
        encrypting(parties, server.port) as agents,
    ):
        yield World(at, agents, parties)


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    async def within_a_minute() -> None:
        async with asyncio.timeout(60):
            await scenario()

    asyncio.run(within_a_minute())


async def check_verdicts(world: World, scene: Scene) -> None:
    last = await ended(world.at[CITY], scene)
    assert last.state == SUCCEEDED, last.failure_text
    assert (verdicts(scene, await fetch(world.at[CITY], scene)) == scene.expected).all()


def test_agents_answer_runs_of_both_kinds_at_the_same_time(
    tmp_path: Path, parties: Mapping[AgencyId, Identity]
) -> None:
    async def scenario() -> None:
        decision = draw(parties[CITY], subjects=300)
        attribute = draw(parties[CITY], subjects=300, kind=ColumnKind.ATTRIBUTE)
        async with (
            world(tmp_path, parties) as here,
            here.agents.agents(decision, tmp_path, BOTH),
        ):
            await asyncio.gather(start(here.at, decision), start(here.at, attribute))
            await check_verdicts(here, decision)
            await check_verdicts(here, attribute)

    run(scenario)


def test_chunks_that_arrived_before_a_cut_are_not_sent_again(
    tmp_path: Path, parties: Mapping[AgencyId, Identity]
) -> None:
    # The matcher refuses a second version of a chunk, and encrypting again always gives one.
    async def scenario() -> None:
        scene = draw(parties[CITY], subjects=9000)
        async with world(tmp_path, parties) as here:
            await start(here.at, scene)
            await next_work_of(here.at[TAX], scene)
            first, *_, last = chunks_of(here.at[TAX], scene)
            await send(here.at[TAX], scene, [first, last])
            before = await list_chunks(here.at[TAX], scene)
            async with here.agents.agents(scene, tmp_path, BOTH):
                await check_verdicts(here, scene)
            assert len(before) == 2

    run(scenario)


def test_an_agent_that_is_stopped_in_the_middle_goes_on_where_it_was(
    tmp_path: Path, parties: Mapping[AgencyId, Identity]
) -> None:
    async def scenario() -> None:
        scene = draw(parties[CITY], subjects=60_000, kind=ColumnKind.ATTRIBUTE)
        async with world(tmp_path, parties) as here:
            await start(here.at, scene)
            holdings = holdings_of(scene, TAX, tmp_path)
            async with here.agents.agent(TAX, holdings):
                while (await state(here.at[CITY], scene)).chunks_received < 5:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            arrived = len(await list_chunks(here.at[TAX], scene))
            assert 0 < arrived < scene.draft.statement.chunks * len(scene.columns_of(TAX))
            async with here.agents.agents(scene, tmp_path, BOTH):
                await check_verdicts(here, scene)

    run(scenario)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_agents_wait_for_a_matcher_and_come_back_to_it(
    tmp_path: Path, parties: Mapping[AgencyId, Identity]
) -> None:
    async def scenario() -> None:
        port = free_port()
        there = {"listen": f"127.0.0.1:{port}"}
        scene, later = draw(parties[CITY], seed=1), draw(parties[CITY], seed=1)
        async with contextlib.AsyncExitStack() as stack:
            agents = await stack.enter_async_context(encrypting(parties, port))
            for agency in BOTH:
                holdings = holdings_of(scene, agency, tmp_path)
                await stack.enter_async_context(agents.agent(agency, holdings, wait=False))
            for one in (scene, later):
                # The second round is a matcher that was restarted: the agents have seen it before.
                async with (
                    serving(tmp_path / "matcher", parties, **there) as server,
                    connected(server, parties) as at,
                ):
                    await start(at, one)
                    await check_verdicts(World(at, agents, parties), one)

    run(scenario)


def nothing_held(scene: Scene, directory: Path) -> Holdings:
    del scene, directory
    return Holdings([])


REFUSALS: dict[str, tuple[str, dict[str, Any]]] = {
    "no grant in the agency's own table": (
        "PERMISSION_MISSING",
        {"policy": policy_with(grants=GrantTable(()))},
    ),
    "a programme it has not approved": (
        "PROGRAMME_NOT_APPROVED",
        {"policy": policy_with(programmes=frozenset((NEVER,)))},
    ),
    "a cohort that is too small": (
        "POLICY_REFUSED",
        {"policy": policy_with(smallest_cohort=41)},
    ),
    "columns it does not send": (
        "POLICY_REFUSED",
        {"policy": policy_with(column_kinds=frozenset((ColumnKind.ATTRIBUTE,)))},
    ),
    "a scheme it does not answer": (
        "POLICY_REFUSED",
        {"policy": policy_with(schemes=frozenset((Scheme.ENCLAVE,)))},
    ),
    "a budget that is used up": (
        "POLICY_REFUSED",
        {"policy": policy_with(runs_per_day=0)},
    ),
}


def test_a_run_that_is_not_approved_ends_with_the_reason_and_no_column(
    tmp_path: Path, parties: Mapping[AgencyId, Identity]
) -> None:
    async def scenario() -> None:
        async with world(tmp_path, parties) as here:
            for name, (reason, options) in REFUSALS.items():
                scene = draw(parties[CITY])
                journal = Journal(tmp_path / f"{reason}.jsonl")
                async with here.agents.agents(scene, tmp_path, (TAX,), journal=journal, **options):
                    await start(here.at, scene)
                    last = await ended(here.at[CITY], scene)
                assert (last.state, last.failure_reason) == (FAILED, reason), name
                assert last.failure_party == TAX, name
                assert last.chunks_received == 0, name
                lines = (tmp_path / f"{reason}.jsonl").read_text().splitlines()
                assert scene.run in lines[-1], name
                assert '"declined"' in lines[-1], name

    run(scenario)


def test_a_run_that_cannot_be_entered_into_the_journal_is_declined(
    tmp_path: Path, parties: Mapping[AgencyId, Identity]
) -> None:
    async def scenario() -> None:
        scene = draw(parties[CITY])
        path = tmp_path / "journal.jsonl"
        journal = Journal(path)
        path.unlink()
        path.mkdir()
        async with (
            world(tmp_path, parties) as here,
            here.agents.agents(scene, tmp_path, (TAX,), journal=journal),
        ):
            await start(here.at, scene)
            last = await ended(here.at[CITY], scene)
        assert (last.state, last.failure_reason) == (FAILED, "INTERNAL")
        assert last.chunks_received == 0

    run(scenario)


def test_an_attribute_that_is_not_held_is_refused(
    tmp_path: Path, parties: Mapping[AgencyId, Identity], caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        scene = draw(parties[CITY])
        async with (
            world(tmp_path, parties) as here,
            here.agents.agent(TAX, nothing_held(scene, tmp_path)),
        ):
            await start(here.at, scene)
            last = await ended(here.at[CITY], scene)
        assert (last.state, last.failure_reason) == (FAILED, "POLICY_REFUSED")

    run(scenario)
    # One value of the entry, although it is a sentence.
    assert re.search(r'event=refused run=\w+ error="[^"]* [^"]*"$', caplog.text, re.MULTILINE)


def test_a_run_that_has_ended_meanwhile_is_let_go(
    tmp_path: Path, parties: Mapping[AgencyId, Identity], caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        scene, next_one = draw(parties[CITY], seed=1), draw(parties[CITY], seed=1)
        async with world(tmp_path, parties) as here:
            await start(here.at, scene)
            stale = await next_work_of(here.at[TAX], scene)
            await cancel(here.at[CITY], scene)
            async with here.agents.agent(TAX, holdings_of(scene, TAX, tmp_path)) as agent:
                agent._take(stale)
                await asyncio.gather(*agent._runs.values())
                # And it goes on with whatever comes next.
                async with here.agents.agent(WELFARE, holdings_of(scene, WELFARE, tmp_path)):
                    await start(here.at, next_one)
                    await check_verdicts(here, next_one)

    with caplog.at_level(logging.INFO, logger="clients.provider"):
        run(scenario)
    assert "event=let_go" in caplog.text
    assert "event=declined" not in caplog.text


def test_a_faulty_work_item_does_not_stop_the_agent(
    tmp_path: Path, parties: Mapping[AgencyId, Identity], caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        scene = draw(parties[CITY])
        journal = Journal(tmp_path / "journal.jsonl")
        holdings = holdings_of(scene, TAX, tmp_path)
        async with (
            world(tmp_path, parties) as here,
            here.agents.agent(WELFARE, holdings_of(scene, WELFARE, tmp_path)),
            here.agents.agent(TAX, holdings, journal=journal) as agent,
        ):
            agent._take(matcher_pb2.WorkItem(run="a line\nevent=forged"))
            agent._take(matcher_pb2.WorkItem(run="runs/" + "0" * 32, bundle=b"?"))
            await asyncio.gather(*agent._runs.values())
            await start(here.at, scene)
            await check_verdicts(here, scene)

    with caplog.at_level(logging.INFO, logger="clients.provider"):
        run(scenario)
    # What a matcher makes up is no request of anybody's.
    assert len((tmp_path / "journal.jsonl").read_text().splitlines()) == 1
    assert "event=ignored" in caplog.text
    assert "event=forged" not in caplog.text


def test_no_log_line_carries_a_value_or_an_identifier(
    tmp_path: Path, parties: Mapping[AgencyId, Identity], caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        scene = draw(parties[CITY])
        async with (
            world(tmp_path, parties) as here,
            here.agents.agents(scene, tmp_path, BOTH, policy=policy_with(smallest_cohort=41)),
        ):
            await start(here.at, scene)
            await ended(here.at[CITY], scene)

    with caplog.at_level(logging.DEBUG, logger="clients"):
        run(scenario)
    assert "event=refused" in caplog.text
    assert "resident-" not in caplog.text


def test_unknown_people_are_undetermined_not_an_error(
    tmp_path: Path, parties: Mapping[AgencyId, Identity]
) -> None:
    async def scenario() -> None:
        scene = draw(parties[CITY], subjects=400, seed=9)
        # The table has no row for the second half: they are unknown, whatever they would be.
        for values in scene.table.values():
            values.present[200:] = False
        async with (
            world(tmp_path, parties) as here,
            here.agents.agents(scene, tmp_path, BOTH),
        ):
            await start(here.at, scene)
            await check_verdicts(here, scene)
        assert set(np.unique(scene.expected[200:])) == {2}

    run(scenario)
