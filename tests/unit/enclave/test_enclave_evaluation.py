from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from enclave_sim.program.policy import Limits
from matcher.core.binding import Domain, sha256, verdict_seal_info
from matcher.core.errors import (
    ChunkConflict,
    DecryptionRefused,
    DigestMismatch,
    ForeignChunk,
    FusumaError,
    InvalidCard,
    InvalidMessage,
    InvalidSignature,
    ObjectMissing,
    QuotaExceeded,
    RunConflict,
    RunExpired,
    RunNotFound,
    StatementMismatch,
)
from matcher.identity.envelope import Envelope, sign
from matcher.identity.keys import SealingKey
from matcher.identity.sealing import unseal
from matcher.wire.manifest import ColumnManifest, decode_result_manifest, encode_column_manifest
from tests.enclave_scene import OUTSIDER, TAX, WELFARE, Scene, SentChunk, new_scene

if TYPE_CHECKING:
    from collections.abc import Sequence

    from enclave_sim.program.evaluation import Evaluation
    from tests.unit.enclave.conftest import Machine


def send(evaluation: Evaluation, chunks: Sequence[SentChunk]) -> None:
    for sent in chunks:
        evaluation.add_chunk(sent.column, sent.chunk, sent.payload, sent.signature)


def add_manifest(machine: Machine, scene: Scene, envelope: Envelope) -> None:
    with machine.enclave.evaluation(scene.statement.run_id) as evaluation:
        evaluation.add_manifest(envelope)


def opened(machine: Machine, scene: Scene) -> list[SentChunk]:
    return scene.sealed(machine.open(scene).sealing_key)


def refuse(
    machine: Machine,
    scene: Scene,
    error: type[FusumaError],
    reason: str | None,
    *,
    listed: Sequence[SentChunk],
    sent: Sequence[SentChunk],
) -> None:
    """Send ``sent`` under manifests over ``listed``; expect refusal, and nothing afterwards."""
    with machine.enclave.evaluation(scene.statement.run_id) as evaluation:
        for manifest in scene.manifests(listed):
            evaluation.add_manifest(manifest)
        with pytest.raises(error, match=reason):
            send(evaluation, sent)
        with pytest.raises(RunConflict, match="is over"):
            evaluation.finish()


def test_verdicts_are_those_of_the_reference(machine: Machine, scene: Scene) -> None:
    result = machine.evaluate(scene, machine.open(scene))

    verdicts = scene.unsealed(result.verdicts)
    np.testing.assert_array_equal(verdicts, scene.truth)
    assert set(verdicts) == {0, 1, 2}


def test_chunks_may_come_in_any_order(machine: Machine, scene: Scene) -> None:
    chunks = opened(machine, scene)
    with machine.enclave.evaluation(scene.statement.run_id) as evaluation:
        for manifest in reversed(scene.manifests(chunks)):
            evaluation.add_manifest(manifest)
        send(evaluation, [chunks[i] for i in np.random.default_rng(5).permutation(len(chunks))])
        verdicts = evaluation.finish().verdicts

    np.testing.assert_array_equal(scene.unsealed(verdicts), scene.truth)


def test_manifest_is_signed_for_this_run_by_the_appraised_key(
    machine: Machine, scene: Scene
) -> None:
    appraisal = machine.open(scene)
    chunks = scene.sealed(appraisal.sealing_key)
    inputs = [sha256(manifest.payload) for manifest in scene.manifests(chunks)]
    with machine.enclave.evaluation(scene.statement.run_id) as evaluation:
        for manifest in scene.manifests(chunks):
            evaluation.add_manifest(manifest)
        send(evaluation, chunks)
        result = evaluation.finish()

    signed = decode_result_manifest(appraisal.open_result(result.manifest))
    signed.check(scene.digest, inputs, [0], scene.statement.chunks)
    assert [signed.digest_of(0, chunk) for chunk in range(2)] == [
        sha256(sealed) for sealed in result.verdicts
    ]


