"""Ends what is over, and deletes what nobody may need any more.

Rules:
 * A live run whose time is over expires; one whose release failed (a full disk) is released now.
 * The columns and rosters of an ended run go, in case they could not be deleted when it ended.
 * Outputs go a while after they were fetched, when the run's time is over, or when it did not
   succeed. What stays is in the store: statement, manifests, digests, counts.
 * A sweep can be repeated; one that fails is logged and tried again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from matcher.core.identifiers import RunId
from matcher.service.blobs import Area, BlobStore
from matcher.service.book import RunBook
from matcher.service.config import Retention
from matcher.service.ending import Endings
from matcher.service.journal import Journal
from matcher.service.runs import LiveRun
from matcher.service.store import RunRecord, RunState

# Long enough for the last calls about an ended run to be answered from memory.
_REMEMBER_SECONDS = 600

log = logging.getLogger(__name__)


class Sweeper:
    """Looks at all runs from time to time."""

    def __init__(
        self,
        *,
        book: RunBook,
        journal: Journal,
        blobs: BlobStore,
        endings: Endings,
        retention: Retention,
        clock: Callable[[], float],
    ) -> None:
        self._book = book
        self._journal = journal
        self._blobs = blobs
        self._endings = endings
        self._retention = retention
        self._clock = clock

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            try:
                await self.sweep()
            except Exception:
                log.exception("event=sweep_failed")
            await asyncio.sleep(self._retention.sweep_seconds)

    async def sweep(self) -> None:
        """Look at all runs once."""
        now = self._clock()
        for run in self._book:
            if not run.state.final and run.terms.statement.expires_at <= now:
                await self._endings.expire(run)
            if run.releasable:
                await self._endings.release(run)
            if run.ended_at is not None and run.ended_at + _REMEMBER_SECONDS <= now:
                self._book.drop(run)
                self._endings.forget(run.terms.run)
        await self._delete(int(now))

    async def _delete(self, now: int) -> None:
        # In this order: whatever ended before the store is asked is in its answer.
        left = await asyncio.to_thread(self._blobs.runs)
        known = {run.terms.run: run for run in self._book}
        ended = [name for name in left if name not in known or known[name].state.final]
        kept = set()
        for record in await self._journal.call(self._journal.store.runs_with_outputs):
            if self._outputs_over(record, now):
                await self._delete_outputs(record, known.get(record.run), now)
            else:
                kept.add(record.run)
        for name in ended:
            await self._delete_left(name, keep_outputs=name in kept)

    async def _delete_outputs(self, record: RunRecord, run: LiveRun | None, now: int) -> None:
        await asyncio.to_thread(self._blobs.empty, record.run, Area.OUTPUTS)
        await self._journal.call(self._journal.store.mark_outputs_deleted, record.run, now)
        if run is not None:
            run.outputs_deleted_at = now
        log.info("event=outputs_deleted run=%s", record.run)

    async def _delete_left(self, run: RunId, *, keep_outputs: bool) -> None:
        await asyncio.to_thread(self._blobs.empty, run, Area.INPUTS)
        if not keep_outputs:
            await asyncio.to_thread(self._blobs.empty, run, Area.OUTPUTS)

    def _outputs_over(self, record: RunRecord, now: int) -> bool:
        if record.state is not RunState.SUCCEEDED or record.expires_at <= now:
            return True
        fetched = record.fetched_at
        return fetched is not None and fetched + self._retention.fetched_output_seconds <= now
