"""Takes one run's manifests and chunks and gives its sealed decisions, once.

HPKE does not say who sealed a chunk, so that every chunk must carry its provider's signature, and
every provider must have committed to all of its chunks before the first one is opened.

Rules:
 * All manifests come first. Chunks may then come in any order, each exactly once.
 * A chunk is opened only after its place, digest and signature have been checked.
 * Nobody is decided on unless the agencies agree about who is where (``presence``).
 * Decisions leave only when every chunk is there, sealed to the result key of the statement.
 * After the first failure nothing more is taken and nothing is released.
 * Plaintext is held for incomplete chunks only, packed, and only as much as the limits allow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from enclave_sim.program.opening import CheckedRun
from enclave_sim.program.pending import PendingChunks
from matcher.core.binding import Domain, column_seal_info, sha256, verdict_seal_info
from matcher.core.errors import (
    ChunkConflict,
    DigestMismatch,
    ForeignChunk,
    InvalidCard,
    InvalidMessage,
    ObjectMissing,
    RunConflict,
    RunExpired,
)
from matcher.core.identifiers import AgencyId, Digest
from matcher.core.plan import evaluate_answers
from matcher.core.presence import check_presence
from matcher.core.values import unpack_values
from matcher.identity.envelope import Envelope, open_envelope, sign, verify_chunk
from matcher.identity.keys import SealingKey, SigningKey
from matcher.identity.sealing import seal, unseal
from matcher.wire.evidence import ENCLAVE_SIGNER
from matcher.wire.manifest import (
    ColumnManifest,
    ResultManifest,
    decode_column_manifest,
    encode_result_manifest,
)


@dataclass(frozen=True, slots=True)
class RunKeys:
    """The keys of one run; they die with it."""

    sealing: SealingKey
    result_signing: SigningKey


@dataclass(frozen=True, slots=True)
class Result:
    """What leaves the enclave.

    Attributes:
        manifest: signed ResultManifest over ``verdicts``.
        verdicts: sealed decisions, one byte a slot, chunk after chunk.
    """

    manifest: Envelope
    verdicts: tuple[bytes, ...]


class Evaluation:
    """The one evaluation of one run; not for several threads at a time.

    Args:
        run: as checked when it was opened.
        keys: of this run alone.
        clock: Unix seconds.
        pending_bytes: most bytes of values of chunks of which some columns have arrived and others
            not.
    """

    def __init__(
        self, run: CheckedRun, keys: RunKeys, clock: Callable[[], int], pending_bytes: int
    ) -> None:
        self._run = run
        self._keys = keys
        self._clock = clock
        self._pending = PendingChunks(len(run.plan.columns), pending_bytes)
        self._manifests: dict[AgencyId, ColumnManifest] = {}
        self._manifest_digests: dict[AgencyId, Digest] = {}
        self._seen: set[tuple[int, int]] = set()
        self._sealed: dict[int, bytes] = {}
        self._over = False

    def add_manifest(self, envelope: Envelope) -> None:
        """Take the commitment of one provider to all of its chunks.

        Raises:
            InvalidCard, InvalidSignature, InvalidMessage, StatementMismatch: it is not that of a
                provider for this run.
            RunConflict: it comes twice, or too late.
        """
        with self._step():
            if self._seen:
                raise RunConflict("a manifest comes after the first chunk")
            card = self._run.cards.get(envelope.signer)
            if card is None:
                raise InvalidCard("a manifest is signed by nobody who provides in this run")
            payload = open_envelope(Domain.COLUMN_MANIFEST, envelope, card)
            if card.agency in self._manifests:
                raise RunConflict("a provider sends two manifests", where=card.agency)
            manifest = decode_column_manifest(payload)
            manifest.check(
                self._run.digest,
                card.agency,
                self._run.columns_of(card.agency),
                self._run.statement.chunks,
            )
            self._manifests[card.agency] = manifest
            self._manifest_digests[card.agency] = sha256(payload)

    def add_chunk(self, column: int, chunk: int, payload: bytes, signature: bytes) -> None:
        """Take one sealed chunk of one column.

        1. Every provider has sent its manifest.
        2. The chunk's place exists and is empty.
        3. The payload has the digest its provider committed to.
        4. The provider has signed it for this place.
        5. It opens under the run's key, and holds one answer of its question a slot.
        6. With the chunk's last column, the agencies agree about who is where.

        Raises:
            RunConflict, ForeignChunk, ChunkConflict, DigestMismatch, InvalidSignature,
                DecryptionRefused, InvalidMessage, StatementMismatch: the step that failed.
            QuotaExceeded: the values of incomplete chunks take too much.
        """
        with self._step():
            # 1. Every provider has sent its manifest.
            if len(self._manifests) < len(self._run.cards):
                raise RunConflict("a chunk comes before the last manifest")
            # 2. The chunk's place exists and is empty.
            self._take_place(column, chunk)
            # 3. The payload has the digest its provider committed to.
            provider = self._run.senders[column]
            digest = sha256(payload)
            if digest != self._manifests[provider].digest_of(column, chunk):
                raise DigestMismatch(
                    "a chunk is not the one its provider committed to", where=_place(column, chunk)
                )
            # 4. The provider has signed it for this place.
            verify_chunk(
                self._run.cards[provider],
                self._run.digest,
                signature,
                column=column,
                chunk=chunk,
                payload=digest,
            )
            # 5. It opens under the run's key, and holds one answer of its question a slot.
            self._pending.add(chunk, column, self._open(provider, column, chunk, payload))
            # 6. With the chunk's last column, the agencies agree about who is where.
            complete = self._pending.take_complete(chunk)
            if complete is not None:
                self._decide(chunk, complete)

    def finish(self) -> Result:
        """Release the sealed decisions of all chunks.

        Raises:
            ObjectMissing: chunks are missing.
        """
        with self._step():
            missing = self._run.statement.chunks - len(self._sealed)
            if missing:
                raise ObjectMissing(f"{missing} chunks are incomplete")
            verdicts = tuple(self._sealed[chunk] for chunk in range(len(self._sealed)))
            result = Result(self._manifest_over(verdicts), verdicts)
        self._end()
        return result

    @contextmanager
    def _step(self) -> Iterator[None]:
        """Carry out one step of an evaluation that has not ended; end it where the step fails."""
        if self._over:
            raise RunConflict("the evaluation is over")
        if self._clock() >= self._run.statement.expires_at:
            self._end()
            raise RunExpired("the statement has expired")
        try:
            yield
        except BaseException:
            self._end()
            raise

    def _end(self) -> None:
        self._over = True
        self._pending.clear()
        self._sealed.clear()

    def _take_place(self, column: int, chunk: int) -> None:
        place = _place(column, chunk)
        if column >= len(self._run.plan.columns) or chunk >= self._run.statement.chunks:
            raise ForeignChunk("the run has no such chunk", where=place)
        if (column, chunk) in self._seen:
            raise ChunkConflict("a chunk comes twice", where=place)
        self._seen.add((column, chunk))

    def _open(self, provider: AgencyId, column: int, chunk: int, payload: bytes) -> bytes:
        result_key = self._run.statement.result_key
        info = column_seal_info(self._run.digest, provider, column, chunk, result_key)
        values = unseal(self._keys.sealing, info, payload)
        self._unpack(column, values)
        return values

    def _unpack(self, column: int, values: bytes) -> NDArray[np.int32]:
        plan = self._run.plan
        question = plan.questions[plan.columns[column].question]
        if question.attribute is None:
            raise InvalidMessage("a column of an enclave run carries an attribute's values")
        elsewhere = question.elsewhere is not None
        return unpack_values(question.attribute, values, plan.chunk_slots, elsewhere=elsewhere)

    def _decide(self, chunk: int, values: Mapping[int, bytes]) -> None:
        plan = self._run.plan
        answers = [
            self._unpack(question.columns[0], values[question.columns[0]])
            for question in plan.questions
        ]
        check_presence(plan, answers)
        # Sealed at once, so that plain decisions of a whole cohort are never in memory together.
        self._sealed[chunk] = seal(
            self._run.statement.result_key,
            verdict_seal_info(self._run.digest, chunk),
            evaluate_answers(plan, answers).tobytes(),
        )

    def _manifest_over(self, verdicts: tuple[bytes, ...]) -> Envelope:
        manifest = ResultManifest(
            statement_digest=self._run.digest,
            input_manifest_digests=tuple(
                self._manifest_digests[provider] for provider in self._run.providers
            ),
            outputs={0: b"".join(sha256(sealed) for sealed in verdicts)},
            released_at=self._clock(),
        )
        return sign(
            Domain.ENCLAVE_RESULT,
            encode_result_manifest(manifest),
            self._keys.result_signing,
            ENCLAVE_SIGNER,
        )


def _place(column: int, chunk: int) -> str:
    return f"column {column}, chunk {chunk}"
