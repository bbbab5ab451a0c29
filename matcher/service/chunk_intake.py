"""Takes in the column chunks of one upload stream.

Rules:
 * A chunk is authentic (position, length, digest, its provider's signature) before it is stored,
   and stored before it is noted; what is noted is what is evaluated and released.
 * A cell is claimed while a chunk for it is in hand, so that two streams never write one cell.
 * A chunk that is refused ends the stream, not the run; what was accepted before stays accepted.
 * Hashing, verifying and writing happen in threads, which do not hold the interpreter's lock
   meanwhile; the chunks of one message together, and a few messages of one stream at a time.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from eligibility.v1 import common_pb2

from matcher.core.binding import sha256
from matcher.core.errors import FusumaError
from matcher.core.identifiers import AgencyId, Digest
from matcher.identity.envelope import verify_chunk
from matcher.service.blobs import Area, BlobStore
from matcher.service.cells import write_cell
from matcher.service.dispatching import Dispatcher
from matcher.service.journal import Journal
from matcher.service.runs import LiveRun
from matcher.service.store import ChunkRow
from matcher.service.storing import storing_for

_THREADS = 4
_MESSAGES_IN_HAND = 2


@dataclass(frozen=True, slots=True)
class _Chunk:
    """A chunk whose cell is claimed."""

    column: int
    chunk: int
    signature: bytes
    payload: bytes


@dataclass(frozen=True, slots=True)
class _Stored:
    """The digests of the chunks that are stored, in order, and why the next one is not."""

    digests: tuple[Digest, ...]
    error: FusumaError | OSError | None


@dataclass(frozen=True, slots=True)
class _InHand:
    """Chunks whose thread is at work."""

    chunks: tuple[_Chunk, ...]
    stored: asyncio.Future[_Stored]


class ChunkIntake:
    """Verifies, stores and notes chunks, and hands on what can be evaluated."""

    def __init__(self, blobs: BlobStore, journal: Journal, dispatcher: Dispatcher) -> None:
        self._blobs = blobs
        self._journal = journal
        self._dispatcher = dispatcher
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="chunks")

    async def take(
        self,
        run: LiveRun,
        provider: AgencyId,
        messages: AsyncIterator[Sequence[common_pb2.ColumnChunk]],
    ) -> int:
        """Store the chunks of one stream; return how many the run holds of this provider.

        What was accepted is committed when this returns.

        Raises:
            NotYours, ForeignChunk, InvalidCiphertext, InvalidSignature, ChunkConflict: the chunk
                is not what it claims to be.
            RunConflict, RunExpired, ObjectMissing: the run does not take chunks now.
        """
        stream = _Stream(self, run, provider)
        try:
            async for message in messages:
                await stream.take(message)
            await stream.note_all()
        finally:
            await stream.let_go()
        await self._journal.settled()
        return run.columns.count_of(run.terms.columns[provider])

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()

    def begin(
        self, run: LiveRun, provider: AgencyId, chunks: Sequence[_Chunk]
    ) -> asyncio.Future[_Stored]:
        """Verify and store ``chunks`` in a thread, up to the first that is refused."""

        def verify_and_store() -> _Stored:
            digests: list[Digest] = []
            try:
                for one in chunks:
                    digests.append(  # noqa: PERF401 - what came before an error counts
                        self._verified_and_stored(run, provider, one)
                    )
            except (FusumaError, OSError) as error:
                return _Stored(tuple(digests), error)
            return _Stored(tuple(digests), None)

        return asyncio.get_running_loop().run_in_executor(self._threads, verify_and_store)

    def note(self, run: LiveRun, chunk: _Chunk, digest: Digest) -> None:
        """Note a stored chunk, and hand on what can be evaluated now."""
        new, due = run.take_chunk(chunk.column, chunk.chunk, digest, chunk.signature)
        if new:
            self._journal.note_chunk(
                ChunkRow(run.terms.run, chunk.column, chunk.chunk, digest, chunk.signature)
            )
            self._dispatcher.offer(run, due)
            run.announce()

    def _verified_and_stored(self, run: LiveRun, provider: AgencyId, one: _Chunk) -> Digest:
        terms, digest = run.terms, sha256(one.payload)
        card = terms.cards[provider]
        verify_chunk(
            card,
            terms.digest,
            one.signature,
            column=one.column,
            chunk=one.chunk,
            payload=digest,
        )
        if not run.columns.check(one.column, one.chunk, digest):
            cell = self._blobs.cell(terms.run, Area.INPUTS, one.column, one.chunk)
            write_cell(cell, one.payload)
        return digest


class _Stream:
    """The chunks of one stream on their way."""

    def __init__(self, intake: ChunkIntake, run: LiveRun, provider: AgencyId) -> None:
        self._intake = intake
        self._run = run
        self._provider = provider
        self._claimed: list[_Chunk] = []
        self._in_hand: deque[_InHand] = deque()

    async def take(self, message: Sequence[common_pb2.ColumnChunk]) -> None:
        """Claim the cells of a message's chunks, and have them verified and stored."""
        run = self._run
        for chunk in message:
            run.require_collecting()
            # Taken out once: every look at the field copies it.
            payload = chunk.payload
            run.terms.check_position(self._provider, chunk.column, chunk.chunk, len(payload))
            await self._claim(chunk.column, chunk.chunk)
            self._claimed.append(_Chunk(chunk.column, chunk.chunk, chunk.signature, payload))
        self._begin()
        while len(self._in_hand) >= _MESSAGES_IN_HAND:
            await self._note_next()

    async def note_all(self) -> None:
        """Note everything in hand.

        Raises:
            whatever refused a chunk.
        """
        while self._in_hand:
            await self._note_next()

    async def let_go(self) -> None:
        """Free the cells of what is not noted; it may be sent again once the threads are done."""
        if self._in_hand:
            await asyncio.wait([item.stored for item in self._in_hand])
        for item in self._in_hand:
            item.stored.exception()
            self._release(item.chunks)
        self._release(self._claimed)

    async def _claim(self, column: int, chunk: int) -> None:
        while (held := self._run.claim(column, chunk)) is not None:
            # By this stream or by another; never wait for others with something in hand.
            self._begin()
            await self.note_all()
            await held.wait()

    def _begin(self) -> None:
        chunks, self._claimed = tuple(self._claimed), []
        if chunks:
            stored = self._intake.begin(self._run, self._provider, chunks)
            self._in_hand.append(_InHand(chunks, stored))

    async def _note_next(self) -> None:
        item = self._in_hand[0]
        # Shielded: a stream that is cut off must still know when its threads are done.
        stored = await asyncio.shield(item.stored)
        with storing_for(self._run):
            for chunk, digest in zip(item.chunks, stored.digests, strict=False):
                self._intake.note(self._run, chunk, digest)
            if stored.error is not None:
                raise stored.error
        self._in_hand.popleft()
        self._release(item.chunks)

    def _release(self, chunks: Sequence[_Chunk]) -> None:
        for chunk in chunks:
            self._run.release(chunk.column, chunk.chunk)
