"""The port the matcher answers on, with its four services, health and reflection.

Rules:
 * Every connection is TLS with a certificate under the authority, on both sides.
 * Who asks for the server's health hears SERVING once it serves, and NOT_SERVING as soon as it is
   to stop; what is in hand then has a moment to end.
"""

from __future__ import annotations

import grpc
from eligibility.v1 import matcher_pb2, matcher_pb2_grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from matcher.core.errors import InvalidConfiguration
from matcher.identity.identity import Identity
from matcher.wire.message_size import SIZE_OPTIONS

_GRACE_SECONDS = 1.0
_OPTIONS = (
    *SIZE_OPTIONS,
    ("grpc.so_reuseport", 0),
    ("grpc.max_concurrent_streams", 128),
    # Agents keep a stream open for days: let them ping, and find out who is gone.
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.http2.max_ping_strikes", 0),
)
_SERVICES = tuple(
    matcher_pb2.DESCRIPTOR.services_by_name[name].full_name
    for name in ("Directory", "Programmes", "Runs", "Work")
)


class Listener:
    """A gRPC server bound to one address.

    Attributes:
        port: the TCP port, also where the address left it open.
    """

    def __init__(
        self,
        address: str,
        identity: Identity,
        outermost: grpc.aio.ServerInterceptor,
        *,
        directory: matcher_pb2_grpc.DirectoryServicer,
        programmes: matcher_pb2_grpc.ProgrammesServicer,
        runs: matcher_pb2_grpc.RunsServicer,
        work: matcher_pb2_grpc.WorkServicer,
    ) -> None:
        """Bind to ``address`` as ``identity``; nobody is answered before ``start``.

        Args:
            address: ``host:port``; port 0 takes a free one.
            identity: of the matcher.
            outermost: wraps every method of every service.
            directory: the service of that name, as are the other three.
            programmes: see there.
            runs: see there.
            work: see there.

        Raises:
            InvalidConfiguration: the address cannot be used.
        """
        self._server = grpc.aio.server(interceptors=(outermost,), options=_OPTIONS)
        self._health = health.aio.HealthServicer()
        matcher_pb2_grpc.add_DirectoryServicer_to_server(directory, self._server)
        matcher_pb2_grpc.add_ProgrammesServicer_to_server(programmes, self._server)
        matcher_pb2_grpc.add_RunsServicer_to_server(runs, self._server)
        matcher_pb2_grpc.add_WorkServicer_to_server(work, self._server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        reflection.enable_server_reflection(
            (*_SERVICES, health.SERVICE_NAME, reflection.SERVICE_NAME), self._server
        )
        self.port = self._bind(address, identity)

    async def start(self) -> None:
        """Answer."""
        await self._server.start()
        for service in _SERVICES:
            await self._health.set(service, health_pb2.HealthCheckResponse.SERVING)

    async def stop(self) -> None:
        """Answer nobody new, and give calls in hand a moment to end."""
        await self._health.enter_graceful_shutdown()
        await self._server.stop(_GRACE_SECONDS)

    def _bind(self, address: str, identity: Identity) -> int:
        credentials = grpc.ssl_server_credentials(
            [(identity.private_key_pem, identity.certificate_pem)],
            root_certificates=identity.authority_pem,
            require_client_auth=True,
        )
        try:
            port = self._server.add_secure_port(address, credentials)
        except RuntimeError:
            port = 0
        if port == 0:
            raise InvalidConfiguration(
                "the address cannot be listened on",
                where=address,
                fix="check that no other program uses the port",
            )
        return port
