"""Fetches what an agency needs for a run, all at once.

For one person the round trips would be most of the time. Nothing is opened here; the public key
is the one the run statement names, the roster is still sealed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from eligibility.v1 import matcher_pb2, matcher_pb2_grpc

from clients.provider.order import Order
from clients.transport.calls import calling
from clients.transport.objects import fetch_object
from matcher.core.errors import StatementMismatch
from matcher.identity.sealing import SEAL_OVERHEAD_BYTES
from matcher.wire.roster import padded_bytes

_CALL_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Materials:
    """What the matcher keeps for this agency and run.

    Attributes:
        public_key: with the statement's digest; empty for an enclave.
        sealed_roster: as the requester sealed it.
        received: chunks of this agency that have arrived already; not checked yet.
    """

    public_key: bytes
    sealed_roster: bytes = field(repr=False)
    received: Sequence[matcher_pb2.ReceivedChunk]


async def fetch_materials(
    stub: matcher_pb2_grpc.WorkAsyncStub, order: Order, target: str
) -> Materials:
    """Fetch the materials of ``order``.

    Raises:
        StatementMismatch: the statement names no public key for a homomorphic run.
        DigestMismatch: the public key is not the statement's.
        InvalidMessage: an object is larger than the plan allows.
        FusumaError: the matcher refused or cannot be reached.
    """
    key = asyncio.ensure_future(_public_key(stub, order, target))
    roster = asyncio.ensure_future(_sealed_roster(stub, order, target))
    received = asyncio.ensure_future(_received(stub, order, target))
    try:
        return Materials(*await asyncio.gather(key, roster, received))
    finally:
        for fetching in (key, roster, received):
            fetching.cancel()


async def _public_key(stub: matcher_pb2_grpc.WorkAsyncStub, order: Order, target: str) -> bytes:
    parameters, digest = order.plan.parameters, order.statement.public_key_digest
    if parameters is None:
        return b""
    if digest is None:
        raise StatementMismatch("the run statement names no public key", where=order.name)
    kind = matcher_pb2.OBJECT_KIND_PUBLIC_KEY
    request = matcher_pb2.FetchObjectRequest(run=order.name, kind=kind)
    limit = parameters.public_key_bytes
    return await fetch_object(stub, request, limit, digest=digest, target=target)


async def _sealed_roster(stub: matcher_pb2_grpc.WorkAsyncStub, order: Order, target: str) -> bytes:
    kind = matcher_pb2.OBJECT_KIND_ROSTER
    request = matcher_pb2.FetchObjectRequest(run=order.name, kind=kind)
    limit = padded_bytes(order.plan, order.statement.chunks) + SEAL_OVERHEAD_BYTES
    return await fetch_object(stub, request, limit, target=target)


async def _received(
    stub: matcher_pb2_grpc.WorkAsyncStub, order: Order, target: str
) -> Sequence[matcher_pb2.ReceivedChunk]:
    with calling(target):
        response = await stub.ListChunks(
            matcher_pb2.ListChunksRequest(run=order.name), timeout=_CALL_SECONDS
        )
    return tuple(response.chunks)
