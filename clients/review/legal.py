"""Which row of the legal table covers which item of a programme, and which item none covers.

Rules:
 * Every item is looked up by itself, for every agency that is to answer for its role.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from matcher.core.errors import InvalidConfiguration, PermissionMissing, Refused
from matcher.core.grants import Grant, GrantTable
from matcher.core.identifiers import AgencyId, AttributeName, Role, agency_id
from matcher.core.nearest import nearest
from matcher.core.programme import Programme

Providers = Mapping[Role, tuple[AgencyId, ...]]


@dataclass(frozen=True, slots=True)
class Coverage:
    """One item asked of one agency, and what allows it.

    Attributes:
        grant: the first row that does; None where none does.
        reason: why none does; empty otherwise.
        listed: whether some row lists the item, for another affair, procedure or time.
    """

    role: Role
    provider: AgencyId
    item: AttributeName
    grant: Grant | None
    reason: str = ""
    listed: bool = False


def providers_of(programme: Programme, named: Providers) -> Providers:
    """Return the agencies of every role; a role that is not named is an agency of that name.

    A role may be given no agency at all: it is then left to the run.

    Raises:
        InvalidConfiguration: ``named`` has a role that is not asked, or a role is no agency's name.
    """
    roles = programme.items()
    for role in named:
        if role not in roles:
            raise InvalidConfiguration(
                f"the programme asks no role {role[:80]!r}", fix=nearest(role, roles)
            )
    return {role: named[role] if role in named else (_agency_called(role),) for role in roles}


def coverage_of(
    programme: Programme, providers: Providers, grants: GrantTable, day: date
) -> tuple[Coverage, ...]:
    """Return what allows each item on ``day``, by role, agency and item.

    Args:
        programme: who asks, for what, and for which items.
        providers: the agencies of every role.
        grants: the legal table.
        day: of the exchange.
    """
    return tuple(
        _coverage(programme, role, provider, item, grants, day)
        for role, items in programme.items().items()
        for provider in providers[role]
        for item in items
    )


def _coverage(  # noqa: PLR0917 - a row is all of this
    programme: Programme,
    role: Role,
    provider: AgencyId,
    item: AttributeName,
    grants: GrantTable,
    day: date,
) -> Coverage:
    try:
        (grant,) = grants.check(
            programme.requester,
            programme.affair,
            provider,
            (item,),
            day,
            procedure=programme.procedure,
        )
    except Refused as error:
        listed = not isinstance(error, PermissionMissing)
        return Coverage(role, provider, item, None, error.what, listed)
    return Coverage(role, provider, item, grant)


def _agency_called(role: Role) -> AgencyId:
    try:
        return agency_id(role)
    except InvalidConfiguration:
        raise InvalidConfiguration(
            f"no agency is named for the role {role!r}", fix=f"say --provider {role}=AGENCY"
        ) from None
