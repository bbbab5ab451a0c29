"""The state machine of one live run: what may happen next, and what has happened.

Nothing here does I/O or waits. Storing, evaluating and telling others is the conductor's; it asks
here first and reports here after.

States: COLLECTING → EVALUATING → SUCCEEDED | FAILED | CANCELLED | EXPIRED.

Rules:
 * Every step can be repeated: the same object, chunk, manifest or output again changes nothing.
 * A different version of something already accepted is refused; the run goes on with the first.
 * An output is due as soon as all columns it reads are there for its chunk, and once only.
 * A run ends once; whatever arrives afterwards finds it ended.
 * A manifest is taken only when it equals what was received, so that what a provider signs, what
   was evaluated and what is released are one and the same.
"""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from matcher.core.errors import (
    DigestMismatch,
    NotYours,
    ObjectMissing,
    RunConflict,
    RunExpired,
)
from matcher.core.identifiers import AgencyId, Digest
from matcher.identity.envelope import Envelope
from matcher.service.receipts import Receipts
from matcher.service.store import Ending, Failure, ObjectRow, RunState
from matcher.service.terms import RunTerms
from matcher.service.uploaded_objects import UploadedObjects
from matcher.wire.manifest import ColumnManifest


@dataclass(frozen=True, slots=True)
class Due:
    """An output chunk whose columns are all there."""

    output: int
    chunk: int


