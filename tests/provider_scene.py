"""Real agents, in this process, over a real matcher: what an agency holds and how it is started.

Agents get the same classes as ``fusuma agency serve`` builds, so that a test can end, restart or
cut them at any moment.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from clients.provider.agent import Agent
from clients.provider.encryption import EncryptionPool
from clients.provider.holdings import Holdings
from clients.provider.journal import Journal
from clients.provider.policy import ApprovalPolicy
from clients.provider.response import Responder
from clients.provider.tables import TableSource, load_table
from clients.transport.channel import connect
from matcher.core.identifiers import AgencyId, AttributeName
from matcher.core.scheme import ColumnKind, Scheme
from matcher.identity.identity import Identity
from tests.matcher_scene import TAX, Scene, grants

POLICY = ApprovalPolicy(
    grants=grants(),
    programmes=None,
    runs_per_day=1000,
    smallest_cohort=1,
    schemes=frozenset((Scheme.BGV, Scheme.ENCLAVE)),
    column_kinds=frozenset(ColumnKind),
    enclave=None,
)


def holdings_of(scene: Scene, agency: AgencyId, directory: Path) -> Holdings:
    """What ``agency`` knows about the subjects of ``scene``, written to a file and read back."""
    names = [name for name in scene.plan.attributes if name.partition(".")[0] == agency]
    lines = [",".join(("person", *names))]
    count = len(next(iter(scene.table.values())))
    for subject in range(count):
        fields = [f"resident-{subject}"]
        for name in names:
            values = scene.table[AttributeName(name)]
            fields.append(str(values.codes[subject]) if values.present[subject] else "")
        lines.append(",".join(fields))
    file = directory / f"{agency}.csv"
    file.write_text("\n".join(lines) + "\n")
    columns = {AttributeName(name): name for name in names}
    catalogue = scene.plan.programme.catalogue
    return Holdings([load_table(TableSource(file, "person", columns), catalogue)])


@dataclass(frozen=True)
class AgentScene:
    """How agents of a test are started."""

    parties: Mapping[AgencyId, Identity]
    pool: EncryptionPool
    target: str
    clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)

    @contextlib.asynccontextmanager
    async def agent(
        self,
        agency: AgencyId,
        holdings: Holdings,
        *,
        policy: ApprovalPolicy = POLICY,
        journal: Journal | None = None,
        wait: bool = True,
    ) -> AsyncIterator[Agent]:
        """An agent that serves until the block ends."""
        rng = np.random.default_rng(1)
        responder = Responder(
            identity=self.parties[agency],
            holdings=holdings,
            policy=policy,
            journal=journal or Journal(None),
            pool=self.pool,
            window=4,
            target=self.target,
            clock=self.clock,
            # A twentieth of the usual waits: tests have no time, and still wait in growing steps.
            random=lambda: float(rng.random()) / 20,
        )
        ready = asyncio.Event()
        channel = await connect(self.parties[agency], self.target)
        async with channel:
            agent = Agent(responder, channel, 2, on_ready=ready.set)
            serving = asyncio.ensure_future(agent.serve())
            try:
                if wait:
                    await asyncio.wait_for(ready.wait(), 10)
                yield agent
            finally:
                serving.cancel()
                await asyncio.gather(serving, return_exceptions=True)

    @contextlib.asynccontextmanager
    async def agents(
        self, scene: Scene, directory: Path, agencies: Sequence[AgencyId], **options: Any
    ) -> AsyncIterator[None]:
        """Agents that hold what ``scene`` says; ``options`` are the tax office's."""
        async with contextlib.AsyncExitStack() as stack:
            for agency in agencies:
                holdings = holdings_of(scene, agency, directory)
                own = options if agency == TAX else {}
                await stack.enter_async_context(self.agent(agency, holdings, **own))
            yield


@contextlib.asynccontextmanager
async def encrypting(parties: Mapping[AgencyId, Identity], port: int) -> AsyncIterator[AgentScene]:
    """A warm pool that all agents of a test share."""
    pool = EncryptionPool(1)
    await pool.start()
    try:
        yield AgentScene(parties, pool, f"127.0.0.1:{port}")
    finally:
        await pool.stop()


def policy_with(**changes: Any) -> ApprovalPolicy:
    """The usual policy with some of it changed."""
    return replace(POLICY, **changes)
