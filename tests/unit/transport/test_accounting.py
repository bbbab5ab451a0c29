from collections.abc import Callable
from pathlib import Path
from typing import Any

from eligibility.v1 import matcher_pb2, matcher_pb2_grpc

from clients.transport.objects import fetch_object, upload_object
from matcher.wire.boundary import BoundaryLog

RUN = "runs/" + "0" * 32
OverTls = Callable[..., None]


async def every_kind_of_call(target: str, channel: Any, _: Any) -> None:
    directory = matcher_pb2_grpc.DirectoryStub(channel)
    await directory.GetCard(matcher_pb2.GetCardRequest(name="agencies/tax"))
    request = matcher_pb2.FetchObjectRequest(run=RUN)
    await fetch_object(matcher_pb2_grpc.WorkStub(channel), request, 10**6, target=target)
    header = matcher_pb2.ObjectHeader(run=RUN)
    await upload_object(matcher_pb2_grpc.RunsStub(channel), header, b"planted", target=target)


def test_every_message_is_counted_with_its_size(over_tls: OverTls) -> None:
    boundary = BoundaryLog()
    over_tls(every_kind_of_call, boundary=boundary)
    crossed = boundary.snapshot()["crossed"]
    assert isinstance(crossed, list)
    counts = {
        (one["direction"], one["kind"]): (one["messages"], one["bytes"])
        for one in crossed
        if isinstance(one, dict)
    }
    name = matcher_pb2.GetCardRequest(name="agencies/tax")
    data = matcher_pb2.UploadObjectRequest(data=b"planted")
    parts = [matcher_pb2.FetchObjectResponse(data=b"x" * size) for size in (70_000, 30_000)]
    assert counts["out", "GetCardRequest"] == (1, name.ByteSize())
    assert counts["in", "SignedCard"][0] == 1
    assert counts["out", "FetchObjectRequest"][0] == 1
    assert counts["in", "FetchObjectResponse"] == (2, sum(part.ByteSize() for part in parts))
    assert counts["out", "UploadObjectRequest.header"][0] == 1
    assert counts["out", "UploadObjectRequest.data"] == (1, data.ByteSize())
    assert counts["in", "UploadObjectResponse"] == (1, 0)


def test_a_capture_holds_what_was_sent(over_tls: OverTls, tmp_path: Path) -> None:
    over_tls(every_kind_of_call, boundary=BoundaryLog(tmp_path))
    kept = [path.name for path in tmp_path.iterdir() if b"planted" in path.read_bytes()]
    assert len(kept) == 1
    assert "-out-" in kept[0]
