"""The Runs service: what a requester may do.

Rules:
 * Only a run's requester gets an answer about it (see ``book``).
 * A call that is cancelled changes nothing half: what ends, begins or is stored does so whole.
 * Results are streamed from files, chunk by chunk, whatever the size of the cohort.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress

from eligibility.v1 import matcher_pb2, matcher_pb2_grpc

from matcher.core.errors import (
    InvalidMessage,
    ObjectMissing,
    RunConflict,
    RunExpired,
    RunFailed,
    RunNotFound,
)
from matcher.core.identifiers import AgencyId, RunId
from matcher.identity.envelope import Envelope
from matcher.service.blobs import Area, BlobStore
from matcher.service.book import RunBook, record_of
from matcher.service.callers import Callers, Context
from matcher.service.cells import read_cell
from matcher.service.enclave_runs import EnclaveRuns
from matcher.service.ending import Endings
from matcher.service.intake import Intake
from matcher.service.journal import Journal
from matcher.service.messages import object_kind, run_message
from matcher.service.store import ObjectKind, ObjectRow, RunRecord, RunState
from matcher.service.work_board import WorkBoard
from matcher.wire.envelope import envelope_message, envelope_of
from matcher.wire.manifest import decode_result_manifest
from matcher.wire.message_size import PART_BYTES
from matcher.wire.names import run_in, run_name
from matcher.wire.parsing import agency_in, digest_in
from matcher.wire.statement import decode_statement

# Progress is told this often at most; the end is told at once.
_PROGRESS_SECONDS = 0.05


class RunsServicer(matcher_pb2_grpc.RunsServicer):
    """Begins, feeds, watches and ends runs, and gives out results."""

    def __init__(
        self,
        *,
        book: RunBook,
        intake: Intake,
        endings: Endings,
        enclave: EnclaveRuns,
        blobs: BlobStore,
        journal: Journal,
        board: WorkBoard,
        callers: Callers,
        clock: Callable[[], float],
    ) -> None:
        self._book = book
        self._intake = intake
        self._endings = endings
        self._enclave = enclave
        self._blobs = blobs
        self._journal = journal
        self._board = board
        self._callers = callers
        self._clock = clock

    async def CreateRun(  # noqa: N802
        self, request: matcher_pb2.CreateRunRequest, context: Context
    ) -> matcher_pb2.Run:
        """Check a statement and begin its run."""
        caller = self._callers.caller(context)
        envelope = envelope_of(request.statement, "statement")
        # As a whole: a run that was begun but not opened in its enclave would wait for ever.
        beginning = self._begin(
            caller, envelope, request.bundle, validate_only=request.validate_only
        )
        return run_message(await asyncio.shield(beginning))

    async def UploadObject(  # noqa: N802
        self,
        request_iterator: AsyncIterator[matcher_pb2.UploadObjectRequest],
        context: Context,
    ) -> matcher_pb2.UploadObjectResponse:
        """Store a key or a sealed roster."""
        caller = self._callers.caller(context)
        first = await anext(aiter(request_iterator), None)
        if first is None or first.WhichOneof("part") != "header":
            raise InvalidMessage("an upload begins with the object's header")
        name = run_in(first.header.run)
        run = self._book.of_requester(name, caller)
        if run is None:
            raise RunNotFound("there is no such run for this caller", where=run_name(name))
        row = _object_row(first.header)
        await self._intake.take_object(run, row, _object_data(request_iterator))
        return matcher_pb2.UploadObjectResponse()

    async def GetRun(  # noqa: N802
        self, request: matcher_pb2.GetRunRequest, context: Context
    ) -> matcher_pb2.Run:
        """Return a run as it stands."""
        caller = self._callers.caller(context)
        return run_message(await self._book.record(run_in(request.name), caller))

    async def WatchRun(  # noqa: N802
        self, request: matcher_pb2.WatchRunRequest, context: Context
    ) -> AsyncIterator[matcher_pb2.Run]:
        """Send a run now and after changes until it has ended."""
        caller = self._callers.caller(context)
        name = run_in(request.name)
        run = self._book.of_requester(name, caller)
        if run is None:
            yield run_message(await self._book.record(name, caller))
            return
        while True:
            changed = run.next_change
            final = run.state.final
            yield run_message(record_of(run))
            if final:
                return
            await changed.wait()
            with suppress(TimeoutError):
                await asyncio.wait_for(run.ended.wait(), _PROGRESS_SECONDS)

    async def CancelRun(  # noqa: N802
        self, request: matcher_pb2.CancelRunRequest, context: Context
    ) -> matcher_pb2.Run:
        """End a run."""
        caller = self._callers.caller(context)
        name = run_in(request.name)
        run = self._book.of_requester(name, caller)
        if run is not None:
            await asyncio.shield(self._endings.cancel(run))
            return run_message(record_of(run))
        record = await self._book.record(name, caller)
        if record.state is not RunState.CANCELLED:
            raise RunConflict("the run has ended", where=run_name(name))
        return run_message(record)

    async def FetchResults(  # noqa: N802
        self, request: matcher_pb2.FetchResultsRequest, context: Context
    ) -> AsyncIterator[matcher_pb2.FetchResultsResponse]:
        """Send the signed manifests, then every output, chunk by chunk."""
        caller = self._callers.caller(context)
        name = run_in(request.name)
        record = await self._book.record(name, caller)
        _require_results(record)
        async for response in self._manifests(record):
            yield response
        async for response in self._outputs(record):
            yield response
        await self._fetched(name)

    async def _begin(
        self, caller: AgencyId, envelope: Envelope, bundle: bytes, *, validate_only: bool
    ) -> RunRecord:
        created = await self._book.create(caller, envelope, bundle, validate_only=validate_only)
        run = created.begun
        if run is None:
            return created.record
        # Rosters that came meanwhile, after a repeated call, wait for the evidence.
        if run.terms.enclave and await self._enclave.open(run):
            self._board.offer(run)
        return record_of(run)

    async def _manifests(
        self, record: RunRecord
    ) -> AsyncIterator[matcher_pb2.FetchResultsResponse]:
        if record.result is None:
            raise ObjectMissing("the run has no result", where=run_name(record.run))
        yield matcher_pb2.FetchResultsResponse(manifest=envelope_message(record.result))
        if record.enclave_result is not None:
            yield matcher_pb2.FetchResultsResponse(
                enclave_manifest=envelope_message(record.enclave_result)
            )
        manifests = await self._journal.call(self._journal.store.manifests_of, record.run)
        for provider in decode_statement(record.statement.payload).providers:
            yield matcher_pb2.FetchResultsResponse(
                column_manifest=envelope_message(manifests[provider.agency])
            )

    async def _outputs(self, record: RunRecord) -> AsyncIterator[matcher_pb2.FetchResultsResponse]:
        if record.result is None:
            return
        manifest = decode_result_manifest(record.result.payload)
        places = [(output, chunk) for chunk in range(record.chunks) for output in manifest.outputs]
        while places:
            try:
                chunks = await asyncio.to_thread(self._next_outputs, record.run, places)
            except FileNotFoundError:
                place = run_name(record.run)
                raise RunExpired("the run's data is deleted", where=place) from None
            del places[: len(chunks)]
            yield matcher_pb2.FetchResultsResponse(outputs=matcher_pb2.OutputChunks(chunks=chunks))

    def _next_outputs(
        self, run: RunId, places: Sequence[tuple[int, int]]
    ) -> list[matcher_pb2.OutputChunk]:
        """Read the first of ``places``, and as many behind it as fit a message with it."""
        read: list[matcher_pb2.OutputChunk] = []
        room = 1
        for output, chunk in places:
            payload = read_cell(self._blobs.cell(run, Area.OUTPUTS, output, chunk))
            read.append(matcher_pb2.OutputChunk(output=output, chunk=chunk, payload=payload))
            # All outputs of a run are equally long.
            room = room if len(read) > 1 else max(1, PART_BYTES // len(payload))
            if len(read) >= room:
                break
        return read

    async def _fetched(self, name: RunId) -> None:
        now = int(self._clock())
        await self._journal.call(self._journal.store.mark_fetched, name, now)
        for run in self._book:
            if run.terms.run == name and run.fetched_at is None:
                run.fetched_at = now


def _object_row(header: matcher_pb2.ObjectHeader) -> ObjectRow:
    kind = object_kind(header.kind)
    if (kind is ObjectKind.ROSTER) != bool(header.provider):
        raise InvalidMessage("a roster, and nothing else, is for one provider")
    return ObjectRow(
        kind,
        agency_in(header.provider, "header.provider") if header.provider else None,
        digest_in(header.digest, "header.digest"),
        header.size,
    )


async def _object_data(
    requests: AsyncIterator[matcher_pb2.UploadObjectRequest],
) -> AsyncIterator[bytes]:
    async for request in requests:
        if request.WhichOneof("part") != "data":
            raise InvalidMessage("an object has one header, then data")
        yield request.data


def _require_results(record: RunRecord) -> None:
    place = run_name(record.run)
    match record.state:
        case RunState.SUCCEEDED if record.outputs_deleted_at is None:
            return
        case RunState.SUCCEEDED | RunState.EXPIRED:
            raise RunExpired("the run's data is deleted", where=place, fix="start a new run")
        case RunState.FAILED:
            raise RunFailed("the run ended without a decision", where=place)
        case RunState.CANCELLED:
            raise RunConflict("the run was cancelled", where=place)
        case _:
            raise RunConflict("the run has not ended yet", where=place, fix="watch it")
