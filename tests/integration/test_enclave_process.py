"""The enclave as a process of its own, reached over its Unix socket as the matcher reaches it."""

from __future__ import annotations

import datetime as dt
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import grpc
import numpy as np
import pytest
from eligibility.v1 import common_pb2, enclave_pb2, enclave_pb2_grpc

from clients.attestation.appraisal import Appraisal, appraise
from clients.attestation.settings import policy_from_settings
from enclave_sim.config import load_config
from enclave_sim.launch import identify
from enclave_sim.platform import create_platform
from matcher.core.errors import (
    DigestMismatch,
    FusumaError,
    InvalidCard,
    InvalidMessage,
    RunConflict,
    RunNotFound,
    StatementMismatch,
)
from matcher.core.identifiers import Role
from matcher.identity.envelope import Envelope
from matcher.language.document import parse_document
from matcher.wire.envelope import card_message, envelope_message, envelope_of
from matcher.wire.manifest import decode_result_manifest
from matcher.wire.status import from_rpc_error
from tests.city_households import city_households
from tests.enclave_scene import (
    TAX_NORTH,
    TAX_SOUTH,
    Federation,
    Scene,
    SentChunk,
    new_federation,
    new_scene,
    scene_of,
)

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30


@dataclass
class Running:
    """A running enclave, as its caller and as an agency see it."""

    directory: Path
    process: subprocess.Popen[str]
    ready: str
    channel: grpc.Channel
    federation: Federation

    @property
    def stub(self) -> enclave_pb2_grpc.EnclaveStub:
        return enclave_pb2_grpc.EnclaveStub(self.channel)

    def open(self, scene: Scene, cards: Sequence[bytes] | None = None) -> bytes:
        request = enclave_pb2.OpenRunRequest(
            statement=envelope_message(scene.envelope),
            bundle=scene.bundle,
            cards=[card_message(card) for card in cards or scene.cards],
        )
        with translated():
            return self.stub.OpenRun(request, timeout=START_SECONDS).evidence

    def appraise(self, scene: Scene, evidence: bytes, now: int) -> Appraisal:
        measurement = identify(load_config(self.directory / "enclave.yaml")).measurement
        settings = f"platform_root: platform/vendor-root.crt\nmeasurements: [{measurement.hex()}]"
        policy = policy_from_settings(
            parse_document(settings.encode(), "agency.yaml"),
            self.directory,
            authority=self.federation.authority.digest,
        )
        return appraise(evidence, policy, scene.statement.nonce, scene.digest, now)

    def evaluate(
        self, scene: Scene, manifests: Sequence[Envelope], chunks: Sequence[SentChunk]
    ) -> tuple[Envelope, list[bytes]]:
        requests = [
            enclave_pb2.EvaluateRequest(column_manifest=envelope_message(manifest))
            for manifest in manifests
        ] + [
            enclave_pb2.EvaluateRequest(
                chunk=common_pb2.ColumnChunk(
                    column=sent.column,
                    chunk=sent.chunk,
                    payload=sent.payload,
                    signature=sent.signature,
                )
            )
            for sent in chunks
        ]
        requests[0].run_id = scene.statement.run_id
        with translated():
            first, *rest = self.stub.Evaluate(iter(requests), timeout=START_SECONDS)
        return envelope_of(first.manifest, "manifest"), [
            response.verdicts.payload for response in rest
        ]


class translated:  # noqa: N801 - reads as a word in a with statement
    """Raise what the enclave meant instead of a gRPC error."""

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, grpc.RpcError):
            raise from_rpc_error(error) from None


