"""Opens the channel from an agency to a matcher.

Rules:
 * The agency's own certificate and card are checked first: a peer that refuses them only closes
   the socket, which tells nobody what is wrong.
 * mTLS under the federation's authority and nothing else; the server is known by the name it is
   dialled at, which is never overridden, and the connection is direct, whatever proxy the
   environment names.
"""

from __future__ import annotations

import time

import grpc

from clients.transport.accounting import AccountedChannel
from matcher.identity.identity import Identity, preflight
from matcher.wire.boundary import BoundaryLog
from matcher.wire.message_size import SIZE_OPTIONS

_KEEPALIVE_MS = 60_000
_KEEPALIVE_TIMEOUT_MS = 20_000

_OPTIONS: tuple[tuple[str, int], ...] = (
    *SIZE_OPTIONS,
    # A silent stream must notice that the other side is gone.
    ("grpc.keepalive_time_ms", _KEEPALIVE_MS),
    ("grpc.keepalive_timeout_ms", _KEEPALIVE_TIMEOUT_MS),
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.enable_http_proxy", 0),
    # Reconnecting is paced by the callers, with jitter; the channel itself should not add minutes.
    ("grpc.max_reconnect_backoff_ms", 5_000),
)


async def connect(
    identity: Identity,
    target: str,
    *,
    boundary: BoundaryLog | None = None,
    peer: str = "matcher",
    now: int | None = None,
) -> grpc.aio.Channel:
    """Return a channel to ``target`` as ``identity``; it dials when the first call is made.

    Args:
        identity: of this agency.
        target: ``host:port``; the host must be a name of the server's certificate.
        boundary: counts what crosses the channel, if given.
        peer: what the other side is called in ``boundary``.
        now: Unix seconds at which certificates must hold; the machine's clock if not given.

    Raises:
        InvalidCertificate: a peer would refuse this agency's certificate; says why.
        InvalidCard: a peer would refuse this agency's card.
    """
    preflight(identity, int(time.time()) if now is None else now)
    credentials = grpc.ssl_channel_credentials(
        root_certificates=identity.authority_pem,
        private_key=identity.private_key_pem,
        certificate_chain=identity.certificate_pem,
    )
    channel = grpc.aio.secure_channel(target, credentials, options=_OPTIONS)
    return channel if boundary is None else AccountedChannel(channel, boundary, peer)
