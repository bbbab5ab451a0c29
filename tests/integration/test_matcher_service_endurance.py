"""What a matcher survives: restarts, time, dying workers, strangers, bugs of its own."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import os
import signal
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import psutil
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from eligibility.v1 import matcher_pb2, matcher_pb2_grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from clients.transport.channel import connect
from enclave_sim.platform import create_platform
from fusuma.pki import load_authority
from fusuma.processes import start
from matcher.core.errors import (
    FusumaError,
    InvalidCard,
    InvalidConfiguration,
    InvalidMessage,
    QuotaExceeded,
    RunConflict,
    RunExpired,
    RunNotFound,
    RunProblem,
)
from matcher.core.identifiers import AgencyId
from matcher.core.scheme import ColumnKind, Scheme
from matcher.identity.identity import Identity
from matcher.service.config import Quotas, Retention
from matcher.service.server import MatcherServer
from matcher.wire.status import INTERNAL_TEXT, from_rpc_error
from tests import matcher_scene as scenes
from tests.matcher_scene import CITY, OUTSIDER, TAX, WELFARE, Party

Identities = Mapping[AgencyId, Identity]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Child processes find the source tree, installed or not."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(ROOT), str(ROOT / "proto"))))


needs_processes = pytest.mark.usefixtures("_importable")


class Clock:
    """The machine's time, moved on by the test."""

    def __init__(self) -> None:
        self.ahead = 0

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("federation")


@pytest.fixture(scope="module")
def identities(home: Path) -> Identities:
    return scenes.federation(home)


@contextlib.asynccontextmanager
async def federation(
    directory: Path, identities: Identities, **changes: Any
) -> AsyncIterator[tuple[MatcherServer, dict[AgencyId, Party]]]:
    async with (
        scenes.serving(directory, identities, **changes) as server,
        scenes.connected(server, identities) as parties,
    ):
        yield server, parties


# --- Restarts -------------------------------------------------------------------------------------


def test_a_run_goes_on_after_a_restart(tmp_path: Path, identities: Identities) -> None:
    async def play() -> None:
        scene = scenes.draw(identities[CITY], programme="benchmark/support.yaml", subjects=8300)
        async with federation(tmp_path, identities) as (_, parties):
            await scenes.start(parties, scene)
            tax = scenes.chunks_of(parties[TAX], scene)
            await scenes.send(parties[TAX], scene, tax)
            await scenes.submit(parties[TAX], scene, scenes.manifest_over(parties[TAX], scene, tax))
            welfare = scenes.chunks_of(parties[WELFARE], scene)
            await scenes.send(parties[WELFARE], scene, welfare[:1])
            await scenes.until_outputs(parties[CITY], scene, 1)
        async with federation(tmp_path, identities) as (_, parties):
            run = await scenes.state(parties[CITY], scene)
            assert (run.chunks_received, run.outputs_done) == (3, 1)
            item = await scenes.next_work_of(parties[WELFARE], scene)
            assert item.statement.payload == scene.draft.envelope.payload
            held = await scenes.list_chunks(parties[WELFARE], scene)
            assert [chunk.signature for chunk in held] == [welfare[0].signature]
            await scenes.send(parties[WELFARE], scene, welfare[1:])
            await scenes.submit(
                parties[WELFARE],
                scene,
                scenes.manifest_over(parties[WELFARE], scene, welfare),
            )
            assert (await scenes.ended(parties[CITY], scene)).outputs_done == 2
        # And once more: the result is as good after the next start.
        async with federation(tmp_path, identities) as (_, parties):
            verdicts = scenes.verdicts(scene, await scenes.fetch(parties[CITY], scene))
            assert np.array_equal(verdicts, scene.expected)
            await scenes.refused(RunConflict, scenes.create(parties[CITY], _renewed(scene)))

    def _renewed(scene: scenes.Scene) -> scenes.Scene:
        return scenes.draw(identities[CITY], run=scene.run)

    asyncio.run(play())


