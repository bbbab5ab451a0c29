"""Verifies a run's result, piece by piece as it arrives, and only then opens it.

The matcher that relays a result is not trusted with it: everything it sends is checked against what
the requester itself signed, against the agencies' cards, and against canaries.

Rules:
 * A chunk is opened only after its digest has been found in the verified manifests. The holder of a
   key must never open bytes that somebody else chose.
 * Decisions leave this module only when every chunk of every output has passed.
 * An error names a step, a provider or a chunk, never a slot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clients.attestation.appraisal import Appraisal
from clients.requester.keys import Opener
from matcher.core.binding import Domain, sha256
from matcher.core.controls import ChunkControls, expected
from matcher.core.errors import DigestMismatch, ResultMismatch
from matcher.core.identifiers import AgencyId, Digest
from matcher.core.plan import Plan
from matcher.core.statement import RunStatement
from matcher.identity.card import Card
from matcher.identity.envelope import Envelope, open_envelope
from matcher.wire.manifest import (
    ResultManifest,
    decode_column_manifest,
    decode_result_manifest,
)


@dataclass(frozen=True, slots=True, eq=False)
class Expectation:
    """What the requester knows about its run before any result arrives.

    Attributes:
        plan: compiled by the requester.
        statement: as signed.
        statement_digest: of the statement's payload.
        controls: control slots, chunk by chunk.
        matcher: verified card of the matcher.
        providers: verified cards of the providers.
        appraisal: of the enclave; None for homomorphic schemes.
    """

    plan: Plan
    statement: RunStatement
    statement_digest: Digest
    controls: tuple[ChunkControls, ...]
    matcher: Card
    providers: Mapping[AgencyId, Card]
    appraisal: Appraisal | None


class ResultVerification:
    """Takes a result apart in the order in which it may be believed.

    1. The matcher signed a manifest of this run, for exactly the plan's outputs and chunks.
    2. An appraised enclave signed the same outputs, made from the same inputs (enclave runs only).
    3. Every provider signed a manifest of this run with exactly the plan's columns and chunks, and
       the result was made from these manifests.
    4. Every output chunk is the one in the manifest, arrives once, and only after 1 to 3.
    5. It can be opened with this run's key.
    6. The canaries and padding of every chunk came back as prescribed.
    7. Nothing is missing.
    """

    def __init__(self, expectation: Expectation, opener: Opener) -> None:
        self._expected = expectation
        self._opener = opener
        self._manifest: ResultManifest | None = None
        self._enclave_signed = expectation.appraisal is None
        self._numbers = {
            provider.agency: place for place, provider in enumerate(expectation.statement.providers)
        }
        self._inputs_missing = set(self._numbers)
        self._opened: dict[int, dict[int, NDArray[np.uint64]]] = {}
        self._decisions: dict[int, NDArray[np.uint8]] = {}

    def take_manifest(self, envelope: Envelope) -> None:
        """Take the matcher's signed result manifest, which comes first.

        Raises:
            Unauthentic: it is not the matcher's, not of this run, or not of this plan.
        """
        # 1. The matcher signed a manifest of this run, for exactly the plan's outputs and chunks.
        if self._manifest is not None:
            raise ResultMismatch("the result has two manifests")
        payload = open_envelope(Domain.RESULT_MANIFEST, envelope, self._expected.matcher)
        self._manifest = self._checked(decode_result_manifest(payload))

    def take_enclave_manifest(self, envelope: Envelope) -> None:
        """Take the enclave's signed result manifest.

        Raises:
            Unauthentic: it is not the appraised enclave's, or differs from the matcher's.
        """
        # 2. An appraised enclave signed the same outputs, made from the same inputs.
        appraisal = self._expected.appraisal
        if appraisal is None or self._enclave_signed:
            raise ResultMismatch("the result has an enclave manifest that nobody asked for")
        signed = self._checked(decode_result_manifest(appraisal.open_result(envelope)))
        manifest = self._known_manifest()
        if (signed.outputs, signed.input_manifest_digests) != (
            manifest.outputs,
            manifest.input_manifest_digests,
        ):
            raise ResultMismatch("the matcher's manifest differs from the enclave's")
        self._enclave_signed = True

    def take_column_manifest(self, envelope: Envelope) -> None:
        """Take one provider's signed manifest.

        Raises:
            Unauthentic: it is not a provider's of this run, or the result was made from another.
        """
        # 3. Every provider signed a manifest of this run with exactly the plan's columns and
        #    chunks, and the result was made from these manifests.
        provider = envelope.signer
        if provider not in self._inputs_missing:
            raise ResultMismatch("a column manifest is of no provider of this run, or comes twice")
        payload = open_envelope(
            Domain.COLUMN_MANIFEST, envelope, self._expected.providers[provider]
        )
        place = self._numbers[provider]
        own = self._expected.plan.columns_of(*self._expected.statement.place_of(provider))
        decode_column_manifest(payload).check(
            self._expected.statement_digest,
            provider,
            [column.index for column in own],
            self._expected.statement.chunks,
        )
        if sha256(payload) != self._known_manifest().input_manifest_digests[place]:
            raise ResultMismatch(
                "the result was made from other columns than those signed by it", where=provider
            )
        self._inputs_missing.remove(provider)

    def take_output(self, output: int, chunk: int, payload: bytes) -> None:
        """Take one chunk of one output, open it, and check its canaries when it is complete.

        Raises:
            Unauthentic: it is not in the manifests, cannot be opened, or its canaries are wrong.
        """
        # 4. Every output chunk is the one in the manifest, arrives once, and only after 1 to 3.
        manifest = self._known_manifest()
        if not self._enclave_signed or self._inputs_missing:
            raise ResultMismatch("an output arrives before all its manifests")
        if output not in manifest.outputs or not 0 <= chunk < self._expected.statement.chunks:
            raise ResultMismatch("an output chunk belongs to no output or chunk of this run")
        opened = self._opened.setdefault(chunk, {})
        if output in opened or chunk in self._decisions:
            raise ResultMismatch("an output chunk arrives twice", where=f"chunk {chunk}")
        if sha256(payload) != manifest.digest_of(output, chunk):
            raise DigestMismatch("an output is not the one in the manifest", where=f"chunk {chunk}")
        # 5. It can be opened with this run's key.
        opened[output] = self._opener.open(chunk, payload)
        if len(opened) == len(manifest.outputs):
            del self._opened[chunk]
            decisions = self._opener.decide([opened[number] for number in sorted(opened)])
            self._check_controls(chunk, decisions)
            self._decisions[chunk] = decisions

    def finish(self) -> NDArray[np.uint8]:
        """Return the decisions of all slots, shape (chunks * chunk_slots,).

        Raises:
            ResultMismatch: something is missing.
        """
        # 7. Nothing is missing.
        missing = set(range(self._expected.statement.chunks)) - set(self._decisions)
        if missing:
            raise ResultMismatch("the result is incomplete", where=f"chunk {min(missing)}")
        return np.concatenate([self._decisions[chunk] for chunk in sorted(self._decisions)])

    def _check_controls(self, chunk: int, decisions: NDArray[np.uint8]) -> None:
        # 6. The canaries and padding of every chunk came back as prescribed.
        controls = self._expected.controls[chunk]
        if not np.array_equal(decisions[controls.slots], expected(self._expected.plan, controls)):
            raise ResultMismatch(
                "the canaries came back wrong: somebody computed something else than the plan",
                where=f"chunk {chunk}",
                fix="discard the run, and have the matcher and the agencies look into it",
            )

    def _checked(self, manifest: ResultManifest) -> ResultManifest:
        providers = self._expected.statement.providers
        if len(manifest.input_manifest_digests) != len(providers):
            raise ResultMismatch("the result was made from more or fewer inputs than providers")
        manifest.check(
            self._expected.statement_digest,
            manifest.input_manifest_digests,
            [output.index for output in self._expected.plan.outputs],
            self._expected.statement.chunks,
        )
        return manifest

    def _known_manifest(self) -> ResultManifest:
        if self._manifest is None:
            raise ResultMismatch("the result does not begin with its manifest")
        return self._manifest
