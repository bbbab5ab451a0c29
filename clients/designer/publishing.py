"""Publishing a programme: everything ``check`` looks at first, then the requester's signature.

Rules:
 * What ``check`` finds wrong is not published, and there is no way around it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from clients.designer.checking import Report, check
from clients.designer.publisher import Publisher
from clients.review.legal import Providers, providers_of
from clients.review.library import open_library
from clients.review.published import Listed
from matcher.core.errors import InvalidProgramme, NotYours
from matcher.core.grants import GrantTable
from matcher.core.identifiers import AgencyId
from matcher.core.programme import Programme
from matcher.language import dump_bundle


@dataclass(frozen=True, slots=True)
class Publication:
    """A published programme and who is asked by it.

    Attributes:
        listed: as the matcher has it.
        providers: the agencies of every role.
    """

    listed: Listed
    providers: Providers

    @property
    def agencies(self) -> tuple[AgencyId, ...]:
        """The agencies that are to approve it, ascending."""
        return tuple(sorted({agency for named in self.providers.values() for agency in named}))


async def publish(
    programme: Programme, day: date, grants: GrantTable, publisher: Publisher
) -> Publication:
    """Check ``programme`` as of ``day`` and publish it in its requester's name.

    Raises:
        NotYours: the publisher is not its requester.
        InvalidProgramme: it is not fit to be run; says how much is wrong.
        ProgrammePublished: its version is published with other content.
        FusumaError: the matcher does not allow it, or does not answer.
    """
    own = publisher.identity.agency
    if own != programme.requester:
        raise NotYours(
            f"the programme's requester is {programme.requester}, and this is {own}",
            where=programme.id,
            fix="publish it under its requester's own identity",
        )
    # A requester's file names the agencies of all its programmes.
    asked = programme.items()
    named = {role: agencies for role, agencies in publisher.providers.items() if role in asked}
    wrong = _what_is_wrong(check(programme, day, grants, named))
    if wrong:
        raise InvalidProgramme(
            f"it is not ready to be published: {wrong}",
            where=programme.id,
            fix="run `fusuma programme check` and mend what it shows",
        )
    async with open_library(publisher.identity, publisher.address) as library:
        listed = await library.publish(programme, dump_bundle(programme))
    return Publication(listed, providers_of(programme, named))


def _what_is_wrong(report: Report) -> str:
    """Return in a few words what ``check`` has found; empty where all is fine."""
    if report.fine:
        return ""
    failed = sum(not result.passed for result in report.cases)
    found = {
        f"tests that differ: {failed}": failed,
        f"items without a legal row: {len(report.missing)}": report.missing,
        f"days on which it cannot be run: {len(report.obstacles)}": report.obstacles,
        "no scheme can carry it": not any(outcome.plan is not None for outcome in report.plans),
    }
    return "; ".join(text for text, there in found.items() if there) or "see what check shows"
