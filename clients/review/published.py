"""A published programme as a matcher relays it, verified before anybody reads it.

The matcher keeps programmes for others and is not trusted with them: it could swap a bundle, serve
another version, or speak in a requester's name.

Rules:
 * Authenticate, then parse: the requester's card holds under our own authority, the bundle is
   signed under that card for this purpose, and only then is it read.
 * What a programme is called, and whose it is, stands in the bundle; what the matcher says about it
   has to agree, and decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from eligibility.v1 import matcher_pb2

from matcher.core.binding import Domain, sha256
from matcher.core.errors import DigestMismatch, StatementMismatch
from matcher.core.identifiers import AgencyId, Digest
from matcher.core.programme import Programme
from matcher.identity.card import verify_card
from matcher.identity.certificates import Authority
from matcher.identity.envelope import open_envelope
from matcher.language.bundle import load_bundle
from matcher.wire.envelope import card_bytes, envelope_of
from matcher.wire.parsing import within

# Unix seconds; what a calendar still knows.
LATEST = 2**37


@dataclass(frozen=True, slots=True)
class Version:
    """What names a version of a programme among all that are published."""

    requester: AgencyId
    programme: str
    version: str


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry of the matcher's list: its word, for finding programmes and nothing else.

    Attributes:
        published_at: Unix seconds.
    """

    key: Version
    digest: Digest
    published_at: int


@dataclass(frozen=True, slots=True)
class Published:
    """A programme that its requester has signed.

    Attributes:
        digest: of the bundle.
        published_at: Unix seconds, the matcher's word.
    """

    programme: Programme
    bundle: bytes = field(repr=False)
    digest: Digest
    published_at: int

    @property
    def key(self) -> Version:
        """What names it."""
        return Version(self.programme.requester, self.programme.id, self.programme.version)


def open_published(
    message: matcher_pb2.PublishedProgramme,
    wanted: Version | Digest,
    authority: Authority,
    now: int,
) -> Published:
    """Return the programme in ``message`` if it is the one that was asked for.

    1. The requester's card holds under our authority.
    2. The bundle is signed under that card as a programme.
    3. It passes the checks of a programme, and its signer is its requester.
    4. It is the one that was asked for, and what the matcher says about it is true.

    Args:
        message: as the matcher sent it.
        wanted: what was asked for.
        authority: the federation's.
        now: Unix seconds.

    Raises:
        InvalidCard, InvalidSignature, InvalidMessage, InvalidInput, StatementMismatch,
            DigestMismatch: a step failed; says which.
    """
    # 1. The requester's card holds under our authority.
    card = verify_card(card_bytes(message.requester_card), authority, now)
    # 2. The bundle is signed under that card as a programme.
    bundle = open_envelope(Domain.PROGRAMME, envelope_of(message.bundle, "bundle"), card)
    # 3. It passes the checks of a programme, and its signer is its requester.
    programme = load_bundle(bundle)
    if programme.requester != card.agency:
        raise StatementMismatch("the programme names another requester than its signer")
    # 4. It is the one that was asked for, and what the matcher says about it is true.
    published_at = within(message.published_at, 0, LATEST, "published_at")
    published = Published(programme, bundle, sha256(bundle), published_at)
    if wanted not in (published.digest, published.key):
        raise DigestMismatch("the matcher gave another programme than the one asked for")
    said = (message.requester, message.programme, message.version, message.digest)
    key = published.key
    if said != (key.requester, key.programme, key.version, published.digest):
        raise DigestMismatch("the matcher says something else about the programme than it says")
    return published
