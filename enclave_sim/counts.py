"""Counts what crosses the enclave's socket, where the configuration wants it."""

from __future__ import annotations

from pathlib import Path

from google.protobuf.message import Message

from matcher.wire.boundary import Direction, boundary_log

# The one who holds the other end of the socket.
CALLER = "matcher"


class Counts:
    """A boundary log and the file it goes to, or neither.

    Args:
        path: file for the counts; None counts nothing.
        capture: directory for every message, for audits and tests; None keeps none.
    """

    def __init__(self, path: Path | None, capture: Path | None) -> None:
        self._log = boundary_log(path, capture)

    def record(self, direction: Direction, message: Message) -> None:
        """Count one message."""
        if self._log is not None:
            self._log.record_message(direction, CALLER, message)

    def write(self) -> None:
        """Write what has been counted so far."""
        if self._log is not None:
            self._log.save()
