"""The matcher as a process; what all processes have in common is in ``matcher.process``."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from matcher.process.lifetime import Stop, prepare_to_serve, run_until_stopped, say_ready
from matcher.service.config import MatcherConfig, load_config
from matcher.service.server import MatcherServer, prepare


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
    prepare_to_serve()
    config = load_config(path)
    run_until_stopped(lambda stop: _serve(config, stop))


async def _serve(config: MatcherConfig, stop: Stop) -> None:
    identity, grants = prepare(config)
    server = MatcherServer(config, identity, grants)
    try:
        await server.start()
        host = config.listen.rpartition(":")[0]
        say_ready(f"matcher {identity.agency} on {host}:{server.port} pid {os.getpid()}")
        await stop
    finally:
        await server.stop()
