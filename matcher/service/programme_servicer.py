"""The Programmes service: publishing, fetching and listing programmes.

Rules:
 * Any agency may read; a requester publishes its own programmes only (see ``library``).
 * Lists name programmes without their bundles, in pages.
"""

from __future__ import annotations

import asyncio

from eligibility.v1 import matcher_pb2, matcher_pb2_grpc

from matcher.core.errors import InvalidMessage
from matcher.core.identifiers import Digest
from matcher.service.callers import Callers, Context
from matcher.service.library import Library
from matcher.service.programme_store import ProgrammeKey, PublishedProgramme, Wanted
from matcher.wire.envelope import card_message, envelope_message, envelope_of
from matcher.wire.parsing import agency_in, digest_in

_PAGE = 50
_LARGEST_PAGE = 100


class ProgrammesServicer(matcher_pb2_grpc.ProgrammesServicer):
    """Takes requesters' signed programmes and gives them to whoever is to answer."""

    def __init__(self, library: Library, callers: Callers) -> None:
        self._library = library
        self._callers = callers

    async def PublishProgramme(  # noqa: N802
        self, request: matcher_pb2.PublishProgrammeRequest, context: Context
    ) -> matcher_pb2.PublishedProgramme:
        """Publish the caller's programme."""
        publishing = self._library.publish(
            self._callers.caller(context),
            envelope_of(request.bundle, "bundle"),
            validate_only=request.validate_only,
        )
        # As a whole: a caller that hangs up has published, or has not.
        return _complete(await asyncio.shield(publishing))

    async def GetProgramme(  # noqa: N802
        self, request: matcher_pb2.GetProgrammeRequest, context: Context
    ) -> matcher_pb2.PublishedProgramme:
        """Return a published programme."""
        self._callers.caller(context)
        return _complete(await self._library.find(_wanted(request)))

    async def ListProgrammes(  # noqa: N802
        self, request: matcher_pb2.ListProgrammesRequest, context: Context
    ) -> matcher_pb2.ListProgrammesResponse:
        """Return a page of the published programmes."""
        self._callers.caller(context)
        if request.page_size > _LARGEST_PAGE:
            raise InvalidMessage(f"a page has at most {_LARGEST_PAGE} programmes")
        size = request.page_size or _PAGE
        # One more than is sent tells whether there is another page.
        found = await self._library.page(
            Wanted(request.programme, request.requester), _before(request.page_token), size + 1
        )
        more = len(found) > size
        return matcher_pb2.ListProgrammesResponse(
            programmes=map(_listed, found[:size]),
            next_page_token=str(found[size - 1].number) if more else "",
        )


def _wanted(request: matcher_pb2.GetProgrammeRequest) -> ProgrammeKey | Digest:
    match request.WhichOneof("key"):
        case "digest":
            return digest_in(request.digest, "digest")
        case "version":
            version = request.version
            requester = agency_in(version.requester, "version.requester")
            return ProgrammeKey(requester, version.programme, version.version)
        case _:
            raise InvalidMessage("a programme is asked for by its digest or by its version")


def _before(token: str) -> int | None:
    if not token:
        return None
    if not (token.isascii() and token.isdecimal() and len(token) <= 18):
        raise InvalidMessage("the page token is not one of this service", where="page_token")
    return int(token)


def _listed(published: PublishedProgramme) -> matcher_pb2.PublishedProgramme:
    return matcher_pb2.PublishedProgramme(
        requester=published.key.requester,
        programme=published.key.programme,
        version=published.key.version,
        digest=published.digest,
        published_at=published.published_at,
    )


def _complete(published: PublishedProgramme) -> matcher_pb2.PublishedProgramme:
    message = _listed(published)
    message.bundle.CopyFrom(envelope_message(published.bundle))
    message.requester_card.CopyFrom(card_message(published.signed_card))
    return message
