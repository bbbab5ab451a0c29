"""Calls that are cut off in the middle: what they began is finished, whoever still listens."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

import psutil
import pytest
from eligibility.v1 import matcher_pb2

from enclave_sim.platform import create_platform
from fusuma.processes import start
from matcher.core.binding import sha256
from matcher.core.errors import RunConflict
from matcher.core.identifiers import AgencyId
from matcher.core.scheme import ColumnKind, Scheme
from matcher.identity.identity import Identity
from tests import matcher_scene as scenes
from tests.matcher_scene import CITY, TAX

Identities = Mapping[AgencyId, Identity]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def identities(tmp_path_factory: pytest.TempPathFactory) -> Identities:
    return scenes.federation(tmp_path_factory.mktemp("federation"))


@pytest.fixture
def enclave(
    tmp_path: Path, identities: Identities, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """A real enclave process; the path of its socket."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(ROOT), str(ROOT / "proto"))))
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


@contextlib.contextmanager
def workers_held() -> Iterator[None]:
    """Evaluation workers stand still inside, so that a call is surely under way when it is cut."""
    workers = [
        child
        for child in psutil.Process().children()
        if "resource_tracker" not in " ".join(child.cmdline())
    ]
    for worker in workers:
        worker.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for worker in workers:
            worker.send_signal(signal.SIGCONT)


def test_a_run_whose_key_upload_was_cut_while_keys_were_checked_goes_on(
    tmp_path: Path, identities: Identities
) -> None:
    async def play() -> None:
        async with (
            scenes.serving(tmp_path, identities) as server,
            scenes.connected(server, identities) as parties,
        ):
            scene = scenes.draw(identities[CITY])
            await scenes.create(parties[CITY], scene)
            run = server._book.of_requester(scene.run, CITY)
            assert run is not None
            with workers_held():
                upload = asyncio.create_task(scenes.upload_keys(parties[CITY], scene))
                async with asyncio.timeout(10):
                    while not run.objects.keys_there:  # noqa: ASYNC110
                        await asyncio.sleep(0.01)
                upload.cancel()
                await asyncio.wait([upload])
                # The next answer comes after the cut: both travel on one connection.
                await scenes.state(parties[CITY], scene)
            await scenes.upload_keys(parties[CITY], scene)
            await scenes.upload_rosters(parties[CITY], scene, parties)
            assert (await scenes.next_work_of(parties[TAX], scene)).run == scene.name

    asyncio.run(play())


def test_an_enclave_run_whose_creation_was_cut_is_opened_all_the_same(
    tmp_path: Path, identities: Identities, enclave: Path
) -> None:
    async def play() -> None:
        async with (
            scenes.serving(tmp_path / "data", identities, enclave=enclave) as server,
            scenes.connected(server, identities) as parties,
        ):
            scene = scenes.draw(identities[CITY], scheme=Scheme.ENCLAVE, kind=ColumnKind.VALUE)
            # Another creation is under way, so that this one is surely waiting when it is cut.
            async with server._book._creating:
                creation = asyncio.create_task(scenes.create(parties[CITY], scene))
                async with asyncio.timeout(10):
                    while not server._book._creating._waiters:  # noqa: ASYNC110
                        await asyncio.sleep(0.01)
                creation.cancel()
                await asyncio.wait([creation])
                await parties[CITY].register()
            async with asyncio.timeout(10):
                while server._book.of_requester(scene.run, CITY) is None:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            # As a requester does that lost the answer: it asks again and goes on.
            await scenes.start(parties, scene)
            work = await scenes.next_work_of(parties[TAX], scene)
            assert work.evidence == (await scenes.state(parties[CITY], scene)).evidence != b""

    asyncio.run(play())


async def until(there: Callable[[], bool], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(there):
            pass


def test_an_upload_to_a_run_that_is_cancelled_meanwhile_hears_that(
    tmp_path: Path, identities: Identities
) -> None:
    async def play() -> None:
        async with (
            scenes.serving(tmp_path / "data", identities) as server,
            scenes.connected(server, identities) as parties,
        ):
            city = parties[CITY]
            scene = scenes.draw(city.identity)
            await scenes.create(city, scene)
            key = scene.draft.key.public_key
            assert key is not None
            half = asyncio.Event()
            cancelled = asyncio.Event()

            async def requests() -> AsyncIterator[matcher_pb2.UploadObjectRequest]:
                header = matcher_pb2.ObjectHeader(
                    run=scene.name,
                    kind=matcher_pb2.OBJECT_KIND_PUBLIC_KEY,
                    size=len(key),
                    digest=sha256(key),
                )
                yield matcher_pb2.UploadObjectRequest(header=header)
                yield matcher_pb2.UploadObjectRequest(data=key[:1000])
                half.set()
                await cancelled.wait()
                yield matcher_pb2.UploadObjectRequest(data=key[1000:])

            async def upload() -> None:
                with scenes.raised_here():
                    await city.runs.UploadObject(requests())

            uploading = asyncio.create_task(upload())
            await half.wait()
            inputs = tmp_path / "data" / "blobs" / scene.draft.statement.run_id / "inputs"
            await until(lambda: any(inputs.glob(".*")))
            await scenes.cancel(city, scene)
            await scenes.until_gone(inputs)
            cancelled.set()
            await scenes.refused(RunConflict, uploading)

    asyncio.run(play())
