"""Takes up, after a restart, the runs that had not ended.

Rules:
 * What the store knows and the blobs still hold is as good as before, if it is authentic:
   statement, cards and manifests are verified again. A chunk whose blob was lost in a crash is
   forgotten and uploaded again.
 * A run fails where going on would need a second version of something: a lost chunk that a
   manifest already lists or an output was made from, a lost output, an enclave that was at work.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection

from matcher.core.binding import sha256
from matcher.core.errors import FusumaError, ObjectMissing
from matcher.core.identifiers import AgencyId, Digest
from matcher.service.admission import Admission
from matcher.service.blobs import Area, BlobStore
from matcher.service.book import RunBook
from matcher.service.cards import Cards
from matcher.service.cells import Cell, read_cell
from matcher.service.dispatching import Dispatcher
from matcher.service.enclave_runs import EnclaveRuns
from matcher.service.ending import Endings
from matcher.service.intake import Intake
from matcher.service.journal import Journal
from matcher.service.runs import LiveRun
from matcher.service.store import Ending, Failure, RunRecord, RunState
from matcher.wire.status import public_failure

log = logging.getLogger(__name__)


class Resumption:
    """Rebuilds live runs from the store."""

    def __init__(
        self,
        *,
        admission: Admission,
        cards: Cards,
        book: RunBook,
        journal: Journal,
        blobs: BlobStore,
        dispatcher: Dispatcher,
        enclave: EnclaveRuns,
        intake: Intake,
        endings: Endings,
        clock: Callable[[], float],
    ) -> None:
        self._admission = admission
        self._cards = cards
        self._book = book
        self._journal = journal
        self._blobs = blobs
        self._dispatcher = dispatcher
        self._enclave = enclave
        self._intake = intake
        self._endings = endings
        self._clock = clock

    async def resume(self) -> int:
        """Take up all live runs; return how many go on."""
        records = await self._journal.call(self._journal.store.live_runs)
        resumed = [await self._resume_one(record) for record in records]
        return sum(resumed)

    async def _resume_one(self, record: RunRecord) -> bool:
        try:
            run = await self._rebuilt(record)
        except FusumaError as error:
            await self._give_up(record, error)
            return False
        self._book.keep(run)
        try:
            await self._go_on(run)
        except FusumaError as error:
            await self._endings.fail(run, error)
        log.info("event=run_resumed run=%s state=%s", record.run, run.state.value)
        return not run.state.final

    async def _rebuilt(self, record: RunRecord) -> LiveRun:
        store = self._journal.store
        cards = await self._journal.call(store.cards_of, record.run)
        terms = await asyncio.to_thread(
            self._admission.restore, record.statement, record.bundle, cards, self._cards.verify
        )
        run = LiveRun(terms, record.created_at)
        run.evidence = record.evidence
        run.enclave_result = record.enclave_result
        for row in await self._journal.call(store.objects_of, record.run):
            if await asyncio.to_thread(self._blobs.holds, record.run, Area.INPUTS, row.digest):
                run.take_object(row)
        manifests = await self._journal.call(store.manifests_of, record.run)
        await self._take_chunks(run, record, manifests.keys())
        for provider, envelope in manifests.items():
            run.take_manifest(run.terms.open_manifest(provider, envelope), envelope)
        for output in await self._journal.call(store.outputs_of, record.run):
            cell = self._blobs.cell(record.run, Area.OUTPUTS, output.output, output.chunk)
            if not await asyncio.to_thread(_holds, cell, output.digest):
                raise ObjectMissing("an output was lost in a crash", where=f"runs/{record.run}")
            inputs = run.terms.columns_needed.get(output.output, ())
            if any(run.columns.digest(column, output.chunk) is None for column in inputs):
                # Uploaded again it would be another version than the output was made from.
                raise ObjectMissing("a chunk was lost in a crash", where=f"runs/{record.run}")
            run.take_output(output.output, output.chunk, output.digest, output.seconds)
        return run

    async def _take_chunks(
        self, run: LiveRun, record: RunRecord, closed: Collection[AgencyId]
    ) -> None:
        lost: list[tuple[int, int]] = []
        for row in await self._journal.call(self._journal.store.chunks_of, record.run):
            cell = self._blobs.cell(record.run, Area.INPUTS, row.column, row.chunk)
            if await asyncio.to_thread(_holds, cell, row.digest):
                run.take_chunk(row.column, row.chunk, row.digest, row.signature)
            else:
                lost.append((row.column, row.chunk))
        columns_closed = {column for agency in closed for column in run.terms.columns[agency]}
        if any(column in columns_closed for column, _ in lost):
            raise ObjectMissing("a chunk was lost in a crash", where=f"runs/{record.run}")
        if lost:
            await self._journal.call(self._journal.store.forget_chunks, record.run, lost)

    async def _go_on(self, run: LiveRun) -> None:
        if run.terms.enclave:
            if not run.evidence:
                await self._enclave.open(run)
        elif run.objects.keys_there:
            await self._intake.check_keys(run)
            self._dispatcher.offer(run, run.due())
        await self._intake.proceed(run)

    async def _give_up(self, record: RunRecord, error: FusumaError) -> None:
        reason, text = public_failure(error)
        ending = Ending(RunState.FAILED, int(self._clock()), Failure(reason, text))
        await self._journal.call(self._journal.store.end_run, record.run, ending)
        log.warning("event=run_given_up run=%s reason=%s", record.run, reason)


def _holds(cell: Cell, digest: Digest) -> bool:
    try:
        return sha256(read_cell(cell)) == digest
    except (ObjectMissing, FileNotFoundError):
        return False
