"""The Work service: what a provider's agent may do.

Rules:
 * An agent sees the runs that ask its own agency, and only when all it needs is there.
 * It gets its own roster and the run's keys, and sends its own columns.
 * What has been accepted can be listed with the agent's own signatures, so that an interrupted
   upload goes on where it was cut.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from weakref import WeakSet

from eligibility.v1 import common_pb2, matcher_pb2, matcher_pb2_grpc

from matcher.core.errors import InvalidMessage, RunConflict
from matcher.core.identifiers import AgencyId
from matcher.service.blobs import Area, BlobStore
from matcher.service.book import RunBook
from matcher.service.callers import Callers, Context
from matcher.service.chunk_intake import ChunkIntake
from matcher.service.ending import Endings
from matcher.service.intake import Intake
from matcher.service.messages import object_kind
from matcher.service.runs import LiveRun
from matcher.service.store import Failure, ObjectKind, RunState
from matcher.service.work_board import WorkBoard
from matcher.wire.envelope import card_message, envelope_message, envelope_of
from matcher.wire.names import run_in, run_name
from matcher.wire.status import error_of, is_reason

log = logging.getLogger(__name__)


class WorkServicer(matcher_pb2_grpc.WorkServicer):
    """Gives agents their work and takes their columns."""

    def __init__(
        self,
        *,
        book: RunBook,
        intake: Intake,
        chunk_intake: ChunkIntake,
        endings: Endings,
        blobs: BlobStore,
        board: WorkBoard,
        callers: Callers,
    ) -> None:
        self._book = book
        self._intake = intake
        self._chunk_intake = chunk_intake
        self._endings = endings
        self._blobs = blobs
        self._board = board
        self._callers = callers

    async def WatchWork(  # noqa: N802
        self, _request: matcher_pb2.WatchWorkRequest, context: Context
    ) -> AsyncIterator[matcher_pb2.WorkItem]:
        """Send every run that waits for the caller, then new ones as they come."""
        caller = self._callers.caller(context)
        told: WeakSet[LiveRun] = WeakSet()
        with self._board.watch(caller) as queue:
            # So that an agent knows at once that it is connected.
            await context.send_initial_metadata(())
            for run in self._book:
                queue.put_nowait(run)
            while True:
                run = await queue.get()
                if run.awaits(caller) and run not in told:
                    told.add(run)
                    yield _work_item(run)

    async def FetchObject(  # noqa: N802
        self, request: matcher_pb2.FetchObjectRequest, context: Context
    ) -> AsyncIterator[matcher_pb2.FetchObjectResponse]:
        """Send the caller's roster or a key of the run."""
        run, caller = self._run(request.run, context)
        run.require_live()
        kind = object_kind(request.kind)
        row = run.objects.require(kind, caller if kind is ObjectKind.ROSTER else None)
        pieces = self._blobs.stream(run.terms.run, Area.INPUTS, row.digest)
        while piece := await asyncio.to_thread(next, pieces, b""):
            yield matcher_pb2.FetchObjectResponse(data=piece)

    async def ListChunks(  # noqa: N802
        self, request: matcher_pb2.ListChunksRequest, context: Context
    ) -> matcher_pb2.ListChunksResponse:
        """Return what has arrived from the caller."""
        run, caller = self._run(request.run, context)
        return matcher_pb2.ListChunksResponse(
            chunks=[
                matcher_pb2.ReceivedChunk(
                    column=receipt.row,
                    chunk=receipt.chunk,
                    digest=receipt.digest,
                    signature=receipt.signature,
                )
                for receipt in run.columns.of_rows(run.terms.columns[caller])
            ]
        )

    async def UploadChunks(  # noqa: N802
        self,
        request_iterator: AsyncIterator[matcher_pb2.UploadChunksRequest],
        context: Context,
    ) -> matcher_pb2.UploadChunksResponse:
        """Take chunks of one run."""
        first = await anext(aiter(request_iterator), None)
        if first is None:
            raise InvalidMessage("the stream ends before it names a run")
        run, caller = self._run(first.run, context)
        count = await self._chunk_intake.take(run, caller, _chunks(first, request_iterator))
        return matcher_pb2.UploadChunksResponse(chunks_received=count)

    async def SubmitManifest(  # noqa: N802
        self, request: matcher_pb2.SubmitManifestRequest, context: Context
    ) -> matcher_pb2.SubmitManifestResponse:
        """Take the caller's signed list of everything it uploaded."""
        run, caller = self._run(request.run, context)
        envelope = envelope_of(request.manifest, "manifest")
        await asyncio.shield(self._intake.take_manifest(run, caller, envelope))
        return matcher_pb2.SubmitManifestResponse()

    async def DeclineWork(  # noqa: N802
        self, request: matcher_pb2.DeclineWorkRequest, context: Context
    ) -> matcher_pb2.DeclineWorkResponse:
        """End a run because the caller refuses it."""
        run, caller = self._run(request.run, context)
        if not is_reason(request.reason):
            raise InvalidMessage("the reason is not one of the error catalogue")
        if caller in run.manifests:
            raise RunConflict("the run was answered already", where=run_name(run.terms.run))
        if run.state is not RunState.FAILED:
            run.require_live()
        log.info(
            "event=declined run=%s provider=%s reason=%s", run.terms.run, caller, request.reason
        )
        text = f"{caller}: {error_of(request.reason).what}"
        failure = Failure(request.reason, text, caller)
        await asyncio.shield(self._endings.fail_with(run, failure))
        return matcher_pb2.DeclineWorkResponse()

    def _run(self, name: str, context: Context) -> tuple[LiveRun, AgencyId]:
        caller = self._callers.caller(context)
        return self._book.of_provider(run_in(name), caller), caller


def _work_item(run: LiveRun) -> matcher_pb2.WorkItem:
    terms = run.terms
    return matcher_pb2.WorkItem(
        run=run_name(terms.run),
        statement=envelope_message(terms.envelope),
        bundle=terms.bundle,
        requester_card=card_message(terms.signed_cards[terms.statement.requester]),
        evidence=run.evidence,
    )


async def _chunks(
    first: matcher_pb2.UploadChunksRequest,
    requests: AsyncIterator[matcher_pb2.UploadChunksRequest],
) -> AsyncIterator[Sequence[common_pb2.ColumnChunk]]:
    yield first.chunks
    async for request in requests:
        if request.run and request.run != first.run:
            raise InvalidMessage("all chunks of a stream belong to one run")
        yield request.chunks