@pytest.fixture(scope="module")
def enclave(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    directory = tmp_path_factory.mktemp("e")
    now = int(time.time())
    federation = new_federation(directory / "pki", now)
    create_platform(directory / "platform", dt.datetime.fromtimestamp(now, dt.UTC))
    (directory / "enclave.yaml").write_text(
        "platform: platform\n"
        "socket: enclave.sock\n"
        "authority: pki/ca/ca.crt\n"
        "boundary_log: boundary.json\n"
        "boundary_capture: captured\n"
    )
    process, ready = started(directory / "enclave.yaml")
    with grpc.insecure_channel(
        f"unix:{directory / 'enclave.sock'}", options=[("grpc.default_authority", "enclave")]
    ) as channel:
        yield Running(directory, process, ready, channel, federation)
    process.terminate()
    process.communicate(timeout=START_SECONDS)
    assert process.returncode == 0


def started(config: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "fusuma", "enclave", "serve", "--config", str(config)],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'proto'}"},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    return process, process.stderr.readline()


def fresh(enclave: Running, run: str, *, chunks: int = 1) -> tuple[Scene, int]:
    """A run that starts now, and now."""
    now = int(time.time())
    scene = new_scene(enclave.federation, chunks=chunks, run=run * 16)
    return scene.changed(issued_at=now - 5, expires_at=now + 600), now


def test_ready_line_names_the_measurement(enclave: Running) -> None:
    measurement = identify(load_config(enclave.directory / "enclave.yaml")).measurement

    assert enclave.ready.startswith(f"ready: enclave {measurement.hex()} on ")


def test_socket_is_for_its_owner_alone(enclave: Running) -> None:
    mode = (enclave.directory / "enclave.sock").stat().st_mode

    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) & 0o077 == 0


def test_verdicts_over_the_socket_are_those_of_the_reference(enclave: Running) -> None:
    scene, now = fresh(enclave, "a1", chunks=3)
    appraisal = enclave.appraise(scene, enclave.open(scene), now)
    chunks = scene.sealed(appraisal.sealing_key)

    envelope, verdicts = enclave.evaluate(scene, scene.manifests(chunks), chunks)

    manifest = decode_result_manifest(appraisal.open_result(envelope))
    assert manifest.statement_digest == scene.digest
    np.testing.assert_array_equal(scene.unsealed(verdicts), scene.truth)


def households(enclave: Running, run: str) -> tuple[Scene, int]:
    """A run about households whose members two tax offices share, starting now, and now."""
    now = int(time.time())
    regions = {Role("tax"): (TAX_NORTH, TAX_SOUTH)}
    scene = scene_of(enclave.federation, city_households(), regions, run=run * 16)
    return scene.changed(issued_at=now - 5, expires_at=now + 600), now


def test_households_over_the_socket_get_their_outcomes(enclave: Running) -> None:
    scene, now = households(enclave, "b1")
    appraisal = enclave.appraise(scene, enclave.open(scene), now)
    chunks = scene.sealed(appraisal.sealing_key)

    _, verdicts = enclave.evaluate(scene, scene.manifests(chunks), chunks)

    np.testing.assert_array_equal(scene.unsealed(verdicts), scene.truth)


def test_a_member_whom_two_agencies_hold_ends_the_run_and_is_not_named(enclave: Running) -> None:
    scene, now = households(enclave, "b2")
    question = scene.plan.questions[0]
    answers = [codes.copy() for codes in scene.answers]
    slot = int(np.flatnonzero(answers[0] == question.elsewhere)[-1])
    answers[0][slot] = question.lowest_answer
    scene = replace(scene, answers=answers)
    appraisal = enclave.appraise(scene, enclave.open(scene), now)
    chunks = scene.sealed(appraisal.sealing_key)

    with pytest.raises(StatementMismatch) as caught:
        enclave.evaluate(scene, scene.manifests(chunks), chunks)
    assert caught.value.where == question.role
    assert str(slot) not in str(caught.value)
    with pytest.raises(RunNotFound):
        enclave.evaluate(scene, scene.manifests(chunks), chunks)


