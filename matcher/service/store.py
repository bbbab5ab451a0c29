"""What the matcher remembers of runs, and the port through which it remembers.

Nothing here does I/O. Rows hold digests, signatures, counts and signed payloads; ciphertexts and
rosters are blobs, and no row ever names a person.

Rules:
 * A row, once written, is never changed into another one: an object, a chunk, a manifest and an
   output have one version for ever.
 * Rows of chunks and outputs are appended in the order in which things happened, in one
   transaction a batch, so that after a crash no output is known whose chunks are not.
 * A run id and a nonce are used once, also after the run has ended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from matcher.core.identifiers import AgencyId, Digest, RunId
from matcher.identity.envelope import Envelope


class RunState(StrEnum):
    """Where a run stands; the last four are final."""

    COLLECTING = "collecting"
    EVALUATING = "evaluating"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def final(self) -> bool:
        """Whether the run has ended."""
        return self not in (RunState.COLLECTING, RunState.EVALUATING)


class ObjectKind(StrEnum):
    """What a requester uploads beside the statement."""

    PUBLIC_KEY = "public-key"
    EVALUATION_KEY = "evaluation-key"
    ROSTER = "roster"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run failed: a reason of the error catalogue and its public text.

    Attributes:
        party: the provider that declined the run; None where it failed otherwise.
    """

    reason: str
    text: str
    party: AgencyId | None = None


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as the store knows it.

    Attributes:
        bundle: the programme bundle, canonical JSON.
        outputs: outputs of the plan; each has one blob a chunk.
        chunks_expected: chunk payloads of all columns together.
        evidence: the enclave's, empty for homomorphic runs and until it has opened the run.
        result: the matcher's signed result manifest, once released.
        enclave_result: the enclave's, for its runs.
        created_at: Unix seconds, as are all other times.
        fetched_at: when the requester had fetched everything for the first time.
        outputs_deleted_at: when the outputs were deleted.
        awaited: the providers that a live run waits for; not stored, as it follows from the rest.
    """

    run: RunId
    nonce: bytes
    requester: AgencyId
    statement: Envelope
    statement_digest: Digest
    bundle: bytes
    state: RunState
    chunks: int
    outputs: int
    chunks_expected: int
    chunks_received: int
    outputs_done: int
    evaluation_seconds: float
    created_at: int
    expires_at: int
    ended_at: int | None = None
    failure: Failure | None = None
    evidence: bytes = b""
    result: Envelope | None = None
    enclave_result: Envelope | None = None
    fetched_at: int | None = None
    outputs_deleted_at: int | None = None
    awaited: tuple[AgencyId, ...] = ()


@dataclass(frozen=True, slots=True)
class ObjectRow:
    """An uploaded object; ``provider`` is None for keys."""

    kind: ObjectKind
    provider: AgencyId | None
    digest: Digest
    size: int


@dataclass(frozen=True, slots=True)
class ChunkRow:
    """An accepted chunk of a column: the payload's digest and its provider's signature."""

    run: RunId
    column: int
    chunk: int
    digest: Digest
    signature: bytes


@dataclass(frozen=True, slots=True)
class OutputRow:
    """An evaluated chunk of an output and the seconds it took."""

    run: RunId
    output: int
    chunk: int
    digest: Digest
    seconds: float


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ends: a final state, and what goes with it."""

    state: RunState
    at: int
    failure: Failure | None = None
    result: Envelope | None = None


class RunStore(Protocol):
    """Durable memory of cards and runs. Calls may block; make them from one thread."""

    def put_card(self, agency: AgencyId, signed_card: bytes, at: int) -> None:
        """Remember the serialised ``SignedCard`` an agency registered last."""

    def card(self, agency: AgencyId) -> bytes | None:
        """Return the serialised ``SignedCard`` of ``agency``."""

    def create_run(self, record: RunRecord, cards: Mapping[AgencyId, bytes]) -> None:
        """Remember a new run with the cards it was admitted under.

        Raises:
            RunConflict: the run id or the nonce has been used before.
        """

    def find_run(self, run: RunId) -> RunRecord | None:
        """Return a run, live or ended."""

    def live_runs(self) -> tuple[RunRecord, ...]:
        """Return the runs that have not ended, oldest first."""

    def cards_of(self, run: RunId) -> Mapping[AgencyId, bytes]:
        """Return the cards ``run`` was admitted under."""

    def set_evidence(self, run: RunId, evidence: bytes) -> None:
        """Remember the enclave's evidence for ``run``."""

    def set_evaluating(self, run: RunId) -> None:
        """Remember that all inputs of ``run`` are there."""

    def add_object(self, run: RunId, row: ObjectRow) -> None:
        """Remember an uploaded object; the same row again changes nothing."""

    def objects_of(self, run: RunId) -> tuple[ObjectRow, ...]:
        """Return the objects of ``run``."""

    def append(self, chunks: Sequence[ChunkRow], outputs: Sequence[OutputRow]) -> None:
        """Remember chunks and outputs in one transaction.

        Raises:
            ChunkConflict: one of them exists with another digest; nothing is remembered.
        """

    def forget_chunks(self, run: RunId, chunks: Sequence[tuple[int, int]]) -> None:
        """Forget (column, chunk) pairs whose blobs were lost in a crash."""

    def chunks_of(self, run: RunId) -> tuple[ChunkRow, ...]:
        """Return the chunks of ``run``, by column and chunk."""

    def outputs_of(self, run: RunId) -> tuple[OutputRow, ...]:
        """Return the outputs of ``run``, by output and chunk."""

    def set_enclave_result(self, run: RunId, manifest: Envelope) -> None:
        """Remember the enclave's signed result manifest for ``run``."""

    def add_manifest(self, run: RunId, provider: AgencyId, manifest: Envelope) -> None:
        """Remember a provider's signed column manifest."""

    def manifests_of(self, run: RunId) -> Mapping[AgencyId, Envelope]:
        """Return the column manifests of ``run`` by provider."""

    def end_run(self, run: RunId, ending: Ending) -> None:
        """End ``run``, once: a run that has ended stays as it is."""

    def mark_fetched(self, run: RunId, at: int) -> None:
        """Remember the first complete fetch of the results."""

    def mark_outputs_deleted(self, run: RunId, at: int) -> None:
        """Remember that the outputs are gone."""

    def runs_with_outputs(self) -> tuple[RunRecord, ...]:
        """Return the ended runs whose outputs have not been deleted."""

    def close(self) -> None:
        """Release the database."""
