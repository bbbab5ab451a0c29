"""The agent as a process: data, workers, channel, signals, and the line that says it is ready.

Rules:
 * Tables are read and workers warm before the agent connects, so that it never holds up a run.
 * Log lines are ``key=value`` on stderr, without values, codes or key material.
 * SIGTERM ends cleanly with exit code 0, Ctrl-C cleanly with 130.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import random
import resource
import signal
import sys
from contextlib import suppress
from pathlib import Path

import typer

from clients.provider.agent import Agent
from clients.provider.config import AgencyConfig, load_config
from clients.provider.encryption import EncryptionPool
from clients.provider.holdings import Holdings
from clients.provider.journal import Journal
from clients.provider.response import Responder
from clients.provider.tables import load_table
from clients.transport.channel import connect
from matcher.identity.identity import preflight
from matcher.wire.boundary import BoundaryLog

_INTERRUPTED = 130
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
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO,
        format="time=%(asctime)s level=%(levelname)s logger=%(name)s %(message)s",
    )
    # A core dump would put keys and data on disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    config = load_config(path)
    holdings = _load_holdings(config)
    if asyncio.run(_serve(config, holdings)) is signal.SIGINT:
        raise typer.Exit(_INTERRUPTED)


async def _serve(config: AgencyConfig, holdings: Holdings) -> signal.Signals | None:
    """Serve until a signal comes, and return it."""
    pool = EncryptionPool(config.workers)
    boundary = _boundary(config)
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
            boundary_log=config.boundary_log,
            on_ready=lambda: _say_ready(config, holdings),
        )
        return await _until_signal(agent)
    finally:
        await pool.stop()
        await channel.close()


async def _until_signal(agent: Agent) -> signal.Signals | None:
    serving = asyncio.ensure_future(agent.serve())
    received: list[signal.Signals] = []

    def stop(number: signal.Signals) -> None:
        received.append(number)
        serving.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop, number)
    with suppress(asyncio.CancelledError):
        await serving
    return received[0] if received else None


def _boundary(config: AgencyConfig) -> BoundaryLog | None:
    wanted = config.boundary_log is not None or config.boundary_capture is not None
    return BoundaryLog(config.boundary_capture) if wanted else None


def _load_holdings(config: AgencyConfig) -> Holdings:
    return Holdings([load_table(table.source, table.catalogue) for table in config.tables])


def _describe(holdings: Holdings) -> str:
    tables = ", ".join(f"{table.name} ({len(table)} rows)" for table in holdings.tables)
    return f"{tables} for {', '.join(sorted({t.catalogue.name for t in holdings.tables}))}"


def _say_ready(config: AgencyConfig, holdings: Holdings) -> None:
    typer.echo(
        f"ready: agency {config.identity.agency} watches {config.matcher} with "
        f"{_describe(holdings)}",
        err=True,
    )


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