class LiveRun:
    """One run between admission and end."""

    def __init__(self, terms: RunTerms, created_at: int) -> None:
        chunks = terms.statement.chunks
        self.terms = terms
        self.created_at = created_at
        self.state = RunState.COLLECTING
        self.evidence = b""
        self.failure: Failure | None = None
        self.result: Envelope | None = None
        self.enclave_result: Envelope | None = None
        self.objects = UploadedObjects(terms)
        self.manifests: dict[AgencyId, Envelope] = {}
        self.columns = Receipts((c.index for c in terms.plan.columns), chunks, signed=True)
        self.outputs = Receipts((o.index for o in terms.plan.outputs), chunks, signed=False)
        self.evaluation_seconds = 0.0
        self.ended_at: int | None = None
        self.fetched_at: int | None = None
        self.outputs_deleted_at: int | None = None
        self._keys_checked = False
        self._claims: dict[tuple[int, int], asyncio.Event] = {}
        self.ended = asyncio.Event()
        self._changed = asyncio.Event()
        self._missing = {
            output: array("H", [len(columns)]) * chunks
            for output, columns in terms.columns_needed.items()
        }

    # --- Changes --------------------------------------------------------------------------------

    def announce(self) -> None:
        """Wake everybody who waits for a change."""
        self._changed.set()
        self._changed = asyncio.Event()

    @property
    def next_change(self) -> asyncio.Event:
        """What is set at the next change; take it before looking, or a change may be missed."""
        return self._changed

    # --- Objects and evidence -------------------------------------------------------------------

    def expect_object(self, row: ObjectRow) -> bool:
        """Return whether ``row`` is still wanted; False where it is there already.

        Raises:
            RunConflict, RunExpired: the run has ended.
            others: see ``UploadedObjects.expect``.
        """
        self.require_live()
        return self.objects.expect(row)

    def take_object(self, row: ObjectRow) -> bool:
        """Note that an object is there; return whether that made the run ready for providers."""
        self.require_live()
        return self.objects.take(row) and self.open_to_providers

    def take_key_check(self) -> bool:
        """Note that the keys are good; return whether that made the run ready for providers."""
        self._keys_checked = True
        return self.open_to_providers

    def take_evidence(self, evidence: bytes) -> bool:
        """Note the enclave's evidence; return whether that made the run ready for providers."""
        self.evidence = evidence
        return self.open_to_providers

    @property
    def open_to_providers(self) -> bool:
        """Whether everything a provider needs is there and the run waits for providers."""
        return (
            self.state is RunState.COLLECTING
            and self.objects.complete
            and (bool(self.evidence) if self.terms.enclave else self._keys_checked)
        )

    def awaits(self, provider: AgencyId) -> bool:
        """Whether the run waits for ``provider``."""
        return (
            provider in self.terms.columns
            and self.open_to_providers
            and provider not in self.manifests
        )

    @property
    def awaited(self) -> tuple[AgencyId, ...]:
        """The providers that the run waits for, in the statement's order."""
        return tuple(filter(self.awaits, self.terms.providers))

    # --- Columns --------------------------------------------------------------------------------

    def require_collecting(self) -> None:
        """Check that chunks may be sent.

        Raises:
            RunConflict: the run has ended, or has all it needs.
            ObjectMissing: objects of the run have not been uploaded yet.
        """
        self.require_live()
        if self.state is RunState.COLLECTING and not self.open_to_providers:
            raise ObjectMissing(
                "the run is not ready for providers yet",
                where=f"runs/{self.terms.run}",
                fix="wait for it to appear in WatchWork",
            )

    def claim(self, column: int, chunk: int) -> asyncio.Event | None:
        """Claim a cell for a chunk in hand; where it is claimed, return what is set on release."""
        held = self._claims.get((column, chunk))
        if held is None:
            self._claims[column, chunk] = asyncio.Event()
        return held

    def release(self, column: int, chunk: int) -> None:
        """Give a claimed cell up, after its chunk was noted or dropped."""
        self._claims.pop((column, chunk)).set()

    def take_chunk(
        self, column: int, chunk: int, digest: Digest, signature: bytes
    ) -> tuple[bool, tuple[Due, ...]]:
        """Note an authentic, stored chunk; return whether it is new, and what is due now.

        Raises:
            ChunkConflict: another version was accepted before.
            RunConflict: the run has ended.
        """
        self.require_live()
        if not self.columns.fill(column, chunk, digest, signature):
            return False, ()
        due = []
        for output in self.terms.outputs_of[column]:
            missing = self._missing[output]
            missing[chunk] -= 1
            if not missing[chunk]:
                due.append(Due(output, chunk))
        return True, tuple(due)

    def due(self) -> Iterator[Due]:
        """Yield all output chunks that can be evaluated and have not been; after a restart."""
        for chunk in range(self.terms.statement.chunks):
            for output, missing in self._missing.items():
                if not missing[chunk] and self.outputs.digest(output, chunk) is None:
                    yield Due(output, chunk)

    def check_manifest(self, manifest: ColumnManifest, envelope: Envelope) -> bool:
        """Return whether a provider's verified manifest is new; False where it is there already.

        Raises:
            RunConflict: the run has ended, or another manifest was accepted before.
            NotYours: the run does not ask this agency.
            ObjectMissing: chunks of the manifest have not arrived.
            DigestMismatch: it does not list what has arrived.
        """
        provider = manifest.provider
        place = f"runs/{self.terms.run}"
        if provider not in self.terms.columns:
            raise NotYours("the run does not ask this agency", where=place)
        held = self.manifests.get(provider)
        if held is not None:
            if held.payload != envelope.payload:
                raise RunConflict("another manifest was accepted before", where=place)
            return False
        self.require_live()
        columns = self.terms.columns[provider]
        if not all(map(self.columns.row_complete, columns)):
            raise ObjectMissing(
                "chunks of the manifest have not arrived",
                where=place,
                fix="list the chunks and upload what is missing",
            )
        if tuple(manifest.columns) != columns or any(
            manifest.columns[column] != self.columns.digests_of(column) for column in columns
        ):
            raise DigestMismatch("the manifest does not list what was uploaded", where=place)
        return True

    def take_manifest(self, manifest: ColumnManifest, envelope: Envelope) -> bool:
        """Note a manifest; return whether it is new. Raises what ``check_manifest`` raises."""
        if not self.check_manifest(manifest, envelope):
            return False
        self.manifests[manifest.provider] = envelope
        return True

    @property
    def collected(self) -> bool:
        """Whether all chunks and all manifests are there."""
        return self.columns.complete and len(self.manifests) == len(self.terms.columns)

    # --- Outputs and the end --------------------------------------------------------------------

    def begin_evaluating(self) -> bool:
        """Go on to EVALUATING where everything is collected; return whether that was new."""
        if self.state is RunState.COLLECTING and self.collected:
            self.state = RunState.EVALUATING
            return True
        return False

    def take_output(self, output: int, chunk: int, digest: Digest, seconds: float) -> bool:
        """Note an evaluated output chunk; return whether it is the first version.

        A later version is dropped: it was never released and never will be.
        """
        if self.state.final or self.outputs.digest(output, chunk) is not None:
            return False
        self.evaluation_seconds += seconds
        return self.outputs.fill(output, chunk, digest)

    @property
    def releasable(self) -> bool:
        """Whether every output is there and every manifest agrees with what was evaluated."""
        return (
            self.state is RunState.EVALUATING
            and self.outputs.complete
            and (self.enclave_result is not None or not self.terms.enclave)
        )

    def end(self, ending: Ending) -> bool:
        """End the run; return False where it had ended before."""
        if self.state.final:
            return False
        self.state = ending.state
        self.ended_at = ending.at
        self.failure = ending.failure
        self.result = ending.result
        self.ended.set()
        self.announce()
        return True

    def require_live(self) -> None:
        """Check that the run has not ended.

        Raises:
            RunExpired: its time is over.
            RunConflict: it has ended otherwise.
        """
        place = f"runs/{self.terms.run}"
        if self.state is RunState.EXPIRED:
            raise RunExpired("the run's time is over", where=place, fix="start a new run")
        if self.state.final:
            raise RunConflict(f"the run has {_ENDED[self.state]}", where=place)


_ENDED = {
    RunState.SUCCEEDED: "succeeded already",
    RunState.FAILED: "failed",
    RunState.CANCELLED: "been cancelled",
}
