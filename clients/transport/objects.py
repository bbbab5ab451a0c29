"""Streams keys and sealed rosters, which are larger than a message may be.

Rules:
 * An object is sent in parts of 960 KiB behind a header that names its size and digest.
 * A receiver states how much it accepts before the first byte arrives, and stops there.
 * What the run statement promises a digest for is checked before anyone parses it. A sealed roster
   has none; whoever opens it checks its content.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from eligibility.v1 import matcher_pb2, matcher_pb2_grpc

from clients.transport.calls import calling
from matcher.core.binding import sha256
from matcher.core.errors import DigestMismatch, InvalidMessage
from matcher.core.identifiers import Digest
from matcher.wire.message_size import PART_BYTES

_UPLOAD_SECONDS = 300.0


async def upload_object(
    stub: matcher_pb2_grpc.RunsAsyncStub,
    header: matcher_pb2.ObjectHeader,
    data: bytes,
    *,
    target: str = "",
) -> None:
    """Send ``data``; ``header`` gets its size and digest here.

    Raises:
        FusumaError: the receiver refused it or cannot be reached.
    """
    complete = matcher_pb2.ObjectHeader()
    complete.CopyFrom(header)
    complete.size = len(data)
    complete.digest = sha256(data)

    async def parts() -> AsyncIterator[matcher_pb2.UploadObjectRequest]:
        yield matcher_pb2.UploadObjectRequest(header=complete)
        view = memoryview(data)
        for start in range(0, len(data), PART_BYTES):
            part = bytes(view[start : start + PART_BYTES])
            yield matcher_pb2.UploadObjectRequest(data=part)

    with calling(target):
        await stub.UploadObject(parts(), timeout=_UPLOAD_SECONDS)


async def fetch_object(
    stub: matcher_pb2_grpc.WorkAsyncStub,
    request: matcher_pb2.FetchObjectRequest,
    limit: int,
    *,
    digest: Digest | None = None,
    target: str = "",
) -> bytes:
    """Return the object that ``request`` names.

    Args:
        stub: of the service that keeps it.
        request: names run and kind.
        limit: the largest acceptable size in bytes.
        digest: what the run statement promises, if anything.
        target: address of the peer, for messages.

    Raises:
        InvalidMessage: the object is larger than ``limit``.
        DigestMismatch: it is not the one that was promised.
        FusumaError: the keeper refused or cannot be reached.
    """
    received: list[bytes] = []
    size = 0
    with calling(target):
        call = stub.FetchObject(request, timeout=_UPLOAD_SECONDS)
        async for part in call:
            # Taken out once: every look at the field copies it.
            received.append(part.data)
            size += len(received[-1])
            if size > limit:
                call.cancel()
                raise InvalidMessage(f"the object is larger than {limit} bytes", where=request.run)
    data = b"".join(received)
    if digest is not None and sha256(data) != digest:
        raise DigestMismatch("the object is not the one the run statement names", where=request.run)
    return data
