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

READY = re.compile(r"^ready: .*$", re.MULTILINE)
START_SECONDS = 60.0
STOP_SECONDS = 10.0
_ENDING = (signal.SIGTERM, signal.SIGHUP)
POLL_SECONDS = 0.02


@dataclass(slots=True)
class Process:
    """One running party."""

    name: str
    popen: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        """The operating system's id of the process."""
        return self.popen.pid

    def wait_ready(self, deadline_seconds: float = START_SECONDS) -> str:
        """Wait for the ``ready:`` line and return it.

        Raises:
            RunProblem: the process ended or stayed silent; shows the end of its log.
        """
        deadline = time.monotonic() + deadline_seconds
        while time.monotonic() < deadline:
            if found := READY.search(self.log.read_text(errors="replace")):
                return found.group()
            if self.popen.poll() is not None:
                raise RunProblem(
                    f"the {self.name} process ended with status {self.popen.returncode}"
                    f" before it was ready: {self._tail()}"
                )
            time.sleep(POLL_SECONDS)
        raise RunProblem(
            f"the {self.name} process was not ready after {deadline_seconds:.0f} s: {self._tail()}"
        )

    def stop(self) -> None:
        """Ask the process to end, and end it if it does not."""
        if self.popen.poll() is not None:
            return
        self.popen.send_signal(signal.SIGTERM)
        try:
            self.popen.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()

    def _tail(self) -> str:
        return " / ".join(self.log.read_text(errors="replace").strip().splitlines()[-5:])


def start(name: str, arguments: list[str], log: Path) -> Process:
    """Start ``fusuma ARGUMENTS`` with this interpreter, its output going to ``log``."""
    with log.open("wb") as output:
        popen = subprocess.Popen(  # noqa: S603  our own program with our own arguments
            [sys.executable, "-m", "fusuma", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            # Ctrl-C reaches the parent alone, which then stops its children in order.
            start_new_session=True,
        )
    return Process(name, popen, log)


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
