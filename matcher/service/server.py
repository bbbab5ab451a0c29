"""Puts the matcher together and runs it.

Order of starting: store, blobs, workers, runs from before a restart, then the port. A server that
answers is ready. Stopping goes the other way: no new calls, what is in hand ends, the store is
closed; live runs stay as they are and go on after the next start.

Rules:
 * Every connection is TLS with a certificate under the authority, on both sides.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

import grpc
from eligibility.v1 import matcher_pb2, matcher_pb2_grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from matcher.core.errors import InvalidCertificate, InvalidConfiguration
from matcher.core.grants import GrantTable
from matcher.core.parameters import PARAMETER_SETS
from matcher.identity.certificates import hosts_of, parse_certificate
from matcher.identity.identity import CERTIFICATE, Identity, load_identity, preflight
from matcher.language.grants_file import load_grants
from matcher.service.admission import Admission
from matcher.service.blobs import BlobStore, FolderBlobs
from matcher.service.book import RunBook
from matcher.service.callers import Callers
from matcher.service.chunk_intake import ChunkIntake
from matcher.service.config import MatcherConfig
from matcher.service.data_lock import DataLock
from matcher.service.directory_servicer import DirectoryServicer
from matcher.service.dispatching import Dispatcher
from matcher.service.enclave_link import EnclaveLink
from matcher.service.enclave_runs import EnclaveRuns
from matcher.service.ending import Endings
from matcher.service.intake import Intake
from matcher.service.interceptors import Boundary, OutermostInterceptor
from matcher.service.journal import Journal
from matcher.service.provider_servicer import WorkServicer
from matcher.service.requester_servicer import RunsServicer
from matcher.service.resumption import Resumption
from matcher.service.runs import LiveRun
from matcher.service.sqlite_store import SqliteRunStore
from matcher.service.sweeper import Sweeper
from matcher.service.work_board import WorkBoard
from matcher.service.workers import EvaluationPool
from matcher.wire.boundary import boundary_log
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
_SERVICES = ("Directory", "Runs", "Work")

log = logging.getLogger(__name__)


class MatcherServer:
    """One matcher."""

    def __init__(
        self,
        config: MatcherConfig,
        identity: Identity,
        grants: GrantTable,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Open the data directory of ``config``; nothing runs before ``start``.

        Raises:
            InvalidConfiguration: another matcher uses the directory, or another version wrote it.
        """
        self._config = config
        self._identity = identity
        self._clock = clock
        self._boundary = boundary_log(config.boundary_log, config.boundary_capture)
        self._admission = Admission(config.schemes, grants, config.quotas)
        self._lock = DataLock(config.data)
        self._blobs: BlobStore = FolderBlobs(config.data / "blobs")
        self._journal = Journal(SqliteRunStore(config.data / "matcher.sqlite"))
        self._pool = EvaluationPool(config.workers, tuple(PARAMETER_SETS))
        self._board = WorkBoard()
        self._book = RunBook(self._admission, identity.authority, self._journal, clock)
        self._endings = Endings(identity, self._journal, self._blobs, clock)
        self._dispatcher = Dispatcher(self._pool, self._blobs, self._journal, self._endings)
        self._link = EnclaveLink(config.enclave, self._boundary) if config.enclave else None
        self._enclave = EnclaveRuns(self._link, self._blobs, self._journal, self._endings, clock)
        self._intake = Intake(
            blobs=self._blobs,
            journal=self._journal,
            dispatcher=self._dispatcher,
            enclave=self._enclave,
            endings=self._endings,
            board=self._board,
        )
        self._chunk_intake = ChunkIntake(self._blobs, self._journal, self._dispatcher)
        self._sweeper = Sweeper(
            book=self._book,
            journal=self._journal,
            blobs=self._blobs,
            endings=self._endings,
            retention=config.retention,
            clock=clock,
        )
        self._endings.subscribe(self._write_boundary)
        self._sweeping: asyncio.Task[None] | None = None
        self._health = health.aio.HealthServicer()
        self._server: grpc.aio.Server | None = None
        self.port = 0

    async def start(self) -> None:
        """Start everything; on return the matcher answers on ``port``.

        Raises:
            InvalidConfiguration: the address cannot be used.
            Unreachable: the workers do not start.
        """
        now = int(self._clock())
        await self._journal.call(
            self._journal.store.put_card, self._identity.agency, self._identity.signed_card, now
        )
        await self._pool.start()
        await self._resumption().resume()
        self._sweeping = asyncio.create_task(self._sweeper.run())
        self._server = self._listening()
        await self._server.start()
        for service in _SERVICES:
            await self._health.set(
                f"eligibility.v1.{service}", health_pb2.HealthCheckResponse.SERVING
            )
        log.info(
            "event=serving agency=%s port=%d workers=%d schemes=%s",
            self._identity.agency,
            self.port,
            self._config.workers,
            ",".join(sorted(self._config.schemes)),
        )

    async def wait(self) -> None:
        """Wait until the server has stopped."""
        if self._server is not None:
            await self._server.wait_for_termination()

    async def stop(self) -> None:
        """Stop answering, let what is in hand end, close everything."""
        if self._server is not None:
            await self._health.enter_graceful_shutdown()
            await self._server.stop(_GRACE_SECONDS)
        if self._sweeping is not None:
            self._sweeping.cancel()
            await asyncio.gather(self._sweeping, return_exceptions=True)
        await self._intake.drain()
        await self._enclave.drain()
        await self._dispatcher.drain()
        await self._pool.stop()
        await self._endings.drain()
        self._intake.close()
        self._chunk_intake.close()
        await self._journal.close()
        self._write_boundary()
        self._lock.release()
        log.info("event=stopped")

    def _resumption(self) -> Resumption:
        return Resumption(
            admission=self._admission,
            book=self._book,
            journal=self._journal,
            blobs=self._blobs,
            dispatcher=self._dispatcher,
            enclave=self._enclave,
            intake=self._intake,
            endings=self._endings,
            clock=self._clock,
        )

    def _listening(self) -> grpc.aio.Server:
        callers = Callers(self._identity.authority, self._clock)
        boundary = Boundary(self._boundary, capturing=self._config.boundary_capture is not None)
        server = grpc.aio.server(
            interceptors=(OutermostInterceptor(callers, boundary),), options=_OPTIONS
        )
        matcher_pb2_grpc.add_DirectoryServicer_to_server(
            DirectoryServicer(self._book, callers), server
        )
        matcher_pb2_grpc.add_RunsServicer_to_server(
            RunsServicer(
                book=self._book,
                intake=self._intake,
                endings=self._endings,
                enclave=self._enclave,
                blobs=self._blobs,
                journal=self._journal,
                board=self._board,
                callers=callers,
                clock=self._clock,
            ),
            server,
        )
        matcher_pb2_grpc.add_WorkServicer_to_server(
            WorkServicer(
                book=self._book,
                intake=self._intake,
                chunk_intake=self._chunk_intake,
                endings=self._endings,
                blobs=self._blobs,
                board=self._board,
                callers=callers,
            ),
            server,
        )
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        names = [
            matcher_pb2.DESCRIPTOR.services_by_name[service].full_name for service in _SERVICES
        ]
        reflection.enable_server_reflection(
            (*names, health.SERVICE_NAME, reflection.SERVICE_NAME), server
        )
        self.port = self._bind(server)
        return server

    def _bind(self, server: grpc.aio.Server) -> int:
        credentials = grpc.ssl_server_credentials(
            [(self._identity.private_key_pem, self._identity.certificate_pem)],
            root_certificates=self._identity.authority_pem,
            require_client_auth=True,
        )
        try:
            port = server.add_secure_port(self._config.listen, credentials)
        except RuntimeError:
            port = 0
        if port == 0:
            raise InvalidConfiguration(
                "the address cannot be listened on",
                where=self._config.listen,
                fix="check that no other program uses the port",
            )
        return port

    def _write_boundary(self, _run: LiveRun | None = None) -> None:
        if self._boundary is not None:
            self._boundary.save()


def prepare(config: MatcherConfig) -> tuple[Identity, GrantTable]:
    """Load and check what ``config`` names; makes nothing.

    Raises:
        InvalidConfiguration, InvalidFile, InvalidGrantTable, InvalidCertificate, InvalidCard: what
            is wrong, where, and what to do.
    """
    identity = load_identity(config.identity)
    preflight(identity, int(time.time()))
    if not hosts_of(parse_certificate(identity.certificate_pem)):
        raise InvalidCertificate(
            "the certificate names no host, so that nobody can dial this server",
            where=str(config.identity / CERTIFICATE),
            fix="issue an identity with `fusuma pki add --server`",
        )
    tables = [load_grants(path) for path in config.grants]
    return identity, GrantTable(tuple(grant for table in tables for grant in table.grants))
