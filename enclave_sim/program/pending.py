"""The plaintext an enclave holds: the values of chunks of which some columns have arrived.

Rules:
 * Values stay packed as they were sealed, and are held for incomplete chunks only.
 * Over one run they take no more than a number of bytes; who sends all columns of a chunk before
   going on to the next never gets near it.
"""

from __future__ import annotations

from collections.abc import Mapping

from matcher.core.errors import QuotaExceeded


class PendingChunks:
    """The incomplete chunks of one run.

    Args:
        columns: how many columns a complete chunk has.
        most_bytes: most bytes of values held at a time.
    """

    def __init__(self, columns: int, most_bytes: int) -> None:
        self._columns = columns
        self._most_bytes = most_bytes
        self._bytes = 0
        self._values: dict[int, dict[int, bytes]] = {}

    def add(self, chunk: int, column: int, values: bytes) -> None:
        """Hold the values of one column, the first that come for it.

        Raises:
            QuotaExceeded: together with what is held they take too much.
        """
        if self._bytes + len(values) > self._most_bytes:
            raise QuotaExceeded(
                f"{len(self._values)} chunks are incomplete",
                fix="send all columns of a chunk before going on to the next",
            )
        self._bytes += len(values)
        self._values.setdefault(chunk, {})[column] = values

    def take_complete(self, chunk: int) -> Mapping[int, bytes] | None:
        """Give up the values of a complete chunk, by column; None while columns are missing."""
        if len(self._values[chunk]) < self._columns:
            return None
        values = self._values.pop(chunk)
        self._bytes -= sum(map(len, values.values()))
        return values

    def clear(self) -> None:
        """Forget everything."""
        self._values.clear()
        self._bytes = 0
