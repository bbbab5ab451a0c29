"""The programmes published with a matcher: publishing one's own, finding and fetching others'.

Rules:
 * What is fetched is verified before it is returned; lists are the matcher's word, and made fit to
   be printed.
 * Every call's failure is an error of this system that names the matcher's address.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc
from eligibility.v1 import matcher_pb2, matcher_pb2_grpc

from clients.review.published import LATEST, Listed, Published, Version, open_published
from clients.transport.calls import calling
from clients.transport.channel import connect
from matcher.core.binding import Domain
from matcher.core.errors import InvalidMessage, ProgrammeNotPublished, ProgrammePublished
from matcher.core.identifiers import Digest
from matcher.core.programme import Programme
from matcher.identity.envelope import sign
from matcher.identity.identity import Identity
from matcher.wire.envelope import card_message, envelope_message
from matcher.wire.parsing import agency_in, digest_in, within

_CALL_SECONDS = 30.0
_MOST_PAGES = 400
_LONGEST_NAME = 256


class Library:
    """The programmes of one matcher, as one agency sees them."""

    def __init__(self, identity: Identity, channel: grpc.aio.Channel, target: str) -> None:
        self._identity = identity
        self._target = target
        self._directory = matcher_pb2_grpc.DirectoryStub(channel)
        self._programmes = matcher_pb2_grpc.ProgrammesStub(channel)

    async def publish(self, programme: Programme, bundle: bytes) -> Listed:
        """Publish ``programme`` in this agency's name; the same again changes nothing.

        Raises:
            ProgrammePublished: its version is published with other content.
            FusumaError: the matcher does not allow it, or does not answer.
        """
        own = self._identity
        with calling(self._target):
            # The matcher reads the signature under the card it knows.
            await self._directory.RegisterCard(
                matcher_pb2.RegisterCardRequest(card=card_message(own.signed_card)),
                timeout=_CALL_SECONDS,
            )
        envelope = sign(Domain.PROGRAMME, bundle, own.signing_key, own.agency)
        request = matcher_pb2.PublishProgrammeRequest(bundle=envelope_message(envelope))
        try:
            with calling(self._target):
                message = await self._programmes.PublishProgramme(request, timeout=_CALL_SECONDS)
        except ProgrammePublished as error:
            raise ProgrammePublished(
                f"version {programme.version} of {programme.id} is published already, with other "
                "content",
                where=error.where,
                fix="give what you have changed a new version",
            ) from None
        return _listed(message)

    async def fetch(self, wanted: Version | Digest) -> Published:
        """Return a published programme after verifying it.

        Raises:
            ProgrammeNotPublished: there is none of that name or digest.
            FusumaError: it is not authentic, or the matcher does not answer.
        """
        if isinstance(wanted, Version):
            key = matcher_pb2.ProgrammeVersion(
                requester=wanted.requester, programme=wanted.programme, version=wanted.version
            )
            request = matcher_pb2.GetProgrammeRequest(version=key)
        else:
            request = matcher_pb2.GetProgrammeRequest(digest=wanted)
        try:
            with calling(self._target):
                message = await self._programmes.GetProgramme(request, timeout=_CALL_SECONDS)
        except ProgrammeNotPublished as error:
            raise ProgrammeNotPublished(
                f"{_name(wanted)} is not published",
                where=error.where,
                fix="list what is with `fusuma agency programmes`, or ask its requester to "
                "publish it",
            ) from None
        return open_published(message, wanted, self._identity.authority, int(time.time()))

    async def listed(self, programme: str = "", requester: str = "") -> AsyncIterator[Listed]:
        """Yield what is published, the last first.

        Args:
            programme: only versions of this one; empty for all.
            requester: only this agency's; empty for all.

        Raises:
            InvalidMessage: the list has no end, or an entry is malformed.
        """
        token = ""
        for _ in range(_MOST_PAGES):
            request = matcher_pb2.ListProgrammesRequest(
                programme=programme, requester=requester, page_token=token
            )
            with calling(self._target):
                page = await self._programmes.ListProgrammes(request, timeout=_CALL_SECONDS)
            for message in page.programmes:
                yield _listed(message)
            token = page.next_page_token
            if not token:
                return
        raise InvalidMessage("the matcher's list of programmes has no end", where=self._target)


@asynccontextmanager
async def open_library(identity: Identity, target: str) -> AsyncIterator[Library]:
    """Connect to the matcher at ``target``.

    Raises:
        InvalidCertificate, InvalidCard: peers would refuse this agency; says why.
    """
    channel = await connect(identity, target)
    async with channel:
        yield Library(identity, channel, target)


def _listed(message: matcher_pb2.PublishedProgramme) -> Listed:
    for name in (message.programme, message.version):
        if not (name.isprintable() and 0 < len(name) <= _LONGEST_NAME):
            raise InvalidMessage("the matcher lists a programme without a readable name")
    key = Version(agency_in(message.requester, "requester"), message.programme, message.version)
    published_at = within(message.published_at, 0, LATEST, "published_at")
    return Listed(key, digest_in(message.digest, "digest"), published_at)


def _name(wanted: Version | Digest) -> str:
    if isinstance(wanted, Version):
        return f"version {wanted.version} of {wanted.programme}"
    return f"a programme with the digest {wanted.hex()}"