def test_a_chunk_lost_in_a_crash_is_uploaded_again(tmp_path: Path, identities: Identities) -> None:
    async def play() -> None:
        scene = scenes.draw(identities[CITY])
        async with federation(tmp_path, identities) as (_, parties):
            await scenes.start(parties, scene)
            tax = scenes.chunks_of(parties[TAX], scene)
            await scenes.send(parties[TAX], scene, tax)
        torn = tmp_path / "blobs" / scene.run / "inputs" / f"row-{tax[0].column}"
        torn.write_bytes(torn.read_bytes()[:1000])
        async with federation(tmp_path, identities) as (_, parties):
            assert len(await scenes.list_chunks(parties[TAX], scene)) == len(tax) - 1
            # Encrypted anew: the lost version was never evaluated.
            await scenes.answer_rest(parties[TAX], scene, tax[1:])
            await scenes.answer(parties[WELFARE], scene)
            await scenes.ended(parties[CITY], scene)
            verdicts = scenes.verdicts(scene, await scenes.fetch(parties[CITY], scene))
            assert np.array_equal(verdicts, scene.expected)

    asyncio.run(play())


def test_a_run_fails_where_going_on_would_need_a_second_version(
    tmp_path: Path, identities: Identities
) -> None:
    async def play() -> None:
        scene = scenes.draw(identities[CITY])
        async with federation(tmp_path, identities) as (_, parties):
            await scenes.start(parties, scene)
            await scenes.answer(parties[TAX], scene)
        folder = tmp_path / "blobs" / scene.run / "inputs"
        for blob in folder.iterdir():
            blob.write_bytes(blob.read_bytes()[:-1])
        async with federation(tmp_path, identities) as (_, parties):
            run = await scenes.state(parties[CITY], scene)
            assert run.state == matcher_pb2.RUN_STATE_FAILED
            assert run.failure_reason == "OBJECT_MISSING"

    asyncio.run(play())


def test_a_database_of_another_version_is_refused(tmp_path: Path, identities: Identities) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "matcher.sqlite")) as db:
        db.execute("PRAGMA user_version=99")

    async def play() -> None:
        async with scenes.serving(tmp_path, identities):
            pass

    with pytest.raises(FusumaError, match="schema version 99"):
        asyncio.run(play())


def test_a_data_directory_has_one_matcher(tmp_path: Path, identities: Identities) -> None:
    async def play() -> None:
        async with scenes.serving(tmp_path, identities):
            with pytest.raises(InvalidConfiguration, match="another matcher"):
                async with scenes.serving(tmp_path, identities):
                    pass
        async with scenes.serving(tmp_path, identities):
            pass

    asyncio.run(play())


def test_an_address_in_use_is_named(tmp_path: Path, identities: Identities) -> None:
    async def play() -> None:
        async with scenes.serving(tmp_path / "first", identities) as server:
            address = f"127.0.0.1:{server.port}"
            with pytest.raises(InvalidConfiguration, match="listened") as raised:
                async with scenes.serving(tmp_path / "second", identities, listen=address):
                    pass
            assert raised.value.where == address

    asyncio.run(play())


# --- Time -----------------------------------------------------------------------------------------


def test_a_run_expires_with_all_its_data(tmp_path: Path, identities: Identities) -> None:
    async def play() -> None:
        clock = Clock()
        quick = Retention(sweep_seconds=1)
        async with federation(tmp_path, identities, clock=clock, retention=quick) as (_, parties):
            scene = scenes.draw(identities[CITY])
            await scenes.start(parties, scene)
            await scenes.answer(parties[TAX], scene)
            clock.ahead = 3601
            end = await scenes.ended(parties[CITY], scene)
            assert end.state == matcher_pb2.RUN_STATE_EXPIRED
            await scenes.refused(RunExpired, scenes.answer(parties[WELFARE], scene))
            await scenes.refused(RunExpired, scenes.fetch(parties[CITY], scene))
            await scenes.until_gone(tmp_path / "blobs" / scene.run)

    asyncio.run(play())


