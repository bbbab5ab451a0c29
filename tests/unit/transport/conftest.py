"""A small real server over mTLS, so that the transport meets real handshakes and real statuses."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import grpc
import pytest
from eligibility.v1 import common_pb2, matcher_pb2, matcher_pb2_grpc

from clients.transport.channel import connect
from fusuma.pki import create_authority, issue_identity
from matcher.core.errors import RunNotFound
from matcher.core.identifiers import AgencyId
from matcher.identity.identity import Identity
from matcher.wire.boundary import BoundaryLog
from matcher.wire.status import abort_terms

PARTS = (b"a" * 70_000, b"b" * 30_000)
Scenario = Callable[[str, grpc.aio.Channel, "Seen"], Awaitable[None]]


class Seen:
    """What reached the server."""

    def __init__(self) -> None:
        self.header = matcher_pb2.ObjectHeader()
        self.parts: list[bytes] = []


class Directory(matcher_pb2_grpc.DirectoryServicer):
    async def RegisterCard(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        return matcher_pb2.RegisterCardResponse()

    async def GetCard(self, request: Any, context: Any) -> common_pb2.SignedCard:  # noqa: N802
        if request.name == "agencies/slow":
            await asyncio.sleep(30)
        if request.name == "agencies/none":
            where = "runs/" + "0" * 32
            await context.abort(*abort_terms(RunNotFound("words of the peer", where=where)))
        return common_pb2.SignedCard(card=b"a card")


class Work(matcher_pb2_grpc.WorkServicer):
    async def FetchObject(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        for part in PARTS:
            yield matcher_pb2.FetchObjectResponse(data=part)


class Runs(matcher_pb2_grpc.RunsServicer):
    def __init__(self, seen: Seen) -> None:
        self._seen = seen

    async def UploadObject(self, request_iterator: Any, context: Any) -> Any:  # noqa: N802, ARG002
        async for request in request_iterator:
            if request.WhichOneof("part") == "header":
                self._seen.header.CopyFrom(request.header)
            else:
                self._seen.parts.append(request.data)
        return matcher_pb2.UploadObjectResponse()


@pytest.fixture(scope="session")
def identities(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Identity]:
    """A matcher, an agency, and an agency of another federation."""
    now = int(time.time())
    ours = create_authority(tmp_path_factory.mktemp("ours"), now)
    theirs = create_authority(tmp_path_factory.mktemp("theirs"), now)
    hosts = ("localhost", "127.0.0.1")
    return {
        "matcher": issue_identity(ours, AgencyId("matcher"), now, hosts=hosts),
        "tax": issue_identity(ours, AgencyId("tax"), now),
        "stranger": issue_identity(theirs, AgencyId("tax"), now),
    }


@contextlib.asynccontextmanager
async def served(identity: Identity) -> AsyncIterator[tuple[str, Seen]]:
    server, seen = grpc.aio.server(), Seen()
    matcher_pb2_grpc.add_DirectoryServicer_to_server(Directory(), server)
    matcher_pb2_grpc.add_WorkServicer_to_server(Work(), server)
    matcher_pb2_grpc.add_RunsServicer_to_server(Runs(seen), server)
    pair = identity.private_key_pem, identity.certificate_pem
    credentials = grpc.ssl_server_credentials(
        [pair], root_certificates=identity.authority_pem, require_client_auth=True
    )
    port = server.add_secure_port("127.0.0.1:0", credentials)
    await server.start()
    try:
        yield f"127.0.0.1:{port}", seen
    finally:
        await server.stop(0)


@pytest.fixture
def over_tls(identities: Mapping[str, Identity]) -> Callable[..., None]:
    """Run a scenario against the server, as the agency or as someone else."""

    def run(scenario: Scenario, who: str = "tax", boundary: BoundaryLog | None = None) -> None:
        async def whole() -> None:
            async with served(identities["matcher"]) as (target, seen):
                channel = await connect(identities[who], target, boundary=boundary)
                async with channel:
                    await scenario(target, channel, seen)

        asyncio.run(asyncio.wait_for(whole(), 30))

    return run