def test_replayed_run_is_refused(enclave: Running) -> None:
    scene, now = fresh(enclave, "a2")
    appraisal = enclave.appraise(scene, enclave.open(scene), now)
    chunks = scene.sealed(appraisal.sealing_key)
    enclave.evaluate(scene, scene.manifests(chunks), chunks)

    with pytest.raises(RunNotFound):
        enclave.evaluate(scene, scene.manifests(chunks), chunks)
    with pytest.raises(RunConflict):
        enclave.open(scene)


def test_tampered_chunk_ends_the_run_without_verdicts(enclave: Running) -> None:
    scene, now = fresh(enclave, "a3")
    appraisal = enclave.appraise(scene, enclave.open(scene), now)
    chunks = scene.sealed(appraisal.sealing_key)
    manifests = scene.manifests(chunks)
    tampered = [replace(chunks[0], payload=bytes(len(chunks[0].payload))), *chunks[1:]]

    with pytest.raises(DigestMismatch) as caught:
        enclave.evaluate(scene, manifests, tampered)
    assert "column 0" in caught.value.where
    with pytest.raises(RunNotFound):
        enclave.evaluate(scene, manifests, chunks)


def test_agency_of_another_federation_is_refused(enclave: Running, tmp_path: Path) -> None:
    scene, now = fresh(enclave, "a4")
    stranger = new_scene(new_federation(tmp_path, now), chunks=1)

    with pytest.raises(InvalidCard):
        enclave.open(scene, cards=stranger.cards)


def test_stream_without_a_run_is_refused(enclave: Running) -> None:
    with pytest.raises(InvalidMessage), translated():
        list(enclave.stub.Evaluate(iter([])))


def test_closed_run_is_not_evaluated(enclave: Running) -> None:
    scene, now = fresh(enclave, "a5")
    appraisal = enclave.appraise(scene, enclave.open(scene), now)
    enclave.stub.CloseRun(enclave_pb2.CloseRunRequest(run_id=scene.statement.run_id))
    chunks = scene.sealed(appraisal.sealing_key)

    with pytest.raises(FusumaError):
        enclave.evaluate(scene, scene.manifests(chunks), chunks)


def test_plain_values_and_verdicts_never_cross_the_socket(enclave: Running) -> None:
    scene, now = fresh(enclave, "a6")
    appraisal = enclave.appraise(scene, enclave.open(scene), now)
    chunks = scene.sealed(appraisal.sealing_key)
    enclave.evaluate(scene, scene.manifests(chunks), chunks)
    captured = b"".join(
        path.read_bytes() for path in sorted((enclave.directory / "captured").iterdir())
    )

    # What must be there shows that the search would find what must not.
    assert scene.statement.nonce in captured
    assert chunks[0].payload in captured
    for codes in scene.answers:
        assert codes[:64].astype(np.uint8).tobytes() not in captured
    assert scene.truth[:64].tobytes() not in captured


def test_second_enclave_on_the_same_socket_is_refused(enclave: Running) -> None:
    process, said = started(enclave.directory / "enclave.yaml")
    process.communicate(timeout=START_SECONDS)

    assert process.returncode == 2
    assert "already" in said


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)], ids=["terminate", "ctrl-c"]
)
def test_signals_end_the_process_cleanly(
    enclave: Running, number: signal.Signals, status: int
) -> None:
    config = enclave.directory / f"{number.name}.yaml"
    config.write_text(
        "platform: platform\n"
        f"socket: {number.name}.sock\n"
        "authority: pki/ca/ca.crt\n"
        f"boundary_log: {number.name}.json\n"
    )
    process, ready = started(config)
    assert ready.startswith("ready: ")

    process.send_signal(number)
    process.communicate(timeout=START_SECONDS)

    assert process.returncode == status
    assert (enclave.directory / f"{number.name}.json").exists()
    # A dead socket does not keep the next one from starting.
    again, ready = started(config)
    assert ready.startswith("ready: ")
    again.terminate()
    again.communicate(timeout=START_SECONDS)
