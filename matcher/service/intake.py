"""What comes in for a run: objects from the requester, chunks and manifests from providers.

Everything is checked before it is kept, and noted after it is kept; what is noted is what is
evaluated and released.

Rules:
 * Keys and rosters are streamed to the blob store; a key is checked by a worker before any
   provider sees the run.
 * A chunk is authentic (position, length, digest, its provider's signature) before it is stored.
 * A chunk whose signature does not verify ends the upload, not the run.
 * Hashing, verifying and writing happen in threads, which do not hold the interpreter's lock
   meanwhile; a few chunks of one stream at a time.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from eligibility.v1 import common_pb2

from matcher.core.binding import Domain, sha256
from matcher.core.errors import FusumaError
from matcher.core.identifiers import AgencyId, Digest
from matcher.identity.envelope import Envelope, open_envelope, verify_chunk
from matcher.service.blobs import Area, BlobStore
from matcher.service.dispatching import Dispatcher
from matcher.service.enclave_runs import EnclaveRuns
from matcher.service.ending import Endings
from matcher.service.journal import Journal
from matcher.service.runs import LiveRun
from matcher.service.store import ChunkRow, ObjectKind, ObjectRow
from matcher.service.work_board import WorkBoard
from matcher.wire.manifest import decode_column_manifest

_THREADS = 4
_CHUNKS_IN_HAND = 4
_P = ParamSpec("_P")
_T = TypeVar("_T")
_KEYS = (ObjectKind.PUBLIC_KEY, ObjectKind.EVALUATION_KEY)

log = logging.getLogger(__name__)


class Intake:
    """Takes in objects, chunks and manifests."""

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
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="intake")

    async def take_object(self, run: LiveRun, row: ObjectRow, data: AsyncIterator[bytes]) -> None:
        """Store one object of ``run`` from a stream.

        Raises:
            DigestMismatch, QuotaExceeded: the bytes are not those of the header.
            InvalidKey: a public key under which nothing would be protected.
            others: see ``LiveRun.expect_object``.
        """
        wanted = run.expect_object(row)
        writer = await self._thread(
            self._blobs.writer, run.terms.run, Area.INPUTS, row.digest, row.size
        )
        try:
            async for piece in data:
                await self._thread(writer.write, piece)
            await self._thread(writer.commit)
        finally:
            await self._thread(writer.abort)
        if not wanted:
            return
        await self._journal.call(self._journal.store.add_object, run.terms.run, row)
        ready = run.take_object(row)
        if row.kind in _KEYS and run.keys_there:
            ready = await self.check_keys(run)
        if ready:
            self._board.offer(run)
        run.announce()

    async def check_keys(self, run: LiveRun) -> bool:
        """Check the keys of ``run``; return whether it is ready for providers now.

        Raises:
            InvalidKey: the run has failed.
        """
        try:
            await self._dispatcher.check_keys(run)
        except FusumaError as error:
            await self._endings.fail(run, error)
            raise
        return run.take_key_check()

    async def take_chunks(
        self, run: LiveRun, provider: AgencyId, chunks: AsyncIterator[common_pb2.ColumnChunk]
    ) -> int:
        """Store the chunks of one stream; return how many the run holds of this provider.

        What was accepted before an error stays accepted, and is committed when this returns.

        Raises:
            NotYours, ForeignChunk, InvalidCiphertext, InvalidSignature, ChunkConflict: the chunk
                is not what it claims to be.
            RunConflict, RunExpired, ObjectMissing: the run does not take chunks now.
        """
        in_hand: deque[tuple[common_pb2.ColumnChunk, asyncio.Future[Digest]]] = deque()
        loop = asyncio.get_running_loop()
        try:
            async for chunk in chunks:
                run.require_collecting()
                run.terms.check_position(provider, chunk.column, chunk.chunk, len(chunk.payload))
                stored = loop.run_in_executor(
                    self._threads, self._verify_and_store, run, provider, chunk
                )
                in_hand.append((chunk, stored))
                if len(in_hand) >= _CHUNKS_IN_HAND:
                    await self._note_next(run, in_hand)
            while in_hand:
                await self._note_next(run, in_hand)
        finally:
            # Whatever the threads still hold is not noted, and may be sent again.
            await asyncio.gather(*(stored for _, stored in in_hand), return_exceptions=True)
        await self._journal.settled()
        return run.columns.count_of(run.terms.columns[provider])

    async def take_manifest(self, run: LiveRun, provider: AgencyId, envelope: Envelope) -> None:
        """Check and note a provider's manifest; the last one lets the run go on.

        Raises:
            InvalidSignature: it is not signed under the provider's card.
            StatementMismatch: it is of another run or provider.
            others: see ``LiveRun.take_manifest``.
        """
        terms = run.terms
        payload = open_envelope(Domain.COLUMN_MANIFEST, envelope, terms.cards[provider])
        manifest = decode_column_manifest(payload)
        manifest.check(terms.digest, provider, terms.columns[provider], terms.statement.chunks)
        if not run.check_manifest(manifest, envelope):
            return
        await self._journal.settled()
        await self._journal.call(self._journal.store.add_manifest, terms.run, provider, envelope)
        if run.take_manifest(manifest, envelope):
            log.info("event=manifest_accepted run=%s provider=%s", terms.run, provider)
            await self.proceed(run)

    async def proceed(self, run: LiveRun) -> None:
        """Let a run go on whose inputs are complete; harmless otherwise."""
        if not run.begin_evaluating():
            return
        if run.terms.enclave:
            await self._journal.call(self._journal.store.set_evaluating, run.terms.run)
            self._enclave.begin(run)
        elif run.releasable:
            await self._endings.release(run)
        else:
            await self._journal.call(self._journal.store.set_evaluating, run.terms.run)
        run.announce()

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()

    async def _note_next(
        self, run: LiveRun, in_hand: deque[tuple[common_pb2.ColumnChunk, asyncio.Future[Digest]]]
    ) -> None:
        message, stored = in_hand.popleft()
        digest = await stored
        column, chunk, signature = message.column, message.chunk, message.signature
        new, due = run.take_chunk(column, chunk, digest, signature)
        if new:
            self._journal.note_chunk(ChunkRow(run.terms.run, column, chunk, digest, signature))
            self._dispatcher.offer(run, due)
            run.announce()

    def _verify_and_store(
        self, run: LiveRun, provider: AgencyId, message: common_pb2.ColumnChunk
    ) -> Digest:
        terms, payload = run.terms, message.payload
        digest = sha256(payload)
        verify_chunk(
            terms.cards[provider],
            terms.digest,
            message.signature,
            column=message.column,
            chunk=message.chunk,
            payload=digest,
        )
        if not run.columns.check(message.column, message.chunk, digest):
            self._blobs.put(terms.run, Area.INPUTS, digest, payload)
        return digest

    async def _thread(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: function(*args, **kwargs))
