from collections.abc import Callable
from typing import Any

import pytest
from eligibility.v1 import matcher_pb2, matcher_pb2_grpc

from clients.transport.objects import fetch_object, upload_object
from matcher.core.binding import sha256
from matcher.core.errors import DigestMismatch, InvalidMessage
from matcher.core.identifiers import Digest

RUN = "runs/" + "0" * 32
WANTED = b"a" * 70_000 + b"b" * 30_000
REQUEST = matcher_pb2.FetchObjectRequest(run=RUN, kind=matcher_pb2.OBJECT_KIND_PUBLIC_KEY)
OverTls = Callable[..., None]


@pytest.mark.parametrize("size", [0, 1, 983_040, 983_041, 2_100_000])
def test_an_object_arrives_whole_in_parts_under_a_megabyte(over_tls: OverTls, size: int) -> None:
    data = bytes(number % 251 for number in range(size))

    async def scenario(target: str, channel: Any, seen: Any) -> None:
        header = matcher_pb2.ObjectHeader(run=RUN, kind=matcher_pb2.OBJECT_KIND_ROSTER)
        await upload_object(matcher_pb2_grpc.RunsStub(channel), header, data, target=target)
        assert b"".join(seen.parts) == data
        assert len(seen.parts) == -(-size // 983_040)
        assert all(len(part) < 2**20 for part in seen.parts)
        assert (seen.header.size, seen.header.digest) == (size, sha256(data))
        assert seen.header.run == RUN

    over_tls(scenario)


def test_an_object_is_fetched_and_checked_against_its_digest(over_tls: OverTls) -> None:
    async def scenario(target: str, channel: Any, _: Any) -> None:
        stub = matcher_pb2_grpc.WorkStub(channel)
        digest = sha256(WANTED)
        data = await fetch_object(stub, REQUEST, len(WANTED), digest=digest, target=target)
        assert data == WANTED

    over_tls(scenario)


def test_another_object_than_promised_is_refused(over_tls: OverTls) -> None:
    async def scenario(target: str, channel: Any, _: Any) -> None:
        stub = matcher_pb2_grpc.WorkStub(channel)
        with pytest.raises(DigestMismatch):
            await fetch_object(stub, REQUEST, 10**6, digest=Digest(bytes(32)), target=target)

    over_tls(scenario)


def test_an_object_larger_than_accepted_is_refused(over_tls: OverTls) -> None:
    async def scenario(target: str, channel: Any, _: Any) -> None:
        stub = matcher_pb2_grpc.WorkStub(channel)
        with pytest.raises(InvalidMessage, match="larger than 99999 bytes"):
            await fetch_object(stub, REQUEST, len(WANTED) - 1, target=target)

    over_tls(scenario)
