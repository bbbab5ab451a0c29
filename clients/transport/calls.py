"""Turns failed gRPC calls into the errors of this system.

Rules:
 * The peer's reason decides the class; the words are this side's own (see ``matcher.wire.status``).
 * A failure without a reason is the connection's: the peer is down, or refused the handshake, or
   did not answer in time. It names the address and what to check.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import grpc

from matcher.wire.status import from_rpc_error


@contextmanager
def calling(target: str) -> Iterator[None]:
    """Translate the errors of calls to ``target`` made inside.

    Raises:
        FusumaError: the call failed; the class is the reason.
    """
    try:
        yield
    except grpc.aio.AioRpcError as error:
        raise from_rpc_error(error, target) from None
