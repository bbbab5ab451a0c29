"""The matcher as a process: signals, log lines, and the line that says it is ready.

Rules:
 * Log lines are ``key=value`` on stderr, without values, codes or key material.
 * SIGTERM ends cleanly with exit code 0, Ctrl-C cleanly with 130.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

import typer

from matcher.service.config import MatcherConfig, load_config
from matcher.service.server import MatcherServer, prepare

_INTERRUPTED = 130


def check_config(path: Path) -> None:
    """Check the configuration at ``path`` and everything it names, and say so."""
    config = load_config(path)
    identity, grants = prepare(config)
    typer.echo(
        f"{path}: {identity.agency} would listen on {config.listen} with {config.workers} workers"
        f" and {len(grants.grants)} grants"
    )


def serve_until_stopped(path: Path) -> None:
    """Serve with the configuration at ``path`` until a signal comes."""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO,
        format="time=%(asctime)s level=%(levelname)s logger=%(name)s %(message)s",
    )
    config = load_config(path)
    received = asyncio.run(_serve(config))
    if received is signal.SIGINT:
        raise typer.Exit(_INTERRUPTED)


async def _serve(config: MatcherConfig) -> signal.Signals:
    identity, grants = prepare(config)
    stop: asyncio.Future[signal.Signals] = asyncio.get_running_loop().create_future()

    def request_stop(number: signal.Signals) -> None:
        if not stop.done():
            stop.set_result(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, request_stop, number)
    server = MatcherServer(config, identity, grants)
    try:
        await server.start()
        host = config.listen.rpartition(":")[0]
        typer.echo(
            f"ready: matcher {identity.agency} on {host}:{server.port} pid {os.getpid()}", err=True
        )
        return await stop
    finally:
        await server.stop()