def test_manifest_of_another_enclave_is_refused(machine: Machine, scene: Scene) -> None:
    result = machine.evaluate(scene, machine.open(scene))
    other = new_scene(machine.federation, chunks=1, run="cd" * 16)

    with pytest.raises(InvalidSignature):
        machine.open(other).open_result(result.manifest)


def test_verdicts_open_under_the_result_key_of_the_statement_alone(
    machine: Machine, scene: Scene
) -> None:
    verdicts = machine.evaluate(scene, machine.open(scene)).verdicts

    with pytest.raises(DecryptionRefused):
        unseal(SealingKey.generate(), verdict_seal_info(scene.digest, 0), verdicts[0])
    with pytest.raises(DecryptionRefused):
        unseal(scene.result_key, verdict_seal_info(scene.digest, 1), verdicts[0])


def test_sealed_sizes_do_not_depend_on_values(machine: Machine, scene: Scene) -> None:
    appraisal = machine.open(scene)

    assert len({len(sent.payload) for sent in scene.sealed(appraisal.sealing_key)}) == 1
    assert len({len(sealed) for sealed in machine.evaluate(scene, appraisal).verdicts}) == 1


def test_second_evaluation_is_refused(machine: Machine, scene: Scene) -> None:
    machine.evaluate(scene, machine.open(scene))

    with (
        pytest.raises(RunNotFound, match="evaluated once"),
        machine.enclave.evaluation(scene.statement.run_id),
    ):
        pass


def test_failed_evaluation_cannot_be_tried_again(machine: Machine, scene: Scene) -> None:
    machine.open(scene)
    with (
        pytest.raises(ObjectMissing),
        machine.enclave.evaluation(scene.statement.run_id) as evaluation,
    ):
        evaluation.finish()

    with pytest.raises(RunNotFound), machine.enclave.evaluation(scene.statement.run_id):
        pass


def test_tampered_chunk_is_refused(machine: Machine, scene: Scene) -> None:
    chunks = opened(machine, scene)
    payload = chunks[0].payload[:-1] + bytes([chunks[0].payload[-1] ^ 1])

    refuse(
        machine,
        scene,
        DigestMismatch,
        "not the one its provider committed to",
        listed=chunks,
        sent=[replace(chunks[0], payload=payload)],
    )


def test_tampered_chunk_that_its_provider_listed_does_not_open(
    machine: Machine, scene: Scene
) -> None:
    chunks = opened(machine, scene)
    payload = chunks[0].payload[:-1] + bytes([chunks[0].payload[-1] ^ 1])
    chunks[0] = scene.sent(0, 0, payload)

    refuse(machine, scene, DecryptionRefused, None, listed=chunks, sent=chunks)


@pytest.mark.parametrize(
    ("column", "chunk"),
    [pytest.param(0, 1, id="another chunk"), pytest.param(1, 0, id="another column")],
)
def test_chunk_moved_to_another_place_is_refused(
    machine: Machine, scene: Scene, column: int, chunk: int
) -> None:
    chunks = opened(machine, scene)
    moved = replace(chunks[0], column=column, chunk=chunk)

    refuse(machine, scene, DigestMismatch, "committed", listed=chunks, sent=[moved])


def test_chunk_resealed_in_its_providers_other_place_does_not_open(
    machine: Machine, scene: Scene
) -> None:
    chunks = opened(machine, scene)
    chunks[2] = scene.sent(0, 1, chunks[0].payload)

    refuse(machine, scene, DecryptionRefused, None, listed=chunks, sent=chunks)


def test_chunk_signed_by_another_agency_is_refused(machine: Machine, scene: Scene) -> None:
    chunks = opened(machine, scene)
    foreign = scene.sent(0, 0, chunks[0].payload, signer=WELFARE)

    refuse(machine, scene, InvalidSignature, None, listed=chunks, sent=[foreign])


