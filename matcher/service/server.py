"""Puts the matcher together and runs it.

Order of starting: store, blobs, workers, runs from before a restart, then the port. A server that
answers is ready. Stopping goes the other way: no new calls, what is in hand ends, the store is
closed; live runs stay as they are and go on after the next start.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from matcher.core.errors import InvalidCertificate
from matcher.core.grants import GrantTable
from matcher.identity.certificates import hosts_of, parse_certificate
from matcher.identity.identity import CERTIFICATE, Identity, load_identity, preflight
from matcher.language.grants_file import load_grants
from matcher.service.admission import Admission
from matcher.service.blobs import BlobStore, FolderBlobs
from matcher.service.book import RunBook
from matcher.service.callers import Callers
from matcher.service.cards import Cards
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
from matcher.service.library import Library
from matcher.service.listener import Listener
from matcher.service.programme_servicer import ProgrammesServicer
from matcher.service.provider_servicer import WorkServicer
from matcher.service.requester_servicer import RunsServicer
from matcher.service.resumption import Resumption
from matcher.service.runs import LiveRun
from matcher.service.sqlite_programmes import SqliteProgrammeStore
from matcher.service.sqlite_store import SqliteRunStore
from matcher.service.sweeper import Sweeper
from matcher.service.work_board import WorkBoard
from matcher.service.workers import EvaluationPool
from matcher.wire.boundary import boundary_log

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
        database = config.data / "matcher.sqlite"
        self._journal = Journal(SqliteRunStore(database))
        self._pool = EvaluationPool(config.workers, sorted(config.schemes))
        self._board = WorkBoard()
        self._cards = Cards(identity.authority, self._journal, clock)
        self._library = Library(
            SqliteProgrammeStore(database),
            self._journal,
            self._cards,
            grants,
            clock,
            only_published=config.only_published,
            most=config.quotas.programmes_per_requester,
        )
        self._book = RunBook(self._admission, self._cards, self._library, self._journal, clock)
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
        self._listener: Listener | None = None

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
        self._listener = self._listening()
        await self._listener.start()
        log.info(
            "event=serving agency=%s port=%d workers=%d schemes=%s",
            self._identity.agency,
            self.port,
            self._config.workers,
            ",".join(sorted(self._config.schemes)),
        )

    @property
    def port(self) -> int:
        """The TCP port it answers on; 0 before ``start``."""
        return 0 if self._listener is None else self._listener.port

    async def stop(self) -> None:
        """Stop answering, let what is in hand end, close everything."""
        if self._listener is not None:
            await self._listener.stop()
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
        await self._library.close()
        await self._journal.close()
        self._write_boundary()
        self._lock.release()
        log.info("event=stopped")

    def _resumption(self) -> Resumption:
        return Resumption(
            admission=self._admission,
            cards=self._cards,
            book=self._book,
            journal=self._journal,
            blobs=self._blobs,
            dispatcher=self._dispatcher,
            enclave=self._enclave,
            intake=self._intake,
            endings=self._endings,
            clock=self._clock,
        )

    def _listening(self) -> Listener:
        callers = Callers(self._identity.authority, self._clock)
        boundary = Boundary(self._boundary, capturing=self._config.boundary_capture is not None)
        directory = DirectoryServicer(self._cards, callers)
        programmes = ProgrammesServicer(self._library, callers)
        runs = RunsServicer(
            book=self._book,
            intake=self._intake,
            endings=self._endings,
            enclave=self._enclave,
            blobs=self._blobs,
            journal=self._journal,
            board=self._board,
            callers=callers,
            clock=self._clock,
        )
        work = WorkServicer(
            book=self._book,
            intake=self._intake,
            chunk_intake=self._chunk_intake,
            endings=self._endings,
            blobs=self._blobs,
            board=self._board,
            callers=callers,
        )
        return Listener(
            self._config.listen,
            self._identity,
            OutermostInterceptor(callers, boundary),
            directory=directory,
            programmes=programmes,
            runs=runs,
            work=work,
        )

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
