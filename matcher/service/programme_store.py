"""What the matcher remembers of published programmes, and the port through which it remembers.

Nothing here does I/O.

Rules:
 * A requester's version of a programme has one bundle for ever.
 * The same bundle published again renews its signature and card, which end with the requester's
   certificate; everything else stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from matcher.core.identifiers import AgencyId, Digest
from matcher.identity.envelope import Envelope


@dataclass(frozen=True, slots=True)
class ProgrammeKey:
    """What names a version: two requesters may use one programme id."""

    requester: AgencyId
    programme: str
    version: str


@dataclass(frozen=True, slots=True)
class PublishedProgramme:
    """A published version of a programme.

    Attributes:
        number: ascending in the order of publication; 0 for one that is not stored yet.
        digest: of the bundle.
        bundle: canonical JSON, as its requester signed it.
        signed_card: serialised, of the requester when it signed.
        published_at: Unix seconds of the first publication.
    """

    number: int
    key: ProgrammeKey
    digest: Digest
    bundle: Envelope
    signed_card: bytes
    published_at: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which programmes a list is about; empty text stands for all."""

    programme: str = ""
    requester: str = ""


class ProgrammeStore(Protocol):
    """Durable memory of published programmes. Calls may block; make them from one thread."""

    def publish(self, published: PublishedProgramme) -> PublishedProgramme:
        """Remember a version, or renew the signature of the same bundle; return what is stored.

        Raises:
            ProgrammePublished: the version exists with another bundle.
        """

    def find(self, key: ProgrammeKey) -> PublishedProgramme | None:
        """Return a version."""

    def find_digest(self, digest: Digest) -> PublishedProgramme | None:
        """Return the version with this bundle."""

    def page(
        self, wanted: Wanted, before: int | None, count: int
    ) -> tuple[PublishedProgramme, ...]:
        """Return up to ``count`` versions, the one published last first.

        Args:
            wanted: which.
            before: only those with a lower number; None for all.
            count: at least 1.
        """

    def count_of(self, requester: AgencyId) -> int:
        """Return how many versions ``requester`` has published."""

    def close(self) -> None:
        """Release the database."""
