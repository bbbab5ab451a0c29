"""Counts, and on request keeps, every message that crosses a process's boundary.

What a party could have seen is what it received: these counts say how much of what kind came from
whom, and the captures let anyone search the bytes for a value that must not be there.

Rules:
 * One record a message: direction, peer, kind, bytes of its serialisation.
 * A kind is the message's type and, where it carries one of several parts, the part.
 * Counting keeps no content. Capturing keeps all of it, and is for audits and tests.
 * Records may come from any thread.
"""

from __future__ import annotations

import json
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from google.protobuf.message import Message

from matcher.core.canonical import JsonObject

Direction: TypeAlias = Literal["in", "out"]
SNAPSHOT_FORMAT: Final = 1


@dataclass(slots=True)
class _Count:
    messages: int = 0
    size: int = 0


class BoundaryLog:
    """What has crossed one process's boundary so far."""

    def __init__(self, capture: Path | None = None, path: Path | None = None) -> None:
        """Start counting.

        Args:
            capture: a directory that gets one file for every message; None keeps no content.
            path: where ``save`` writes the counts.
        """
        self._counts: dict[tuple[Direction, str, str], _Count] = {}
        self._lock = threading.Lock()
        self._capture = capture
        self._path = path
        self._captured = 0
        if capture is not None:
            capture.mkdir(parents=True, exist_ok=True)

    def record(self, direction: Direction, peer: str, kind: str, size: int) -> None:
        """Count one message of ``size`` bytes whose content is not at hand."""
        with self._lock:
            count = self._counts.setdefault((direction, peer, kind), _Count())
            count.messages += 1
            count.size += size

    def record_message(self, direction: Direction, peer: str, message: Message) -> None:
        """Count ``message``, and keep its bytes where this log captures."""
        kind = kind_of(message)
        if self._capture is None:
            self.record(direction, peer, kind, message.ByteSize())
            return
        data = message.SerializeToString(deterministic=True)
        self.record(direction, peer, kind, len(data))
        with self._lock:
            number = self._captured
            self._captured += 1
        name = f"{number:08d}-{direction}-{_file_safe(peer)}-{_file_safe(kind)}.bin"
        (self._capture / name).write_bytes(data)

    def snapshot(self) -> JsonObject:
        """Return all counts as JSON, ordered by direction, peer and kind."""
        with self._lock:
            entries: list[JsonObject] = [
                {
                    "direction": direction,
                    "peer": peer,
                    "kind": kind,
                    "messages": count.messages,
                    "bytes": count.size,
                }
                for (direction, peer, kind), count in sorted(self._counts.items())
            ]
        return {"boundary": SNAPSHOT_FORMAT, "crossed": entries}

    def save(self) -> None:
        """Write the snapshot where this log was told to, if anywhere."""
        if self._path is not None:
            self.write(self._path)

    def write(self, path: Path) -> None:
        """Write the snapshot to ``path``; a reader never sees half of it."""
        data = json.dumps(self.snapshot(), ensure_ascii=False, indent=1).encode() + b"\n"
        unfinished = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
        unfinished.write_bytes(data)
        unfinished.replace(path)


def boundary_log(path: Path | None, capture: Path | None) -> BoundaryLog | None:
    """Return a log as a configuration wants it; None where it wants neither counts nor content."""
    return None if path is None and capture is None else BoundaryLog(capture, path)


def kind_of(message: Message) -> str:
    """Return the type of ``message`` and, of a oneof, the part it carries."""
    descriptor = message.DESCRIPTOR
    parts = [message.WhichOneof(group.name) for group in descriptor.oneofs]
    return ".".join([descriptor.name, *(part for part in parts if part)])


def _file_safe(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-._" else "_" for letter in name)[:64]