def test_chunk_signed_for_another_place_is_refused(machine: Machine, scene: Scene) -> None:
    chunks = opened(machine, scene)
    elsewhere = scene.sent(0, 1, chunks[0].payload)

    refuse(
        machine,
        scene,
        InvalidSignature,
        None,
        listed=chunks,
        sent=[replace(elsewhere, chunk=0)],
    )


def test_chunk_sealed_for_another_result_key_does_not_open(machine: Machine, scene: Scene) -> None:
    key = machine.open(scene).sealing_key
    chunks = scene.sealed(key)
    chunks[0] = scene.sealed_chunk(key, 0, 0, result_key=SealingKey.generate().public_bytes)

    refuse(machine, scene, DecryptionRefused, None, listed=chunks, sent=chunks)


def test_chunk_sealed_for_another_run_does_not_open(machine: Machine, scene: Scene) -> None:
    key = machine.open(scene).sealing_key
    other = scene.changed(nonce=b"o" * 32)
    chunks = scene.sealed(key)
    chunks[0] = scene.sent(0, 0, other.sealed_chunk(key, 0, 0).payload)

    refuse(machine, scene, DecryptionRefused, None, listed=chunks, sent=chunks)


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(b"\x00" * 8191, id="one value short"),
        pytest.param(b"\x00" * 8193, id="one value long"),
        pytest.param(b"\x09" + b"\x00" * 8191, id="beyond absence"),
        pytest.param(b"", id="empty"),
    ],
)
def test_values_outside_the_layout_are_refused(
    machine: Machine, scene: Scene, values: bytes
) -> None:
    key = machine.open(scene).sealing_key
    chunks = scene.sealed(key)
    chunks[0] = scene.sealed_chunk(key, 0, 0, values=values)

    refuse(machine, scene, InvalidMessage, "tax.income_bracket", listed=chunks, sent=chunks)


@pytest.mark.parametrize(
    ("column", "chunk"), [pytest.param(2, 0, id="column"), pytest.param(0, 2, id="chunk")]
)
def test_chunk_of_no_place_is_refused(
    machine: Machine, scene: Scene, column: int, chunk: int
) -> None:
    chunks = opened(machine, scene)
    foreign = replace(chunks[0], column=column, chunk=chunk)

    refuse(machine, scene, ForeignChunk, "no such chunk", listed=chunks, sent=[foreign])


def test_chunk_that_comes_twice_is_refused(machine: Machine, scene: Scene) -> None:
    chunks = opened(machine, scene)

    refuse(machine, scene, ChunkConflict, "comes twice", listed=chunks, sent=[chunks[0], chunks[0]])


def test_nothing_is_released_while_a_chunk_is_missing(machine: Machine, scene: Scene) -> None:
    chunks = opened(machine, scene)
    with machine.enclave.evaluation(scene.statement.run_id) as evaluation:
        for manifest in scene.manifests(chunks):
            evaluation.add_manifest(manifest)
        send(evaluation, chunks[:-1])
        with pytest.raises(ObjectMissing, match="1 chunks"):
            evaluation.finish()


def test_chunk_before_the_last_manifest_is_refused(machine: Machine, scene: Scene) -> None:
    chunks = opened(machine, scene)
    with machine.enclave.evaluation(scene.statement.run_id) as evaluation:
        evaluation.add_manifest(scene.manifest(TAX, chunks))
        with pytest.raises(RunConflict, match="before the last manifest"):
            evaluation.add_chunk(0, 0, chunks[0].payload, chunks[0].signature)


def test_manifest_after_a_chunk_is_refused(machine: Machine, scene: Scene) -> None:
    chunks = opened(machine, scene)
    with machine.enclave.evaluation(scene.statement.run_id) as evaluation:
        for manifest in scene.manifests(chunks):
            evaluation.add_manifest(manifest)
        evaluation.add_chunk(0, 0, chunks[0].payload, chunks[0].signature)
        with pytest.raises(RunConflict, match="after the first chunk"):
            evaluation.add_manifest(scene.manifest(TAX, chunks))


