"""The programmes published with this matcher, and what publishing one takes.

Who fetches a programme verifies it again: a library is believed no more than a shelf.

Rules, in this order:
 1. The bundle is signed by the caller, under the caller's card.
 2. It is the caller's own programme, and passes every check of a programme file.
 3. It can still be run: its last day is not over, and on its next day it compiles.
 4. For every item it asks for, the legal table lets its requester ask somebody on that day. Whom
    a run asks is checked when the run begins.
 5. Its version is new, or was published with the same bundle.
 6. The requester is within the server's limit.

A run of a published version has to be of the published bundle. Where only published programmes may
be run, one that is not is refused.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable

from matcher.core.binding import Domain, sha256
from matcher.core.errors import (
    InvalidProgramme,
    NotYours,
    ProgrammeNotPublished,
    ProgrammeNotValid,
    ProgrammePublished,
    QuotaExceeded,
)
from matcher.core.grants import GrantTable
from matcher.core.identifiers import AgencyId, Digest
from matcher.core.plan import compile_plan
from matcher.core.programme import Programme
from matcher.core.scheme import ColumnKind, Scheme
from matcher.identity.envelope import Envelope, open_envelope
from matcher.language.bundle import load_bundle
from matcher.service.cards import Cards
from matcher.service.journal import Journal
from matcher.service.programme_store import (
    ProgrammeKey,
    ProgrammeStore,
    PublishedProgramme,
    Wanted,
)

# Lists are one message; a version is not a place for essays.
_LONGEST_ID = 256
_LONGEST_VERSION = 64


class Library:
    """All published programmes.

    Args:
        store: remembers them; called in the journal's thread.
        journal: whose thread does all writing.
        cards: of the agencies.
        grants: the legal table.
        clock: Unix seconds.
        only_published: whether no other programme may be run.
        most: versions one requester may publish.
    """

    def __init__(
        self,
        store: ProgrammeStore,
        journal: Journal,
        cards: Cards,
        grants: GrantTable,
        clock: Callable[[], float],
        *,
        only_published: bool,
        most: int,
    ) -> None:
        self._store = store
        self._journal = journal
        self._cards = cards
        self._grants = grants
        self._clock = clock
        self._only_published = only_published
        self._most = most
        self._publishing = asyncio.Lock()

    async def publish(
        self, caller: AgencyId, envelope: Envelope, *, validate_only: bool
    ) -> PublishedProgramme:
        """Publish the programme in ``envelope``, or check whether it would be.

        Raises:
            InvalidSignature, NotYours, ProgrammeNotValid, PermissionMissing,
            PermissionNotApplicable, ProgrammePublished, QuotaExceeded, or what reading and
            compiling the programme raises.
        """
        signed_card = await self._cards.of(caller)
        bundle = open_envelope(Domain.PROGRAMME, envelope, self._cards.verify(signed_card))
        today = dt.datetime.fromtimestamp(self._clock(), dt.UTC).date()
        # One at a time: reading a programme takes longer than sending one.
        async with self._publishing:
            programme = await asyncio.to_thread(self._check, caller, bundle, today)
        published = PublishedProgramme(
            number=0,
            key=ProgrammeKey(caller, programme.id, programme.version),
            digest=sha256(bundle),
            bundle=envelope,
            signed_card=signed_card,
            published_at=int(self._clock()),
        )
        return await self._journal.call(self._keep, published, validate_only=validate_only)

    async def find(self, wanted: ProgrammeKey | Digest) -> PublishedProgramme:
        """Return a version, by its names or by its digest.

        Raises:
            ProgrammeNotPublished: there is none.
        """
        if isinstance(wanted, ProgrammeKey):
            found = await self._journal.call(self._store.find, wanted)
        else:
            found = await self._journal.call(self._store.find_digest, wanted)
        if found is None:
            raise ProgrammeNotPublished("no such programme is published here")
        return found

    async def page(
        self, wanted: Wanted, before: int | None, count: int
    ) -> tuple[PublishedProgramme, ...]:
        """Return up to ``count`` versions with lower numbers than ``before``, newest first."""
        return await self._journal.call(self._store.page, wanted, before, count)

    async def check_run(self, programme: Programme, digest: Digest) -> None:
        """Check that a run's programme is not another than the published one.

        Raises:
            ProgrammePublished: the version is published with another bundle.
            ProgrammeNotPublished: it is not published, and only published ones may be run.
        """
        key = ProgrammeKey(programme.requester, programme.id, programme.version)
        known = await self._journal.call(self._store.find, key)
        if known is None and self._only_published:
            raise ProgrammeNotPublished(
                "only published programmes may be run here",
                where=f"{key.programme} {key.version}",
                fix="publish it with `fusuma programme publish`",
            )
        if known is not None and known.digest != digest:
            raise ProgrammePublished(
                f"version {key.version} of {key.programme} is published with other content",
                where=f"programme {digest.hex()}",
                fix="run the published one, or give what has changed a new version",
            )

    async def close(self) -> None:
        """Release the store."""
        await self._journal.call(self._store.close)

    def _check(self, caller: AgencyId, bundle: bytes, today: dt.date) -> Programme:
        programme = load_bundle(bundle)
        if programme.requester != caller:
            raise NotYours(
                "the programme is another agency's",
                where=programme.id,
                fix="publish programmes of which you are the requester",
            )
        if len(programme.id) > _LONGEST_ID or len(programme.version) > _LONGEST_VERSION:
            raise InvalidProgramme(
                f"a programme's id has at most {_LONGEST_ID} characters, its version "
                f"{_LONGEST_VERSION}",
                where=programme.id[:_LONGEST_ID],
            )
        if programme.valid_to is not None and programme.valid_to < today:
            raise ProgrammeNotValid(
                f"its last day was {programme.valid_to.isoformat()}",
                where=programme.id,
                fix="publish a version that can still be run",
            )
        day = max(today, programme.valid_from)
        # An enclave carries whatever any scheme does.
        compile_plan(programme, sha256(bundle), Scheme.ENCLAVE, ColumnKind.VALUE, day)
        items = [name for names in programme.items().values() for name in names]
        self._grants.check_anybody(
            caller, programme.affair, items, day, procedure=programme.procedure
        )
        return programme

    def _keep(self, published: PublishedProgramme, *, validate_only: bool) -> PublishedProgramme:
        # In the writing thread: between the count and the row nothing else is written.
        key = published.key
        known = self._store.find(key)
        if known is None and self._store.count_of(key.requester) >= self._most:
            raise QuotaExceeded(
                f"a requester may publish {self._most} versions here", where=key.requester
            )
        if not validate_only:
            return self._store.publish(published)
        if known is not None and known.digest != published.digest:
            raise ProgrammePublished(f"version {key.version} of {key.programme} is published")
        return published
