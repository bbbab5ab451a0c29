"""Takes in the column chunks of one upload stream.

Rules:
 * A chunk is authentic (position, length, digest, its provider's signature) before it is stored,
   and stored before it is noted; what is noted is what is evaluated and released.
 * A cell is claimed while a chunk for it is in hand, so that two streams never write one cell.
 * A chunk that is refused ends the stream, not the run; what was accepted before stays accepted.
 * Hashing, verifying and writing happen in threads, which do not hold the interpreter's lock
   meanwhile; a few chunks of one stream at a time.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from eligibility.v1 import common_pb2

from matcher.core.binding import sha256
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
_CHUNKS_IN_HAND = 4


@dataclass(frozen=True, slots=True)
class _InHand:
    """A chunk whose thread is at work."""

    column: int
    chunk: int
    signature: bytes
    stored: asyncio.Future[Digest]


class ChunkIntake:
    """Verifies, stores and notes chunks, and hands on what can be evaluated."""

    def __init__(self, blobs: BlobStore, journal: Journal, dispatcher: Dispatcher) -> None:
        self._blobs = blobs
        self._journal = journal
        self._dispatcher = dispatcher
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="chunks")

    async def take(
        self, run: LiveRun, provider: AgencyId, chunks: AsyncIterator[common_pb2.ColumnChunk]
    ) -> int:
        """Store the chunks of one stream; return how many the run holds of this provider.

        What was accepted is committed when this returns.

        Raises:
            NotYours, ForeignChunk, InvalidCiphertext, InvalidSignature, ChunkConflict: the chunk
                is not what it claims to be.
            RunConflict, RunExpired, ObjectMissing: the run does not take chunks now.
        """
        in_hand: deque[_InHand] = deque()
        try:
            async for message in chunks:
                run.require_collecting()
                # Taken out once: every look at the field copies it.
                payload = message.payload
                run.terms.check_position(provider, message.column, message.chunk, len(payload))
                await self._claim(run, message.column, message.chunk, in_hand)
                in_hand.append(self._begin(run, provider, message, payload))
                if len(in_hand) >= _CHUNKS_IN_HAND:
                    await self._note_next(run, in_hand)
            while in_hand:
                await self._note_next(run, in_hand)
        finally:
            # What the threads still hold is not noted, and may be sent again once they are done.
            if in_hand:
                await asyncio.wait([item.stored for item in in_hand])
            for item in in_hand:
                item.stored.exception()
                run.release(item.column, item.chunk)
        await self._journal.settled()
        return run.columns.count_of(run.terms.columns[provider])

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()

    async def _claim(self, run: LiveRun, column: int, chunk: int, in_hand: deque[_InHand]) -> None:
        while (held := run.claim(column, chunk)) is not None:
            # By this stream or by another; never wait for others with something in hand.
            while in_hand:
                await self._note_next(run, in_hand)
            await held.wait()

    def _begin(
        self, run: LiveRun, provider: AgencyId, message: common_pb2.ColumnChunk, payload: bytes
    ) -> _InHand:
        column, chunk, signature = message.column, message.chunk, message.signature

        def verify_and_store() -> Digest:
            terms, digest = run.terms, sha256(payload)
            card = terms.cards[provider]
            verify_chunk(card, terms.digest, signature, column=column, chunk=chunk, payload=digest)
            if not run.columns.check(column, chunk, digest):
                write_cell(self._blobs.cell(terms.run, Area.INPUTS, column, chunk), payload)
            return digest

        loop = asyncio.get_running_loop()
        return _InHand(
            column, chunk, signature, loop.run_in_executor(self._threads, verify_and_store)
        )

    async def _note_next(self, run: LiveRun, in_hand: deque[_InHand]) -> None:
        item = in_hand[0]
        # Shielded: a stream that is cut off must still know when its threads are done.
        with storing_for(run):
            digest = await asyncio.shield(item.stored)
        new, due = run.take_chunk(item.column, item.chunk, digest, item.signature)
        in_hand.popleft()
        run.release(item.column, item.chunk)
        if new:
            self._journal.note_chunk(
                ChunkRow(run.terms.run, item.column, item.chunk, digest, item.signature)
            )
            self._dispatcher.offer(run, due)
            run.announce()