def test_second_manifest_of_a_provider_is_refused(machine: Machine, scene: Scene) -> None:
    chunks = opened(machine, scene)
    with machine.enclave.evaluation(scene.statement.run_id) as evaluation:
        evaluation.add_manifest(scene.manifest(TAX, chunks))
        with pytest.raises(RunConflict, match="two manifests"):
            evaluation.add_manifest(scene.manifest(TAX, chunks))


def test_manifest_of_an_agency_without_part_in_the_run_is_refused(
    machine: Machine, scene: Scene
) -> None:
    chunks = opened(machine, scene)
    with pytest.raises(InvalidCard):
        add_manifest(machine, scene, scene.manifest(TAX, chunks, signer=OUTSIDER))


def test_manifest_in_another_providers_name_is_refused(machine: Machine, scene: Scene) -> None:
    chunks = opened(machine, scene)
    with pytest.raises(StatementMismatch, match="another provider"):
        add_manifest(machine, scene, scene.manifest(TAX, chunks, signer=WELFARE))


def test_manifest_with_a_forged_signature_is_refused(machine: Machine, scene: Scene) -> None:
    chunks = opened(machine, scene)
    forged = replace(scene.manifest(TAX, chunks), signature=b"\x00" * 64)
    with pytest.raises(InvalidSignature):
        add_manifest(machine, scene, forged)


def test_manifest_of_another_run_is_refused(machine: Machine, scene: Scene) -> None:
    chunks = opened(machine, scene)
    other = scene.changed(nonce=b"o" * 32)
    with pytest.raises(StatementMismatch, match="another run"):
        add_manifest(machine, scene, other.manifest(TAX, chunks))


def test_manifest_that_lists_fewer_chunks_is_refused(machine: Machine, scene: Scene) -> None:
    chunks = opened(machine, scene)
    with pytest.raises(StatementMismatch, match="number of chunks"):
        add_manifest(machine, scene, scene.manifest(TAX, chunks[:2]))


def test_manifest_that_lists_another_column_is_refused(machine: Machine, scene: Scene) -> None:
    machine.open(scene)
    manifest = ColumnManifest(scene.digest, TAX, {1: b"d" * 64})
    key = machine.federation.parties[TAX].signing_key
    envelope = sign(Domain.COLUMN_MANIFEST, encode_column_manifest(manifest), key, TAX)
    with pytest.raises(StatementMismatch, match="other columns"):
        add_manifest(machine, scene, envelope)


def test_too_many_incomplete_chunks_are_refused(machine: Machine, scene: Scene) -> None:
    # Two columns of one byte a slot: room for one chunk, or for the first column of two.
    room = Limits(pending_bytes=2 * scene.plan.chunk_slots)
    narrow = type(machine)(machine.federation, machine.platform, machine.root, room)
    chunks = scene.sealed(narrow.open(scene).sealing_key)
    by_column = sorted(chunks, key=lambda sent: sent.column)

    refuse(narrow, scene, QuotaExceeded, "2 chunks are incomplete", listed=chunks, sent=by_column)


def test_chunks_that_are_complete_take_no_room(machine: Machine, scene: Scene) -> None:
    room = Limits(pending_bytes=2 * scene.plan.chunk_slots)
    narrow = type(machine)(machine.federation, machine.platform, machine.root, room)

    result = narrow.evaluate(scene, narrow.open(scene))
    np.testing.assert_array_equal(scene.unsealed(result.verdicts), scene.truth)


def test_run_that_expires_while_it_is_evaluated_is_refused(machine: Machine, scene: Scene) -> None:
    chunks = opened(machine, scene)
    with machine.enclave.evaluation(scene.statement.run_id) as evaluation:
        for manifest in scene.manifests(chunks):
            evaluation.add_manifest(manifest)
        machine.clock.now = scene.statement.expires_at
        with pytest.raises(RunExpired):
            evaluation.add_chunk(0, 0, chunks[0].payload, chunks[0].signature)
