"""Writes to the run store off the event loop, in the order in which things happened.

Rules:
 * One thread does all writing, so that no two transactions ever wait for each other.
 * Rows of chunks and outputs are gathered for a moment and written in one transaction.
 * ``settled`` returns when everything noted before is committed; nobody is told that something is
   safe earlier.
 * A batch that cannot be written (a full disk) stays and is tried again with the next one; one that
   contradicts the store is dropped. Whoever waited for it is told.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from matcher.core.errors import FusumaError
from matcher.service.store import ChunkRow, OutputRow, RunStore

_P = ParamSpec("_P")
_T = TypeVar("_T")
_GATHER_SECONDS = 0.05

log = logging.getLogger(__name__)


class Journal:
    """The asynchronous side of a run store."""

    def __init__(self, store: RunStore) -> None:
        self.store = store
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._chunks: list[ChunkRow] = []
        self._outputs: list[OutputRow] = []
        self._writing: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def call(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Call a method of the store in the writing thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: function(*args, **kwargs))

    def note_chunk(self, row: ChunkRow) -> None:
        """Note a chunk; it is written soon."""
        self._chunks.append(row)
        self._write_soon()

    def note_output(self, row: OutputRow) -> None:
        """Note an output; it is written soon."""
        self._outputs.append(row)
        self._write_soon()

    async def settled(self) -> None:
        """Wait until all rows noted so far are committed.

        Raises:
            whatever kept them from being written.
        """
        # The batch in hand may have been cut before our rows; those are then in the next one.
        for _ in range(2):
            self._write()
            if self._writing is None:
                return
            await asyncio.shield(self._writing)

    async def close(self) -> None:
        """Write what is left, then release the store."""
        try:
            await self.settled()
        finally:
            await self.call(self.store.close)
            self._thread.shutdown()

    def _write_soon(self) -> None:
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(_GATHER_SECONDS, self._write)

    def _write(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._writing is None and (self._chunks or self._outputs):
            self._writing = asyncio.create_task(self._write_batch())
            # Logged where it happened; nobody needs to be waiting.
            self._writing.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def _write_batch(self) -> None:
        chunks, self._chunks = self._chunks, []
        outputs, self._outputs = self._outputs, []
        try:
            await self.call(self.store.append, chunks, outputs)
        except FusumaError:
            log.exception("event=rows_dropped chunks=%d outputs=%d", len(chunks), len(outputs))
            raise
        except Exception:
            log.exception("event=rows_kept chunks=%d outputs=%d", len(chunks), len(outputs))
            self._chunks[:0] = chunks
            self._outputs[:0] = outputs
            raise
        finally:
            self._writing = None
        if self._chunks or self._outputs:
            self._write_soon()
