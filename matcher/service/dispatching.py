"""Which output chunk is evaluated next, and by which job.

Rules:
 * Jobs in hand are bounded: work waits here, as numbers, not in pipes as bytes.
 * Runs take turns, so that a single case does not wait behind a whole city.
 * Under load a job takes several chunks, to spend less on handing over; a small run is spread over
   all workers.
 * An error of a run's own data ends that run, never the server.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Iterable

from matcher.core.errors import ObjectMissing
from matcher.core.identifiers import RunId
from matcher.service.blobs import Area, BlobStore
from matcher.service.ending import Endings
from matcher.service.evaluation import EvaluationJob, KeyFile, KeyFiles, StoredColumn
from matcher.service.journal import Journal
from matcher.service.runs import Due, LiveRun
from matcher.service.store import ObjectKind, ObjectRow, OutputRow
from matcher.service.workers import EvaluationPool

_JOBS_PER_WORKER = 2
_LARGEST_BATCH = 8

log = logging.getLogger(__name__)


class Dispatcher:
    """Hands due output chunks to the workers and notes what comes back."""

    def __init__(
        self, pool: EvaluationPool, blobs: BlobStore, journal: Journal, endings: Endings
    ) -> None:
        self._pool = pool
        self._blobs = blobs
        self._journal = journal
        self._endings = endings
        self._waiting: OrderedDict[RunId, tuple[LiveRun, deque[Due]]] = OrderedDict()
        self._jobs: set[asyncio.Task[None]] = set()

    def offer(self, run: LiveRun, due: Iterable[Due]) -> None:
        """Queue output chunks of ``run`` for evaluation."""
        due = tuple(due)
        if not due:
            return
        if run.terms.run not in self._waiting:
            self._waiting[run.terms.run] = (run, deque())
        self._waiting[run.terms.run][1].extend(due)
        self._pump()

    async def check_keys(self, run: LiveRun) -> None:
        """Check the keys of ``run`` in a worker, and make room for its outputs.

        Raises:
            InvalidKey: the public key is not the prescribed one, or cannot protect anything.
        """
        await asyncio.to_thread(self._blobs.open_area, run.terms.run, Area.OUTPUTS)
        await self._pool.check_keys(self._keys(run))

    async def drain(self) -> None:
        """Drop what waits and wait for the jobs in hand."""
        self._waiting.clear()
        while self._jobs:
            await asyncio.gather(*self._jobs)

    def _pump(self) -> None:
        while self._waiting and len(self._jobs) < self._pool.workers * _JOBS_PER_WORKER:
            name, (run, due) = self._waiting.popitem(last=False)
            if run.state.final:
                continue
            share = len(due) // (self._pool.workers * _JOBS_PER_WORKER)
            size = min(len(due), max(1, min(share, _LARGEST_BATCH)))
            batch = [due.popleft() for _ in range(size)]
            if due:
                self._waiting[name] = (run, due)
            job = asyncio.create_task(self._work(run, batch))
            self._jobs.add(job)
            job.add_done_callback(self._done)

    def _done(self, job: asyncio.Task[None]) -> None:
        self._jobs.discard(job)
        self._pump()

    async def _work(self, run: LiveRun, batch: list[Due]) -> None:
        try:
            await self._evaluate(run, batch)
            if run.releasable:
                await self._endings.release(run)
        except FileNotFoundError:
            # The run ended and its files went while the job was waiting.
            if not run.state.final:
                await self._endings.fail(run, ObjectMissing("a stored chunk is gone"))
        except Exception as error:  # noqa: BLE001 - one run's trouble is not the server's
            await self._endings.fail(run, error)

    async def _evaluate(self, run: LiveRun, batch: list[Due]) -> None:
        results = await self._pool.evaluate([self._job(run, due) for due in batch])
        for due, done in zip(batch, results, strict=True):
            if run.take_output(due.output, due.chunk, done.digest, done.seconds):
                self._journal.note_output(
                    OutputRow(run.terms.run, due.output, due.chunk, done.digest, done.seconds)
                )
        run.announce()

    def _job(self, run: LiveRun, due: Due) -> EvaluationJob:
        name = run.terms.run
        return EvaluationJob(
            self._keys(run),
            due.output,
            {
                column: StoredColumn(
                    self._blobs.cell(name, Area.INPUTS, column, due.chunk),
                    run.columns.receipt(column, due.chunk).digest,
                )
                for column in run.terms.columns_needed[due.output]
            },
            self._blobs.cell(name, Area.OUTPUTS, due.output, due.chunk),
        )

    def _keys(self, run: LiveRun) -> KeyFiles:
        name = run.terms.run
        public = run.objects.require(ObjectKind.PUBLIC_KEY, None)
        evaluation = run.objects.get(ObjectKind.EVALUATION_KEY, None)
        return KeyFiles(
            run=name,
            parameters=run.terms.statement.parameters,
            nonce=run.terms.statement.nonce,
            public_key=self._key(run, public),
            evaluation_key=None if evaluation is None else self._key(run, evaluation),
            circuits=run.terms.plan.circuits,
        )

    def _key(self, run: LiveRun, row: ObjectRow) -> KeyFile:
        return KeyFile(self._blobs.locate(run.terms.run, Area.INPUTS, row.digest), row.digest)
