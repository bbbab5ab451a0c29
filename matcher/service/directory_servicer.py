"""The Directory service: agencies' cards, relayed."""

from __future__ import annotations

from eligibility.v1 import common_pb2, matcher_pb2, matcher_pb2_grpc

from matcher.service.callers import Callers, Context
from matcher.service.cards import Cards
from matcher.wire.envelope import card_bytes, card_message
from matcher.wire.names import agency_named


class DirectoryServicer(matcher_pb2_grpc.DirectoryServicer):
    """Takes every agency's own card and gives it to the others, who verify it themselves."""

    def __init__(self, cards: Cards, callers: Callers) -> None:
        self._cards = cards
        self._callers = callers

    async def RegisterCard(  # noqa: N802
        self, request: matcher_pb2.RegisterCardRequest, context: Context
    ) -> matcher_pb2.RegisterCardResponse:
        """Register the caller's card."""
        await self._cards.register(self._callers.caller(context), card_bytes(request.card))
        return matcher_pb2.RegisterCardResponse()

    async def GetCard(  # noqa: N802
        self, request: matcher_pb2.GetCardRequest, context: Context
    ) -> common_pb2.SignedCard:
        """Return an agency's card."""
        self._callers.caller(context)
        return card_message(await self._cards.of(agency_named(request.name)))
