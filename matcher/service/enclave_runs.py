"""Runs that an enclave evaluates: opened when they begin, carried over when all is collected.

Rules:
 * Providers see a run only when the enclave's evidence is attached to it.
 * The enclave evaluates once. If the matcher stops meanwhile the run fails; it is never tried
   twice.
 * What ends any other way is closed in the enclave, so that its keys go.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from matcher.core.errors import FusumaError, ResultMismatch, SchemeRefused
from matcher.service.blobs import Area, BlobStore
from matcher.service.cells import write_cell
from matcher.service.enclave_link import EnclaveLink
from matcher.service.ending import Endings
from matcher.service.journal import Journal
from matcher.service.runs import LiveRun
from matcher.service.store import OutputRow, RunState


class EnclaveRuns:
    """Drives the enclave."""

    def __init__(
        self,
        link: EnclaveLink | None,
        blobs: BlobStore,
        journal: Journal,
        endings: Endings,
        clock: Callable[[], float],
    ) -> None:
        self._link = link
        self._blobs = blobs
        self._journal = journal
        self._endings = endings
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()
        endings.subscribe(self._forget)

    async def open(self, run: LiveRun) -> bool:
        """Open ``run``; return whether it is ready for providers now. A refusal fails the run."""
        try:
            evidence = await self._required().open_run(run.terms)
            await self._journal.call(self._journal.store.set_evidence, run.terms.run, evidence)
        except FusumaError as error:
            await self._endings.fail(run, error)
            return False
        ready = run.take_evidence(evidence)
        run.announce()
        return ready

    def begin(self, run: LiveRun) -> None:
        """Carry a collected run to the enclave and release what comes back."""
        task = asyncio.create_task(self._evaluate(run))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drain(self) -> None:
        """Give up what is in hand and close the connection."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._link is not None:
            await self._link.close()

    async def _evaluate(self, run: LiveRun) -> None:
        name, chunks = run.terms.run, run.terms.statement.chunks

        def keep(chunk: int, payload: bytes) -> None:
            if chunk >= chunks:
                raise ResultMismatch("the enclave gave more chunks than the run has")
            write_cell(self._blobs.cell(name, Area.OUTPUTS, 0, chunk), payload)

        try:
            await asyncio.to_thread(self._blobs.open_area, name, Area.OUTPUTS)
            started = self._clock()
            manifest, digests = await self._required().evaluate(run, self._blobs, keep)
            seconds = (self._clock() - started) / chunks
            for chunk, digest in digests.items():
                if run.take_output(0, chunk, digest, seconds):
                    self._journal.note_output(OutputRow(name, 0, chunk, digest, seconds))
            store = self._journal.store
            await self._journal.call(store.set_enclave_result, name, manifest)
            run.enclave_result = manifest
            await self._endings.release(run)
        except Exception as error:  # noqa: BLE001 - one run's trouble is not the server's
            await self._endings.fail(run, error)

    def _forget(self, run: LiveRun) -> None:
        if self._link is not None and run.terms.enclave and run.state is not RunState.SUCCEEDED:
            task = asyncio.create_task(self._link.close_run(run.terms.run))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _required(self) -> EnclaveLink:
        if self._link is None:
            raise SchemeRefused("this server has no enclave")
        return self._link
