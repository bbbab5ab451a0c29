"""A run's result as a matcher would release it, made here from real ciphertexts and keys.

Every piece can be made wrong on purpose, so that a test can show that it is refused.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clients.attestation.appraisal import Appraisal
from clients.requester.keys import Opener
from clients.requester.results import Expectation, ResultVerification
from clients.schemes.bgv import BgvEncryptor
from matcher.core.binding import Domain, sha256, verdict_seal_info
from matcher.core.identifiers import AgencyId
from matcher.core.plan import encode_answers, evaluate_answers
from matcher.identity.card import Card, verify_card
from matcher.identity.envelope import Envelope, sign
from matcher.identity.identity import Identity
from matcher.identity.keys import SigningKey
from matcher.identity.sealing import seal
from matcher.schemes.bgv import BgvEvaluator
from matcher.wire.manifest import (
    ColumnManifest,
    ResultManifest,
    encode_column_manifest,
    encode_result_manifest,
)
from tests.matcher_scene import MATCHER, Scene

Parties = Mapping[AgencyId, Identity]
ENCLAVE_KEY = SigningKey.generate()


@dataclass(frozen=True)
class Released:
    """The pieces of a result, in the order in which they are sent."""

    manifest: Envelope
    column_manifests: tuple[Envelope, ...]
    outputs: Mapping[tuple[int, int], bytes]
    enclave_manifest: Envelope | None = None


@dataclass(frozen=True)
class Release:
    """What a release is made from; tests replace parts of it."""

    scene: Scene
    parties: Parties
    payloads: Mapping[tuple[int, int], bytes]
    outputs: Mapping[tuple[int, int], bytes] = field(repr=False)

    def column_manifests(self, **changes: Any) -> tuple[Envelope, ...]:
        return tuple(
            self.column_manifest(entry.agency, **changes)
            for entry in self.scene.draft.statement.providers
        )

    def column_manifest(self, agency: AgencyId, **changes: Any) -> Envelope:
        """The manifest of ``agency``; ``changes`` replaces its fields or its ``signer``."""
        signer = changes.pop("signer", agency)
        manifest = ColumnManifest(
            self.scene.draft.digest,
            agency,
            {
                column: self._digests(self.payloads, column)
                for column in self.scene.columns_of(agency)
            },
        )
        payload = encode_column_manifest(replace(manifest, **changes))
        return sign(Domain.COLUMN_MANIFEST, payload, self.parties[signer].signing_key, signer)

    def result_manifest(self, inputs: tuple[Envelope, ...], **changes: Any) -> ResultManifest:
        manifest = ResultManifest(
            statement_digest=self.scene.draft.digest,
            input_manifest_digests=tuple(sha256(envelope.payload) for envelope in inputs),
            outputs={
                output: self._digests(self.outputs, output)
                for output in sorted({output for output, _ in self.outputs})
            },
            released_at=int(time.time()),
        )
        return replace(manifest, **changes)

    def released(self, signer: AgencyId = MATCHER, **changes: Any) -> Released:
        """Everything signed; ``changes`` replaces fields of the result manifest."""
        inputs = self.column_manifests()
        payload = encode_result_manifest(self.result_manifest(inputs, **changes))
        enclave = None
        if self.scene.plan.parameters is None:
            enclave = sign(Domain.ENCLAVE_RESULT, payload, ENCLAVE_KEY, AgencyId("enclave"))
        key = self.parties[signer].signing_key
        return Released(
            sign(Domain.RESULT_MANIFEST, payload, key, signer), inputs, self.outputs, enclave
        )

    def _digests(self, pieces: Mapping[tuple[int, int], bytes], number: int) -> bytes:
        chunks = sorted(chunk for one, chunk in pieces if one == number)
        return b"".join(sha256(pieces[number, chunk]) for chunk in chunks)


def evaluated(
    scene: Scene, parties: Parties, answers: list[NDArray[np.int32]] | None = None
) -> Release:
    """Encrypt ``answers`` (the scene's own, if not given) and evaluate them blindly."""
    statement, plan = scene.draft.statement, scene.plan
    assert plan.parameters is not None
    keys = plan.parameters, statement.nonce, scene.draft.key.public_key or b""
    encryptor, evaluator = BgvEncryptor(*keys), BgvEvaluator(*keys, scene.draft.key.evaluation_key)
    payloads, outputs = {}, {}
    for chunk in range(statement.chunks):
        slots = slice(chunk * plan.chunk_slots, (chunk + 1) * plan.chunk_slots)
        for question, codes in zip(plan.questions, answers or scene.answers, strict=True):
            for column, bits in encode_answers(plan, question, codes[slots]).items():
                payloads[column, chunk] = encryptor.encrypt(bits)
        columns = {column: payloads[column, chunk] for column, at in payloads if at == chunk}
        for output in plan.outputs:
            assert output.circuit is not None
            outputs[output.index, chunk] = evaluator.evaluate(output.circuit, columns)
    return Release(scene, parties, payloads, outputs)


def enclosed(scene: Scene, parties: Parties) -> Release:
    """Evaluate the scene's answers as an enclave does and seal the verdicts to the requester."""
    statement, plan = scene.draft.statement, scene.plan
    payloads, outputs = {}, {}
    for chunk in range(statement.chunks):
        slots = slice(chunk * plan.chunk_slots, (chunk + 1) * plan.chunk_slots)
        for column in plan.columns:
            payloads[column.index, chunk] = f"sealed {column.index} {chunk}".encode()
        verdicts = evaluate_answers(plan, [codes[slots] for codes in scene.answers])
        outputs[0, chunk] = sealed_verdicts(scene, chunk, verdicts)
    return Release(scene, parties, payloads, outputs)


def sealed_verdicts(scene: Scene, chunk: int, verdicts: NDArray[np.uint8]) -> bytes:
    info = verdict_seal_info(scene.draft.digest, chunk)
    return seal(scene.draft.statement.result_key, info, verdicts.tobytes())


def card(identity: Identity) -> Card:
    return verify_card(identity.signed_card, identity.authority, int(time.time()))


def expectation(scene: Scene, parties: Parties) -> Expectation:
    """What the requester of ``scene`` knows before the result arrives."""
    appraisal = None
    if scene.plan.parameters is None:
        appraisal = Appraisal(b"", ENCLAVE_KEY.public_bytes, b"")
    return Expectation(
        plan=scene.plan,
        statement=scene.draft.statement,
        statement_digest=scene.draft.digest,
        controls=scene.draft.rosters.seating.chunks,
        matcher=card(parties[MATCHER]),
        providers={
            entry.agency: card(parties[entry.agency]) for entry in scene.draft.statement.providers
        },
        appraisal=appraisal,
    )


def verification(
    scene: Scene, parties: Parties, opener: Opener | None = None
) -> ResultVerification:
    own = scene.draft.key.opener(scene.draft.digest)
    return ResultVerification(expectation(scene, parties), opener or own)


def take_manifests(taking: ResultVerification, released: Released) -> ResultVerification:
    taking.take_manifest(released.manifest)
    if released.enclave_manifest is not None:
        taking.take_enclave_manifest(released.enclave_manifest)
    for envelope in released.column_manifests:
        taking.take_column_manifest(envelope)
    return taking


def take_everything(taking: ResultVerification, released: Released) -> NDArray[np.uint8]:
    take_manifests(taking, released)
    for (output, chunk), payload in released.outputs.items():
        taking.take_output(output, chunk, payload)
    return taking.finish()
