"""Answers, protects, signs and uploads the columns of one run, chunk by chunk.

Rules:
 * A few chunks are on their way at any time, never more: memory does not grow with the cohort
   beyond its roster, and workers encrypt while earlier chunks travel.
 * Every chunk is signed for its one place: statement, provider, column, chunk, payload.
 * A chunk that arrived before a cut is not sent again, if the signature shown with it is this
   agency's own for that very place; its digest then goes into the manifest.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field

import grpc
from eligibility.v1 import common_pb2, matcher_pb2, matcher_pb2_grpc

from clients.provider.answering import Answering, PlainColumn
from clients.provider.order import Order
from clients.provider.protected import Protected
from clients.provider.protection import Protection
from clients.transport.calls import calling
from matcher.core.binding import chunk_binding
from matcher.core.errors import StatementMismatch
from matcher.core.identifiers import DIGEST_BYTES, AgencyId, Digest
from matcher.identity.envelope import sign_chunk
from matcher.identity.identity import Identity
from matcher.identity.keys import verify_binding
from matcher.wire.manifest import ColumnManifest
from matcher.wire.message_size import PART_BYTES
from matcher.wire.roster import OpenedRoster


@dataclass(slots=True)
class Effort:
    """What one run cost this agency, for its log.

    Attributes:
        protect_seconds: of encrypting or sealing, added up over workers.
        upload_seconds: of waiting until the connection took a chunk.
        sent_bytes: of the messages that carried chunks.
    """

    protect_seconds: float = 0.0
    upload_seconds: float = 0.0
    sent_bytes: int = 0


@dataclass(slots=True)
class ChunkDigests:
    """The digests of a provider's chunks as they become known."""

    columns: tuple[int, ...]
    chunks: int
    known: dict[tuple[int, int], Digest] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether every chunk is known."""
        return len(self.known) == len(self.columns) * self.chunks

    def missing_in(self, chunk: int) -> tuple[int, ...]:
        """Return the columns of ``chunk`` that have not been uploaded."""
        return tuple(column for column in self.columns if (column, chunk) not in self.known)

    def manifest(self, statement: Digest, provider: AgencyId) -> ColumnManifest:
        """Return the manifest once every chunk is known."""
        return ColumnManifest(
            statement,
            provider,
            {
                column: b"".join(self.known[column, chunk] for chunk in range(self.chunks))
                for column in self.columns
            },
        )


def received_before(
    order: Order, identity: Identity, listed: Iterable[matcher_pb2.ReceivedChunk]
) -> ChunkDigests:
    """Return what the matcher has of this agency already, after checking that it is ours.

    Raises:
        InvalidSignature: a chunk is listed that this agency never signed for that place.
        StatementMismatch: a chunk is listed outside the run.
    """
    own = order.plan.columns_of(*order.statement.place_of(identity.agency))
    columns = tuple(column.index for column in own)
    digests = ChunkDigests(columns, order.statement.chunks)
    for chunk in listed:
        outside = chunk.column not in columns or chunk.chunk >= order.statement.chunks
        if outside or len(chunk.digest) != DIGEST_BYTES:
            raise StatementMismatch(
                "a chunk is listed that the run does not have", where=order.name
            )
        digest = Digest(chunk.digest)
        verify_binding(
            identity.signing_key.public_bytes,
            chunk_binding(order.digest, identity.agency, chunk.column, chunk.chunk, digest),
            chunk.signature,
        )
        digests.known[chunk.column, chunk.chunk] = digest
    return digests


@dataclass(frozen=True, slots=True)
class Upload:
    """One run's columns on their way.

    Attributes:
        order: verified and approved.
        identity: of this agency.
        roster: opened and checked.
        answering: of this agency.
        protection: of this run.
        window: how many columns may be in work at once.
        target: address of the matcher, for messages.
        effort: added to while sending.
    """

    order: Order
    identity: Identity
    roster: OpenedRoster
    answering: Answering
    protection: Protection
    window: int
    target: str
    effort: Effort

    async def send(
        self, stub: matcher_pb2_grpc.WorkAsyncStub, digests: ChunkDigests, timeout_seconds: float
    ) -> None:
        """Upload every chunk that ``digests`` lacks, and add it there.

        After an error ``digests`` is worthless: only the matcher knows what has arrived.

        Raises:
            FusumaError: the matcher refused a chunk or cannot be reached.
        """
        if digests.complete:
            return
        with calling(self.target):
            call = stub.UploadChunks(timeout=timeout_seconds)
            try:
                await self._write_all(call, digests)
                await call
            finally:
                call.cancel()

    async def _write_all(
        self,
        call: grpc.aio.StreamUnaryCall[
            matcher_pb2.UploadChunksRequest, matcher_pb2.UploadChunksResponse
        ],
        digests: ChunkDigests,
    ) -> None:
        run = self.order.name
        async with aclosing(self._protected(digests)) as protected:
            async for batch in protected:
                message = matcher_pb2.UploadChunksRequest(
                    run=run, chunks=[self._signed(*one) for one in batch]
                )
                self.effort.protect_seconds += sum(one.seconds for _, _, one in batch)
                begun = time.perf_counter()
                try:
                    await call.write(message)
                except asyncio.InvalidStateError:
                    # The matcher has ended the stream; its status, which the caller awaits,
                    # says why.
                    return
                self.effort.upload_seconds += time.perf_counter() - begun
                self.effort.sent_bytes += message.ByteSize()
                for column, chunk, one in batch:
                    digests.known[column, chunk] = one.digest
                run = ""
        await call.done_writing()

    async def _protected(
        self, digests: ChunkDigests
    ) -> AsyncGenerator[list[tuple[int, int, Protected]]]:
        """Yield protected chunks in order, as many as fit a message, while others are in work."""
        pending: deque[tuple[int, int, asyncio.Future[Protected]]] = deque()
        try:
            for chunk in range(digests.chunks):
                missing = digests.missing_in(chunk)
                plain = self._answer(chunk) if missing else {}
                for column in missing:
                    work = self.protection.protect(column, chunk, plain[column])
                    pending.append((column, chunk, asyncio.ensure_future(work)))
                # Lets the workers begin before the next chunk is answered.
                await asyncio.sleep(0)
                while len(pending) > self.window:
                    yield await _finished(pending)
            while pending:
                yield await _finished(pending)
        finally:
            for _, _, future in pending:
                future.cancel()

    def _answer(self, chunk: int) -> Mapping[int, PlainColumn]:
        plan = self.order.plan
        places = plan.chunk_slots * plan.seats
        codes = self.roster.roster.codes[chunk * places : (chunk + 1) * places]
        return self.answering.answer(codes, self.roster.controls[chunk])

    def _signed(self, column: int, chunk: int, one: Protected) -> common_pb2.ColumnChunk:
        signature = sign_chunk(
            self.identity.signing_key,
            self.order.digest,
            self.identity.agency,
            column=column,
            chunk=chunk,
            payload=one.digest,
        )
        return common_pb2.ColumnChunk(
            column=column, chunk=chunk, payload=one.payload, signature=signature
        )


async def _finished(
    pending: deque[tuple[int, int, asyncio.Future[Protected]]],
) -> list[tuple[int, int, Protected]]:
    """Take the next chunks that fit a message together off ``pending``; at least one."""
    finished: list[tuple[int, int, Protected]] = []
    size = last = 0
    # Payloads are mostly of one length: what will hardly fit is not waited for.
    while pending and size + last <= PART_BYTES:
        column, chunk, future = pending[0]
        protected = await future
        last = len(protected.payload)
        if finished and size + last > PART_BYTES:
            break
        size += last
        pending.popleft()
        finished.append((column, chunk, protected))
    return finished
