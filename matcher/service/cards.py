"""The cards agencies have registered with this matcher.

A card is relayed: whoever gets one verifies it under the authority, as the matcher does itself.

Rules:
 * An agency registers its own card only; the last one counts.
 * A card is verified as of now whenever it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from matcher.core.errors import InvalidCard, NotYours
from matcher.core.identifiers import AgencyId
from matcher.identity.card import Card, verify_card
from matcher.identity.certificates import Authority
from matcher.service.journal import Journal


class Cards:
    """All registered cards, by agency."""

    def __init__(self, authority: Authority, journal: Journal, clock: Callable[[], float]) -> None:
        self._authority = authority
        self._journal = journal
        self._clock = clock

    def verify(self, signed_card: bytes) -> Card:
        """Return the card in ``signed_card``, checked against the authority as of now.

        Raises:
            InvalidCard: it does not check out.
        """
        return verify_card(signed_card, self._authority, int(self._clock()))

    async def register(self, caller: AgencyId, signed_card: bytes) -> None:
        """Remember the caller's own card.

        Raises:
            InvalidCard: it does not check out.
            NotYours: it is another agency's.
        """
        if self.verify(signed_card).agency != caller:
            raise NotYours("the card is another agency's", fix="register your own")
        await self._journal.call(
            self._journal.store.put_card, caller, signed_card, int(self._clock())
        )

    async def of(self, agency: AgencyId) -> bytes:
        """Return the serialised card ``agency`` registered last.

        Raises:
            InvalidCard: it has registered none.
        """
        signed = await self._journal.call(self._journal.store.card, agency)
        if signed is None:
            raise InvalidCard(
                "the agency has not registered its card", where=agency, fix="start its agent once"
            )
        return signed

    async def registered(self, agencies: Iterable[AgencyId]) -> Mapping[AgencyId, bytes]:
        """Return the serialised cards of those of ``agencies`` that have registered one."""
        found = {}
        for agency in agencies:
            signed = await self._journal.call(self._journal.store.card, agency)
            if signed is not None:
                found[agency] = signed
        return found