def test_outputs_go_a_while_after_they_were_fetched(tmp_path: Path, identities: Identities) -> None:
    async def play() -> None:
        clock = Clock()
        brief = Retention(fetched_output_seconds=60, sweep_seconds=1)
        async with federation(tmp_path, identities, clock=clock, retention=brief) as (_, parties):
            fetched, waiting = scenes.draw(identities[CITY]), scenes.draw(identities[CITY])
            for scene in (fetched, waiting):
                await scenes.start(parties, scene)
                await scenes.answer(parties[TAX], scene)
                await scenes.answer(parties[WELFARE], scene)
                await scenes.ended(parties[CITY], scene)
            await scenes.fetch(parties[CITY], fetched)
            clock.ahead = 61
            await scenes.until_gone(tmp_path / "blobs" / fetched.run)
            await scenes.refused(RunExpired, scenes.fetch(parties[CITY], fetched))
            run = await scenes.state(parties[CITY], fetched)
            assert run.state == matcher_pb2.RUN_STATE_SUCCEEDED
            assert (tmp_path / "blobs" / waiting.run / "outputs").exists()
            clock.ahead = 3601
            await scenes.until_gone(tmp_path / "blobs" / waiting.run)

    asyncio.run(play())


# --- Limits and trouble ---------------------------------------------------------------------------


def test_runs_that_have_not_ended_are_limited(tmp_path: Path, identities: Identities) -> None:
    async def play() -> None:
        limits = Quotas(runs_per_requester=1)
        async with federation(tmp_path, identities, quotas=limits) as (_, parties):
            first, second = scenes.draw(identities[CITY]), scenes.draw(identities[CITY])
            await scenes.create(parties[CITY], first)
            await scenes.refused(QuotaExceeded, scenes.create(parties[CITY], second))
            await scenes.cancel(parties[CITY], first)
            await scenes.create(parties[CITY], second)

    asyncio.run(play())


def test_a_run_survives_the_death_of_a_worker(tmp_path: Path, identities: Identities) -> None:
    async def play() -> None:
        async with federation(tmp_path, identities) as (_, parties):
            scene = scenes.draw(identities[CITY])
            await scenes.start(parties, scene)
            await scenes.answer(parties[TAX], scene)
            for worker in psutil.Process().children():
                if "resource_tracker" not in " ".join(worker.cmdline()):
                    worker.kill()
            await scenes.answer(parties[WELFARE], scene)
            end = await scenes.ended(parties[CITY], scene)
            assert end.state == matcher_pb2.RUN_STATE_SUCCEEDED, end
            verdicts = scenes.verdicts(scene, await scenes.fetch(parties[CITY], scene))
            assert np.array_equal(verdicts, scene.expected)

    asyncio.run(play())


def test_a_release_that_failed_is_made_up_for(tmp_path: Path, identities: Identities) -> None:
    async def play() -> None:
        often = Retention(sweep_seconds=1)
        async with federation(tmp_path, identities, retention=often) as (server, parties):
            scene = scenes.draw(identities[CITY])
            await scenes.start(parties, scene)
            store = server._journal.store
            failures = []

            def full(*_: object) -> None:
                failures.append(1)
                del store.end_run  # type: ignore[attr-defined]
                raise sqlite3.OperationalError("database or disk is full")

            store.end_run = full  # type: ignore[method-assign]
            await scenes.answer(parties[TAX], scene)
            with contextlib.suppress(RunProblem):
                await scenes.answer(parties[WELFARE], scene)
            end = await scenes.ended(parties[CITY], scene)
            assert failures
            assert end.state == matcher_pb2.RUN_STATE_SUCCEEDED, end
            verdicts = scenes.verdicts(scene, await scenes.fetch(parties[CITY], scene))
            assert np.array_equal(verdicts, scene.expected)

    asyncio.run(play())


