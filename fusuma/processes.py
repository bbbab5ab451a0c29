"""Child processes of the loopback federation: started, watched until ready, stopped.

Rules:
 * Every process writes its log to a file of its own; the first ``ready:`` line says it serves.
 * A process that ends before it is ready is an error that shows the end of its log.
 * Only processes started here are ever signalled, by their own id.
 * A parent that is told to end, or whose terminal is closed, stops its children first.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from matcher.core.errors import RunProblem

# A line that is still being written is not there yet.
_READY = re.compile(r"^(ready: .*)\n", re.MULTILINE)
_START_SECONDS = 60.0
_STOP_SECONDS = 10.0
_POLL_SECONDS = 0.02
_LAST_LINES = 5
_ENDING = (signal.SIGTERM, signal.SIGHUP)


@dataclass(slots=True)
class Process:
    """One running party.

    Attributes:
        name: for messages.
        popen: the process.
        log: what it writes to standard output and standard error.
    """

    name: str
    popen: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        """The operating system's id of the process."""
        return self.popen.pid

    def wait_ready(self, deadline_seconds: float = _START_SECONDS) -> str:
        """Wait for the ``ready:`` line and return it.

        Raises:
            RunProblem: the process ended or stayed silent; shows the end of its log.
        """
        deadline = time.monotonic() + deadline_seconds
        while time.monotonic() < deadline:
            if found := _READY.search(self._written()):
                return found[1]
            if self.popen.poll() is not None:
                raise RunProblem(
                    f"the {self.name} process ended with status {self.popen.returncode}"
                    f" before it was ready: {self._tail()}"
                )
            time.sleep(_POLL_SECONDS)
        raise RunProblem(
            f"the {self.name} process was not ready after {deadline_seconds:.0f} s: {self._tail()}"
        )

    def stop(self) -> None:
        """Ask the process to end, and end it if it does not."""
        if self.popen.poll() is not None:
            return
        self.popen.send_signal(signal.SIGTERM)
        try:
            self.popen.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()

    def _tail(self) -> str:
        return " / ".join(self._written().strip().splitlines()[-_LAST_LINES:])

    def _written(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")


def start(name: str, arguments: list[str], log: Path, *, program: str = "fusuma") -> Process:
    """Start ``program ARGUMENTS``, a module, with this interpreter, its output going to ``log``."""
    with log.open("wb") as output:
        popen = subprocess.Popen(  # noqa: S603  our own program with our own arguments
            [sys.executable, "-m", program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            # Ctrl-C reaches the parent alone, which then stops its children in order.
            start_new_session=True,
        )
    return Process(name, popen, log)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Within, signals that end this process are held back; afterwards they count.

    For a process that is started and whatever will stop it: a signal between the two would leave
    it behind.
    """
    if threading.current_thread() is not threading.main_thread():
        # Signals reach the main thread only.
        yield
        return
    held: list[int] = []

    def hold(number: int, _: FrameType | None) -> None:
        held.append(number)

    before = {number: signal.signal(number, hold) for number in (signal.SIGINT, *_ENDING)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for caught in held:
            signal.raise_signal(caught)


@contextmanager
def unwound_by_signals() -> Iterator[None]:
    """Within, a signal to end unwinds the stack like Ctrl-C instead of ending at once.

    Raises:
        SystemExit: with status 128 + signal, wherever the main thread is.
    """
    if threading.current_thread() is not threading.main_thread():
        # Only the main thread may say what a signal does.
        yield
        return

    def unwind(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, unwind) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
