"""How runs end: released, failed, cancelled or expired, and what is deleted then.

Rules:
 * One ending at a time and one for ever: the database knows it before anybody is told.
 * A result is released only when every manifest equals what was evaluated and every row of the run
   is committed.
 * Columns and rosters are deleted at once when a run ends; outputs too, unless it succeeded.
 * What a requester is told of a failure is the catalogue's reason and public text.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from matcher.core.binding import Domain, sha256
from matcher.core.errors import FusumaError, RunConflict
from matcher.core.identifiers import RunId
from matcher.identity.envelope import sign
from matcher.identity.identity import Identity
from matcher.service.blobs import Area, BlobStore
from matcher.service.journal import Journal
from matcher.service.runs import LiveRun
from matcher.service.store import Ending, Failure, RunState
from matcher.wire.manifest import ResultManifest, encode_result_manifest
from matcher.wire.status import public_failure

log = logging.getLogger(__name__)


class Endings:
    """Ends runs."""

    def __init__(
        self, identity: Identity, journal: Journal, blobs: BlobStore, clock: Callable[[], float]
    ) -> None:
        self._identity = identity
        self._journal = journal
        self._blobs = blobs
        self._clock = clock
        self._locks: dict[RunId, asyncio.Lock] = {}
        self._deletions: set[asyncio.Task[None]] = set()
        self._listeners: list[Callable[[LiveRun], None]] = []

    def subscribe(self, listener: Callable[[LiveRun], None]) -> None:
        """Have ``listener`` called with every run that has ended."""
        self._listeners.append(listener)

    async def release(self, run: LiveRun) -> None:
        """Release the result of ``run`` if everything is there; otherwise do nothing.

        A result that cannot be stored now (a full disk) stays releasable for the sweeper.
        """
        async with self._lock(run):
            if not run.releasable:
                return
            manifest = result_manifest(run, int(self._clock()))
            result = sign(
                Domain.RESULT_MANIFEST,
                encode_result_manifest(manifest),
                self._identity.signing_key,
                self._identity.agency,
            )
            try:
                await self._journal.settled()
                await self._end(run, Ending(RunState.SUCCEEDED, manifest.released_at, None, result))
            except Exception:
                log.exception("event=release_failed run=%s", run.terms.run)

    async def fail(self, run: LiveRun, error: BaseException) -> None:
        """End ``run`` as FAILED, with the public reason of ``error``."""
        reason, text = public_failure(error)
        if not isinstance(error, FusumaError):
            log.error("event=unexpected run=%s", run.terms.run, exc_info=error)
        await self.fail_with(run, Failure(reason, text))

    async def fail_with(self, run: LiveRun, failure: Failure) -> None:
        """End ``run`` as FAILED."""
        async with self._lock(run):
            await self._end(run, Ending(RunState.FAILED, int(self._clock()), failure))

    async def cancel(self, run: LiveRun) -> None:
        """End ``run`` as CANCELLED.

        Raises:
            RunConflict: it has ended otherwise.
        """
        async with self._lock(run):
            if run.state is RunState.CANCELLED:
                return
            if run.state.final:
                raise RunConflict("the run has ended", where=f"runs/{run.terms.run}")
            await self._end(run, Ending(RunState.CANCELLED, int(self._clock())))

    async def expire(self, run: LiveRun) -> None:
        """End ``run`` as EXPIRED."""
        async with self._lock(run):
            await self._end(run, Ending(RunState.EXPIRED, int(self._clock())))

    async def drain(self) -> None:
        """Wait for deletions in hand."""
        while self._deletions:
            await asyncio.gather(*self._deletions)

    def forget(self, run: RunId) -> None:
        """Drop what is kept for a run that ended some time ago."""
        self._locks.pop(run, None)

    async def _end(self, run: LiveRun, ending: Ending) -> None:
        if run.state.final:
            return
        await self._journal.call(self._journal.store.end_run, run.terms.run, ending)
        run.end(ending)
        log.info(
            "event=run_ended run=%s state=%s reason=%s chunks=%d outputs=%d seconds=%.3f",
            run.terms.run,
            ending.state.value,
            ending.failure.reason if ending.failure else "-",
            run.columns.count,
            run.outputs.count,
            run.evaluation_seconds,
        )
        for listener in self._listeners:
            listener(run)
        task = asyncio.create_task(self._delete(run, ending))
        self._deletions.add(task)
        task.add_done_callback(self._deletions.discard)

    async def _delete(self, run: LiveRun, ending: Ending) -> None:
        try:
            await asyncio.to_thread(self._blobs.empty, run.terms.run, Area.INPUTS)
            if ending.state is not RunState.SUCCEEDED:
                await asyncio.to_thread(self._blobs.empty, run.terms.run, Area.OUTPUTS)
        except OSError as error:
            # The sweeper comes again for what is left.
            log.warning("event=delete_failed run=%s errno=%s", run.terms.run, error.errno)

    def _lock(self, run: LiveRun) -> asyncio.Lock:
        return self._locks.setdefault(run.terms.run, asyncio.Lock())


def result_manifest(run: LiveRun, released_at: int) -> ResultManifest:
    """Return what the matcher signs when it releases ``run``."""
    terms = run.terms
    return ResultManifest(
        statement_digest=terms.digest,
        input_manifest_digests=tuple(
            sha256(run.manifests[provider].payload) for provider in terms.providers
        ),
        outputs={
            output.index: run.outputs.digests_of(output.index) for output in terms.plan.outputs
        },
        released_at=released_at,
        inclusion_proof=b"",
    )