def test_an_unexpected_error_tells_a_peer_nothing(
    tmp_path: Path, identities: Identities, caplog: pytest.LogCaptureFixture
) -> None:
    async def play() -> None:
        async with federation(tmp_path, identities) as (server, parties):

            def broken(_: object) -> None:
                raise RuntimeError("the secret of the house")

            server._journal.store.find_run = broken  # type: ignore[method-assign,assignment]
            with pytest.raises(grpc.aio.AioRpcError) as raised:
                await parties[CITY].runs.GetRun(matcher_pb2.GetRunRequest(name=f"runs/{'0' * 32}"))
            assert raised.value.code() is grpc.StatusCode.INTERNAL
            assert raised.value.details() == INTERNAL_TEXT
            assert "secret" not in repr(raised.value)
            assert type(from_rpc_error(raised.value)) is RunProblem

    asyncio.run(play())
    assert "the secret of the house" in caplog.text


def test_bytes_that_do_not_parse_are_refused_in_the_catalogues_words(
    tmp_path: Path, identities: Identities
) -> None:
    async def play() -> None:
        garbage = b"\xff\xff\xff"

        async def stream() -> AsyncIterator[bytes]:
            yield garbage

        async with scenes.serving(tmp_path, identities) as server:
            channel = await connect(identities[CITY], f"127.0.0.1:{server.port}")
            async with channel:
                watch = channel.unary_stream("/eligibility.v1.Runs/WatchRun")(garbage)
                for call in (
                    channel.unary_unary("/eligibility.v1.Runs/GetRun")(garbage),
                    channel.stream_unary("/eligibility.v1.Work/UploadChunks")(stream()),
                    watch.read(),
                ):
                    with pytest.raises(grpc.aio.AioRpcError) as raised:
                        await call
                    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
                    assert type(from_rpc_error(raised.value)) is InvalidMessage

    asyncio.run(play())


# --- Strangers ------------------------------------------------------------------------------------


async def _call(port: int, credentials: grpc.ChannelCredentials) -> grpc.aio.AioRpcError:
    async with grpc.aio.secure_channel(f"127.0.0.1:{port}", credentials) as channel:
        stub = matcher_pb2_grpc.RunsStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await stub.GetRun(matcher_pb2.GetRunRequest(name=f"runs/{'0' * 32}"), timeout=5)
        return raised.value


