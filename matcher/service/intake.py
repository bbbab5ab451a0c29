"""What comes in for a run beside chunks: objects from the requester, manifests from providers.

Everything is checked before it is kept, and noted after it is kept.

Rules:
 * Keys and rosters are streamed to the blob store; keys are checked by a worker before any
   provider sees the run.
 * What is noted has its consequences even when the call that brought it is cut off: sent again, it
   would be there already, and nobody would see to the rest.
 * A manifest is taken when it equals what was received; the last one lets the run go on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from matcher.core.identifiers import AgencyId
from matcher.identity.envelope import Envelope
from matcher.service.blobs import Area, BlobStore
from matcher.service.dispatching import Dispatcher
from matcher.service.enclave_runs import EnclaveRuns
from matcher.service.ending import Endings
from matcher.service.journal import Journal
from matcher.service.runs import LiveRun
from matcher.service.store import ObjectKind, ObjectRow
from matcher.service.storing import storing_for
from matcher.service.work_board import WorkBoard

_THREADS = 2
_P = ParamSpec("_P")
_T = TypeVar("_T")
_KEYS = (ObjectKind.PUBLIC_KEY, ObjectKind.EVALUATION_KEY)

log = logging.getLogger(__name__)


class Intake:
    """Takes in objects and manifests."""

    def __init__(
        self,
        *,
        blobs: BlobStore,
        journal: Journal,
        dispatcher: Dispatcher,
        enclave: EnclaveRuns,
        endings: Endings,
        board: WorkBoard,
    ) -> None:
        self._blobs = blobs
        self._journal = journal
        self._dispatcher = dispatcher
        self._enclave = enclave
        self._endings = endings
        self._board = board
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="objects")
        self._noting: set[asyncio.Task[None]] = set()

    async def take_object(self, run: LiveRun, row: ObjectRow, data: AsyncIterator[bytes]) -> None:
        """Store one object of ``run`` from a stream.

        Raises:
            DigestMismatch, QuotaExceeded: the bytes are not those of the header.
            InvalidKey: a public key under which nothing would be protected.
            others: see ``LiveRun.expect_object``.
        """
        wanted = run.expect_object(row)
        with storing_for(run):
            writer = await self._thread(
                self._blobs.writer, run.terms.run, Area.INPUTS, row.digest, row.size
            )
            try:
                async for piece in data:
                    await self._thread(writer.write, piece)
                await self._thread(writer.commit)
            finally:
                await self._thread(writer.abort)
        if wanted:
            noting = asyncio.create_task(self._note_object(run, row))
            self._noting.add(noting)
            noting.add_done_callback(self._noting.discard)
            await asyncio.shield(noting)

    async def _note_object(self, run: LiveRun, row: ObjectRow) -> None:
        await self._journal.call(self._journal.store.add_object, run.terms.run, row)
        ready = run.take_object(row)
        if row.kind in _KEYS and run.objects.keys_there:
            ready = await self.check_keys(run)
        if ready:
            self._board.offer(run)
        run.announce()

    async def check_keys(self, run: LiveRun) -> bool:
        """Check the keys of ``run``; return whether it is ready for providers now.

        Raises:
            InvalidKey: the run has failed, as it has after any other error.
        """
        try:
            await self._dispatcher.check_keys(run)
        except Exception as error:
            await self._endings.fail(run, error)
            raise
        return run.take_key_check()

    async def take_manifest(self, run: LiveRun, provider: AgencyId, envelope: Envelope) -> None:
        """Check and note a provider's manifest; the last one lets the run go on.

        Raises:
            InvalidSignature: it is not signed under the provider's card.
            StatementMismatch: it is of another run or provider.
            others: see ``LiveRun.take_manifest``.
        """
        terms = run.terms
        manifest = terms.open_manifest(provider, envelope)
        if run.check_manifest(manifest, envelope):
            await self._journal.settled()
            store = self._journal.store
            await self._journal.call(store.add_manifest, terms.run, provider, envelope)
            run.take_manifest(manifest, envelope)
            log.info("event=manifest_accepted run=%s provider=%s", terms.run, provider)
        await self.proceed(run)

    async def proceed(self, run: LiveRun) -> None:
        """Let a run go on whose inputs are complete; harmless otherwise, and when repeated."""
        begun = run.begin_evaluating()
        if run.releasable:
            await self._endings.release(run)
        elif begun:
            await self._journal.call(self._journal.store.set_evaluating, run.terms.run)
            if run.terms.enclave:
                self._enclave.begin(run)
        run.announce()

    async def drain(self) -> None:
        """Wait for what is being noted; before the workers that check keys are stopped."""
        if self._noting:
            await asyncio.wait(self._noting)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()

    async def _thread(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: function(*args, **kwargs))
