"""What every process that serves has in common, from its first log line to its exit status.

Rules:
 * Log lines are ``key=value`` on stderr, without values, codes or key material. An entry is one
   line: an error may quote what a peer sent, and that must not look like an entry of our own.
 * No process dumps core: that would put keys and data on disk.
 * Freed memory is kept for the next payload.
 * One line ``ready: ...`` on stderr says that it serves.
 * SIGTERM ends cleanly with exit code 0, Ctrl-C cleanly with 130.
"""

from __future__ import annotations

import asyncio
import logging
import re
import resource
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import TypeAlias

import typer

from matcher.process.memory import keep_freed_memory

# Done when a signal has asked the process to end.
Stop: TypeAlias = asyncio.Future[signal.Signals]

_INTERRUPTED = 130
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class _OneLine(logging.Formatter):
    """Writes control characters as escapes; only the traceback of an entry has lines of its own."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        return _CONTROL.sub(lambda found: repr(found[0])[1:-1], super().formatMessage(record))


def prepare_to_serve() -> None:
    """Let this process log to stderr, never dump core, keep memory; before it reads anything."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _OneLine("time=%(asctime)s level=%(levelname)s logger=%(name)s %(message)s")
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    keep_freed_memory()


def say_ready(who: str) -> None:
    """Say that ``who`` serves; whoever started the process waits for this line."""
    typer.echo(f"ready: {who}", err=True)


def run_until_stopped(serve: Callable[[Stop], Coroutine[None, None, None]]) -> None:
    """Run ``serve`` in an event loop of its own.

    Args:
        serve: starts, says that it is ready, awaits what it is given, and cleans up.

    Raises:
        typer.Exit: it was stopped by Ctrl-C.
    """
    if asyncio.run(_with_signals(serve)) is signal.SIGINT:
        raise typer.Exit(_INTERRUPTED)


async def _with_signals(
    serve: Callable[[Stop], Coroutine[None, None, None]],
) -> signal.Signals | None:
    loop = asyncio.get_running_loop()
    stop: Stop = loop.create_future()

    def ask(number: signal.Signals) -> None:
        if not stop.done():
            stop.set_result(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ask, number)
    await serve(stop)
    return stop.result() if stop.done() else None