def _leaf(home: Path, names: list[str]) -> tuple[bytes, bytes]:
    """A certificate of the federation's authority with these URI names, and its key."""
    authority = load_authority(home)
    key = ec.generate_private_key(ec.SECP256R1())
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tax")]))
        .issuer_name(authority.authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(
            x509.SubjectAlternativeName([x509.UniformResourceIdentifier(name) for name in names]),
            critical=False,
        )
        .sign(authority.key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return certificate.public_bytes(Encoding.PEM), private


def test_callers_without_exactly_one_agency_reach_nothing(
    tmp_path: Path, home: Path, identities: Identities
) -> None:
    async def play() -> None:
        root = identities[CITY].authority_pem
        async with scenes.serving(tmp_path, identities) as server:
            error = await _call(server.port, grpc.ssl_channel_credentials(root))
            assert error.code() is grpc.StatusCode.UNAVAILABLE
            urn = "urn:fusuma:agency:"
            for names in ([urn + "tax", urn + "welfare"], ["urn:other:tax"], [urn + "Tax!"]):
                certificate, key = _leaf(home, names)
                credentials = grpc.ssl_channel_credentials(root, key, certificate)
                error = await _call(server.port, credentials)
                assert error.code() is grpc.StatusCode.UNAUTHENTICATED, names
                assert type(from_rpc_error(error)).__name__ == "InvalidCertificate"
            certificate, key = _leaf(home, [urn + "tax"])
            credentials = grpc.ssl_channel_credentials(root, key, certificate)
            error = await _call(server.port, credentials)
            assert type(from_rpc_error(error)) is RunNotFound

    asyncio.run(play())


def test_an_agency_registers_its_own_card_only(tmp_path: Path, identities: Identities) -> None:
    async def play() -> None:
        async with federation(tmp_path, identities) as (_, parties):
            forged = Party.__new__(Party)
            forged.__dict__.update(parties[TAX].__dict__)
            forged.identity = identities[WELFARE]
            with pytest.raises(FusumaError, match="another agency"):
                await forged.register()
            forged.identity = replace(identities[TAX], signed_card=b"\x0a\x01x")
            await scenes.refused(InvalidCard, forged.register())
            request = matcher_pb2.GetCardRequest(name="agencies/nobody")
            with scenes.raised_here(), pytest.raises(grpc.aio.AioRpcError):
                await parties[TAX].directory.GetCard(request)

    asyncio.run(play())


# --- Operation ------------------------------------------------------------------------------------


def test_health_reflection_and_the_boundary_log(tmp_path: Path, identities: Identities) -> None:
    async def play() -> None:
        log = tmp_path / "boundary.json"
        async with federation(tmp_path, identities, boundary_log=log) as (server, parties):
            identity = identities[OUTSIDER]
            credentials = grpc.ssl_channel_credentials(
                identity.authority_pem, identity.private_key_pem, identity.certificate_pem
            )
            async with grpc.aio.secure_channel(f"127.0.0.1:{server.port}", credentials) as channel:
                health = health_pb2_grpc.HealthStub(channel)
                request = health_pb2.HealthCheckRequest(service="eligibility.v1.Runs")
                assert (await health.Check(request)).status == 1
                watch = health.Watch(request)
                assert (await watch.read()).status == 1
                watch.cancel()
                reflection = reflection_pb2_grpc.ServerReflectionStub(channel)
                answers = reflection.ServerReflectionInfo(
                    iter([reflection_pb2.ServerReflectionRequest(list_services="")])
                )
                listed = [s.name async for a in answers for s in a.list_services_response.service]
                assert "eligibility.v1.Work" in listed
            scene = scenes.draw(identities[CITY])
            await scenes.start(parties, scene)
            await scenes.answer(parties[TAX], scene)
            await scenes.answer(parties[WELFARE], scene)
            await scenes.ended(parties[CITY], scene)
            await scenes.fetch(parties[CITY], scene)
        crossed = {
            (entry["direction"], entry["peer"], entry["kind"]): entry
            for entry in json.loads(log.read_text())["crossed"]
        }
        sent = crossed["in", TAX, "UploadChunksRequest"]
        assert sent["messages"] == 1 + len(scene.columns_of(TAX))
        parameters = scene.plan.parameters
        assert parameters is not None
        assert sent["bytes"] > len(scene.columns_of(TAX)) * parameters.ciphertext_bytes
        assert crossed["out", CITY, "FetchResultsResponse.outputs"]["messages"] == 1

    asyncio.run(play())


@needs_processes
def test_the_command_serves_until_it_is_told_to_stop(
    tmp_path: Path, identities: Identities
) -> None:
    config = tmp_path / "matcher.yaml"
    grants = scenes.programme_path("city/grants.yaml")
    config.write_text(
        f"listen: 127.0.0.1:0\nidentity: {identities[scenes.MATCHER].directory}\n"
        f"data: data\ngrants: [{grants}]\nworkers: 1\n"
    )
    process = start("matcher", ["matcher", "serve", "--config", str(config)], tmp_path / "log")
    try:
        assert process.wait_ready().startswith("ready: matcher matcher on 127.0.0.1:")
        workers = psutil.Process(process.pid).children(recursive=True)
        assert workers
        for worker in workers:
            libraries = {entry.path for entry in worker.memory_maps()}
            assert not [path for path in libraries if "cygrpc" in path]
        process.popen.send_signal(signal.SIGTERM)
        assert process.popen.wait(10) == 0
    finally:
        process.stop()
    assert not psutil.wait_procs(workers, timeout=5)[1]


# --- The enclave ----------------------------------------------------------------------------------


@pytest.fixture
def enclave(tmp_path: Path, identities: Identities, _importable: None) -> Iterator[Path]:
    """A real enclave process; the path of its socket."""
    create_platform(tmp_path / "platform", dt.datetime.now(dt.UTC))
    authority = Path(identities[CITY].directory) / "ca.crt"
    (tmp_path / "enclave.yaml").write_text(
        f"platform: platform\nsocket: enclave.sock\nauthority: {authority}\n"
    )
    arguments = ["enclave", "serve", "--config", str(tmp_path / "enclave.yaml")]
    process = start("enclave", arguments, tmp_path / "enclave.log")
    try:
        process.wait_ready()
        yield tmp_path / "enclave.sock"
    finally:
        process.stop()


def test_an_enclave_run_ends_in_the_verdicts_of_the_plaintext(
    tmp_path: Path, identities: Identities, enclave: Path
) -> None:
    async def play() -> None:
        async with federation(tmp_path / "data", identities, enclave=enclave) as (_, parties):
            scene = scenes.draw(
                identities[CITY], scheme=Scheme.ENCLAVE, kind=ColumnKind.VALUE, subjects=8300
            )
            run = await scenes.start(parties, scene)
            assert run.evidence
            item = await scenes.next_work_of(parties[TAX], scene)
            assert item.evidence == run.evidence
            for agency in (TAX, WELFARE):
                await scenes.answer(parties[agency], scene, run.evidence)
            end = await scenes.ended(parties[CITY], scene)
            assert end.state == matcher_pb2.RUN_STATE_SUCCEEDED, end
            responses = await scenes.fetch(parties[CITY], scene)
            assert responses[1].WhichOneof("part") == "enclave_manifest"
            assert np.array_equal(scenes.verdicts(scene, responses), scene.expected)

    asyncio.run(play())


def test_a_chunk_sealed_for_another_run_fails_an_enclave_run(
    tmp_path: Path, identities: Identities, enclave: Path
) -> None:
    async def play() -> None:
        async with federation(tmp_path / "data", identities, enclave=enclave) as (_, parties):
            scene = scenes.draw(identities[CITY], scheme=Scheme.ENCLAVE, kind=ColumnKind.VALUE)
            other = scenes.draw(identities[CITY], scheme=Scheme.ENCLAVE, kind=ColumnKind.VALUE)
            run = await scenes.start(parties, scene)
            await scenes.answer(parties[TAX], scene, run.evidence)
            chunk = scenes.signed_chunk(
                parties[WELFARE], scene, 1, 0, other.payload(1, 0, run.evidence)
            )
            await scenes.send(parties[WELFARE], scene, [chunk])
            manifest = scenes.manifest_over(parties[WELFARE], scene, [chunk])
            await scenes.submit(parties[WELFARE], scene, manifest)
            end = await scenes.ended(parties[CITY], scene)
            assert end.state == matcher_pb2.RUN_STATE_FAILED
            assert end.failure_reason == "DECRYPTION_REFUSED"

    asyncio.run(play())


def test_an_enclave_that_does_not_answer_fails_the_run(
    tmp_path: Path, identities: Identities
) -> None:
    async def play() -> None:
        nowhere = tmp_path / "nowhere.sock"
        async with federation(tmp_path / "data", identities, enclave=nowhere) as (_, parties):
            scene = scenes.draw(identities[CITY], scheme=Scheme.ENCLAVE, kind=ColumnKind.VALUE)
            run = await scenes.create(parties[CITY], scene)
            assert run.state == matcher_pb2.RUN_STATE_FAILED
            assert run.failure_reason == "UNREACHABLE"

    asyncio.run(play())


def test_an_enclave_run_goes_on_after_a_restart_of_the_matcher(
    tmp_path: Path, identities: Identities, enclave: Path
) -> None:
    async def play() -> None:
        data = tmp_path / "data"
        scene = scenes.draw(identities[CITY], scheme=Scheme.ENCLAVE, kind=ColumnKind.VALUE)
        async with federation(data, identities, enclave=enclave) as (_, parties):
            evidence = (await scenes.start(parties, scene)).evidence
            await scenes.answer(parties[TAX], scene, evidence)
        async with federation(data, identities, enclave=enclave) as (_, parties):
            assert (await scenes.next_work_of(parties[WELFARE], scene)).evidence == evidence
            await scenes.answer(parties[WELFARE], scene, evidence)
            end = await scenes.ended(parties[CITY], scene)
            assert end.state == matcher_pb2.RUN_STATE_SUCCEEDED, end
            verdicts = scenes.verdicts(scene, await scenes.fetch(parties[CITY], scene))
            assert np.array_equal(verdicts, scene.expected)

    asyncio.run(play())
