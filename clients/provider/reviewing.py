"""What a provider looks at before it approves a published programme.

Rules:
 * A programme is fetched by what the agency's own person names, and verified under the requester's
   card before anything of it is read; the matcher's list only helps to find it.
 * The agency's own legal table counts, not the requester's, and only what is asked of this agency.
 * The plan is one this agency's policy would answer; of several the usual one, BGV before others
   and decision columns before classes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from clients.provider.approvals import Approval, ApprovalsFile
from clients.provider.config import AgencyConfig
from clients.review.assessing import Assessment, assess
from clients.review.comparing import Comparison, compare
from clients.review.library import Library
from clients.review.published import Listed, Published
from matcher.core.errors import (
    InvalidCard,
    InvalidConfiguration,
    ProgrammeNotPublished,
    UnsupportedPredicate,
)
from matcher.core.identifiers import AgencyId, AttributeName, Digest, Role
from matcher.core.programme import Programme
from matcher.core.scheme import COLUMN_KINDS, OfferedScheme, Scheme

_DIGEST = re.compile(r"[0-9a-f]{64}")
_PLANS = tuple(
    (scheme, kind) for scheme in map(Scheme, OfferedScheme) for kind in COLUMN_KINDS[scheme]
)


@dataclass(frozen=True, slots=True)
class Review:
    """A programme as this agency is to judge it.

    Attributes:
        roles: what this agency answers as; at least one.
        before: the approval of another version of it that was given last, if any.
        comparison: with that version, if it can still be fetched and verified.
    """

    published: Published
    assessment: Assessment
    roles: tuple[Role, ...]
    before: Approval | None
    comparison: Comparison | None


def approvals_of(config: AgencyConfig) -> ApprovalsFile:
    """Return the file that approvals are added to.

    Raises:
        InvalidConfiguration: this agency keeps none.
    """
    approvals = config.policy.programmes
    if isinstance(approvals, ApprovalsFile):
        return approvals
    how = "any granted programme" if approvals is None else "a fixed list of programmes"
    raise InvalidConfiguration(
        f"this agency's policy approves {how}, so that there is no file to add to",
        where="policy.approve",
        fix="write `approve: {file: approvals.jsonl}` and restart the agent once",
    )


async def find(library: Library, reference: str, requester: str) -> Published:
    """Return the verified programme that ``reference`` names.

    Args:
        library: of the matcher.
        reference: a digest, ``catalogue/name@version``, or ``catalogue/name`` for the version
            published last.
        requester: whose programme; empty where the id alone tells.

    Raises:
        ProgrammeNotPublished: there is none.
        InvalidConfiguration: several requesters have published one of this name.
        FusumaError: it is not authentic, or the matcher does not answer.
    """
    if _DIGEST.fullmatch(reference):
        return await library.fetch(Digest(bytes.fromhex(reference)))
    programme, _, version = reference.partition("@")
    listed = [
        one
        async for one in library.listed(programme, requester)
        if one.key.programme == programme and version in ("", one.key.version)
    ]
    return await library.fetch(_only(listed, reference).key)


async def review(
    config: AgencyConfig,
    library: Library,
    published: Published,
    *,
    role: str,
    today: date,
) -> Review:
    """Return ``published`` as the agency of ``config`` is to judge it.

    Args:
        config: of the agency.
        library: of the matcher, for the version approved before.
        published: verified.
        role: what the agency answers as; empty to go by the attributes its tables hold.
        today: whose legal rows count, unless the programme begins later.

    Raises:
        InvalidConfiguration: nothing in it is asked of this agency.
        UnsupportedPredicate: no scheme this agency answers can carry it.
        ProgrammeNotValid: its last day is over.
    """
    programme = published.programme
    roles = (Role(role),) if role else _roles_of(config, programme)
    if not roles or any(one not in programme.items() for one in roles):
        raise InvalidConfiguration(
            f"the programme asks nothing of {config.identity.agency}"
            + (f" as {role[:80]!r}" if role else ""),
            where=f"{programme.id} {programme.version}",
            fix=f"name this agency's role with --role; it asks {', '.join(programme.items())}",
        )
    day = max(today, programme.valid_from)
    assessment = _assess(config, programme, roles, day)
    before = _before(approvals_of(config), published)
    earlier = None if before is None else await _earlier(library, before)
    comparison = None if earlier is None else compare(earlier.programme, programme, day)
    return Review(published, assessment, roles, before, comparison)


def _only(listed: list[Listed], reference: str) -> Listed:
    requesters = sorted({one.key.requester for one in listed})
    if not requesters:
        raise ProgrammeNotPublished(
            f"{reference[:200]} is not published",
            fix="list what is with `fusuma agency programmes`",
        )
    if len(requesters) > 1:
        raise InvalidConfiguration(
            f"several requesters have published {reference[:200]}: {', '.join(requesters)}",
            fix="say whose with --requester",
        )
    return listed[0]


def _roles_of(config: AgencyConfig, programme: Programme) -> tuple[Role, ...]:
    """Return the roles all of whose items are in this agency's tables."""
    held: set[AttributeName] = {name for table in config.tables for name in table.source.columns}
    return tuple(role for role, names in programme.items().items() if held.issuperset(names))


def _before(approvals: ApprovalsFile, published: Published) -> Approval | None:
    """Return the last approval of another version of the same requester's programme."""
    key, before = published.key, None
    for approval in approvals.approvals():
        same = (approval.requester, approval.programme) == (key.requester, key.programme)
        if same and approval.digest != published.digest:
            before = approval
    return before


async def _earlier(library: Library, before: Approval) -> Published | None:
    try:
        return await library.fetch(before.digest)
    except (ProgrammeNotPublished, InvalidCard):
        # Its requester may have stopped renewing it.
        return None


def _assess(
    config: AgencyConfig, programme: Programme, roles: tuple[Role, ...], day: date
) -> Assessment:
    own: AgencyId = config.identity.agency
    policy, refusal = config.policy, ""
    for scheme, kind in _PLANS:
        if scheme not in policy.schemes or kind not in policy.column_kinds:
            continue
        try:
            return assess(
                programme,
                day,
                scheme=scheme,
                kind=kind,
                grants=policy.grants,
                # Who else answers is for the requester to say, run by run.
                named={role: (own,) if role in roles else () for role in programme.items()},
            )
        except UnsupportedPredicate as error:
            refusal = error.what
    raise UnsupportedPredicate(
        "no scheme that this agency answers can carry the programme"
        + (f": {refusal}" if refusal else ""),
        where=f"{programme.id} {programme.version}",
        fix="look at `schemes` and `columns` of this agency's policy",
    )
