"""A requester connected to one matcher, and the calls it makes there.

Rules:
 * Every call's failure is an error of this system that names the matcher's address.
 * A card counts only after it has been verified under this agency's authority, and only for the
   agency that was asked for.
 * Calls that are repeated after a broken connection are idempotent on the matcher's side.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc
from eligibility.v1 import matcher_pb2, matcher_pb2_grpc

from clients.requester.config import RequesterConfig
from clients.transport.calls import calling
from clients.transport.channel import connect
from clients.transport.objects import upload_object
from matcher.core.errors import InvalidCard
from matcher.core.identifiers import AgencyId, RunId
from matcher.identity.card import Card, verify_card
from matcher.identity.envelope import Envelope
from matcher.wire.boundary import BoundaryLog
from matcher.wire.envelope import card_bytes, card_message, envelope_message
from matcher.wire.names import agency_name, run_name

_CALL_SECONDS = 30.0
_CANCEL_SECONDS = 3.0


class Session:
    """Calls to one matcher as one requester.

    Attributes:
        config: of the requester.
    """

    def __init__(self, config: RequesterConfig, channel: grpc.aio.Channel) -> None:
        self.config = config
        self._target = config.address
        self._directory = matcher_pb2_grpc.DirectoryStub(channel)
        self._runs = matcher_pb2_grpc.RunsStub(channel)

    async def register(self) -> None:
        """Show the matcher this agency's own card, under which it reads run statements."""
        message = card_message(self.config.identity.signed_card)
        with calling(self._target):
            await self._directory.RegisterCard(
                matcher_pb2.RegisterCardRequest(card=message), timeout=_CALL_SECONDS
            )

    async def card_of(self, agency: AgencyId) -> Card:
        """Return the verified card of ``agency``.

        Raises:
            InvalidCard: it does not verify, or is another agency's.
        """
        with calling(self._target):
            message = await self._directory.GetCard(
                matcher_pb2.GetCardRequest(name=agency_name(agency)), timeout=_CALL_SECONDS
            )
        card = verify_card(card_bytes(message), self.config.identity.authority, int(time.time()))
        if card.agency != agency:
            raise InvalidCard("the matcher gave another agency's card", where=agency)
        return card

    async def create(self, statement: Envelope, bundle: bytes) -> None:
        """Announce the run; the matcher checks statement, programme and grants."""
        request = matcher_pb2.CreateRunRequest(statement=envelope_message(statement), bundle=bundle)
        with calling(self._target):
            await self._runs.CreateRun(request, timeout=_CALL_SECONDS)

    async def upload(
        self,
        run: RunId,
        kind: matcher_pb2.ObjectKind.ValueType,
        data: bytes,
        provider: AgencyId | None = None,
    ) -> None:
        """Send a key, or the sealed roster of ``provider``."""
        header = matcher_pb2.ObjectHeader(run=run_name(run), kind=kind, provider=provider or "")
        await upload_object(self._runs, header, data, target=self._target)

    async def watch(self, run: RunId) -> AsyncIterator[matcher_pb2.Run]:
        """Yield the run now and after every change until it has ended."""
        with calling(self._target):
            async for state in self._runs.WatchRun(matcher_pb2.WatchRunRequest(name=run_name(run))):
                yield state

    async def fetch(self, run: RunId) -> AsyncIterator[matcher_pb2.FetchResultsResponse]:
        """Yield the pieces of the run's result."""
        request = matcher_pb2.FetchResultsRequest(name=run_name(run))
        with calling(self._target):
            async for piece in self._runs.FetchResults(request):
                yield piece

    async def cancel(self, run: RunId) -> None:
        """Cancel the run; whatever was uploaded for it is deleted."""
        with calling(self._target):
            await self._runs.CancelRun(
                matcher_pb2.CancelRunRequest(name=run_name(run)), timeout=_CANCEL_SECONDS
            )


@asynccontextmanager
async def open_session(
    config: RequesterConfig, boundary: BoundaryLog | None = None
) -> AsyncIterator[Session]:
    """Connect to the matcher of ``config`` and register this agency's card.

    Args:
        config: of the requester.
        boundary: counts what crosses the connection, if given.

    Raises:
        InvalidCertificate: peers would refuse this agency's certificate; says why.
        InvalidCard: peers would refuse this agency's card.
        Unreachable: the matcher does not answer.
    """
    channel = await connect(config.identity, config.address, boundary=boundary, peer=config.matcher)
    async with channel:
        session = Session(config, channel)
        await session.register()
        yield session
