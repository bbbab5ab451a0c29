"""The agent as a process; what all processes have in common is in ``matcher.process``.

Rules:
 * Tables are read and workers warm before the agent connects, so that it never holds up a run.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from contextlib import suppress
from pathlib import Path

import typer

from clients.provider.agent import Agent
from clients.provider.config import AgencyConfig, load_config
from clients.provider.encryption import EncryptionPool
from clients.provider.holdings import Holdings
from clients.provider.journal import Journal
from clients.provider.journal_lock import keeping
from clients.provider.response import Responder
from clients.provider.tables import load_table
from clients.transport.channel import connect
from matcher.identity.identity import preflight
from matcher.process.lifetime import Stop, prepare_to_serve, run_until_stopped, say_ready
from matcher.wire.boundary import boundary_log

# Work for every worker's slots, and as much again on its way.
_COLUMNS_A_WORKER = 6


def check_config(path: Path) -> None:
    """Check the configuration at ``path``, the identity and the tables, and say so.

    Raises:
        FusumaError: something is not usable; says what and where.
    """
    config = load_config(path)
    preflight(config.identity, int(_utc_now().timestamp()))
    typer.echo(f"{path}: {config.identity.agency} would serve {_describe(_load_holdings(config))}")


def serve_until_stopped(path: Path) -> None:
    """Serve with the configuration at ``path`` until a signal comes."""
    prepare_to_serve()
    config = load_config(path)
    holdings = _load_holdings(config)
    with keeping(config.journal):
        run_until_stopped(lambda stop: _serve(config, holdings, stop))


async def _serve(config: AgencyConfig, holdings: Holdings, stop: Stop) -> None:
    pool = EncryptionPool(config.workers, sorted(config.policy.schemes))
    boundary = boundary_log(config.boundary_log, config.boundary_capture)
    journal = Journal(config.journal)
    channel = await connect(config.identity, config.matcher, boundary=boundary)
    try:
        await pool.start()
        responder = Responder(
            identity=config.identity,
            holdings=holdings,
            policy=config.policy,
            journal=journal,
            pool=pool,
            window=_COLUMNS_A_WORKER * config.workers,
            target=config.matcher,
            clock=_utc_now,
            random=random.SystemRandom().random,
        )
        agent = Agent(
            responder,
            channel,
            config.concurrent_runs,
            boundary=boundary,
            on_ready=lambda: _say_ready(config, holdings),
        )
        await _serve_until(stop, agent)
    finally:
        await pool.stop()
        await channel.close()


async def _serve_until(stop: Stop, agent: Agent) -> None:
    serving = asyncio.ensure_future(agent.serve())
    stop.add_done_callback(lambda _: serving.cancel())
    with suppress(asyncio.CancelledError):
        await serving


def _load_holdings(config: AgencyConfig) -> Holdings:
    return Holdings([load_table(table.source, table.catalogue) for table in config.tables])


def _describe(holdings: Holdings) -> str:
    tables = ", ".join(f"{table.name} ({len(table)} rows)" for table in holdings.tables)
    return f"{tables} for {', '.join(sorted({t.catalogue.name for t in holdings.tables}))}"


def _say_ready(config: AgencyConfig, holdings: Holdings) -> None:
    say_ready(
        f"agency {config.identity.agency} watches {config.matcher} with {_describe(holdings)}"
    )


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
