"""The smallest legal table a programme can be run with, against the one there is.

Rules:
 * The need is one row a provider: for the programme's requester, affair and procedure, exactly the
   items it reads.
 * A row that allows more than this programme needs is noted, never refused: others may need it.
 * A row that is not in force through all of the programme's validity is noted.
 * What is missing is written as rows to be completed by whoever knows the law.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from clients.designer.case_text import plain_or_quoted
from clients.review.legal import Coverage, Providers, coverage_of
from matcher.core.canonical import JsonObject
from matcher.core.grants import Grant, GrantTable
from matcher.core.identifiers import AgencyId, AttributeName
from matcher.core.programme import Programme


@dataclass(frozen=True, slots=True)
class UsedRow:
    """A row of the legal table that allows something the programme needs.

    Attributes:
        grant: the row.
        items: what it is needed for.
        more: items it allows besides, which the programme does not read.
        ends_early: whether it is not in force through all of the programme's validity.
    """

    grant: Grant
    items: tuple[AttributeName, ...]
    more: tuple[AttributeName, ...]
    ends_early: bool


@dataclass(frozen=True, slots=True)
class MissingRow:
    """What no row allows for one provider.

    Attributes:
        provider: who would be asked.
        items: for what.
        reasons: why each item is not allowed, in the order of ``items``.
        listed: for each, whether some row has it for another affair, procedure or time.
    """

    provider: AgencyId
    items: tuple[AttributeName, ...]
    reasons: tuple[str, ...]
    listed: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class LegalNeed:
    """What a programme needs of the law.

    Attributes:
        programme: whose requester, affair and procedure every row names.
        day: of the exchange.
        needed: the items of every provider, in the order of roles.
        used: the rows that cover some of them, in the order of the table.
        missing: what none covers.
    """

    programme: Programme
    day: date
    needed: tuple[tuple[AgencyId, tuple[AttributeName, ...]], ...]
    used: tuple[UsedRow, ...]
    missing: tuple[MissingRow, ...]

    def rows_to_add(self) -> str:
        """Return the missing rows as YAML, to be put under ``grants:``; empty if there are none."""
        return "\n".join(line for row in self.missing for line in self._row(row))

    def to_json(self) -> JsonObject:
        """Return everything for machines."""
        programme = self.programme
        return {
            "needed": [
                {
                    "requester": programme.requester,
                    "affair": programme.affair,
                    "procedure": programme.procedure,
                    "provider": provider,
                    "items": list(items),
                }
                for provider, items in self.needed
            ],
            "used": [
                {
                    "provider": row.grant.provider,
                    "procedure": row.grant.procedure,
                    "basis": {row.grant.kind.value: row.grant.basis},
                    "valid": _period(row.grant),
                    "items": list(row.items),
                    "more": list(row.more),
                    "ends_early": row.ends_early,
                }
                for row in self.used
            ],
            "missing": [
                {
                    "provider": row.provider,
                    "items": [
                        {
                            "item": item,
                            "reason": reason,
                            "refusal": "not for this purpose or date" if listed else "none",
                        }
                        for item, reason, listed in zip(
                            row.items, row.reasons, row.listed, strict=True
                        )
                    ],
                }
                for row in self.missing
            ],
            "rows_to_add": self.rows_to_add(),
        }

    def _row(self, row: MissingRow) -> Iterator[str]:
        programme = self.programme
        last = programme.valid_to
        until = "" if last is None else f", to: {last.isoformat()}"
        yield f"  - requester: {programme.requester}"
        yield f"    affair: {plain_or_quoted(programme.affair)}"
        if programme.procedure:
            yield f"    procedure: {plain_or_quoted(programme.procedure)}"
        yield f"    provider: {row.provider}"
        yield f"    items: [{', '.join(row.items)}]"
        yield "    basis: {law: …}"
        yield f"    valid: {{from: {min(self.day, programme.valid_from).isoformat()}{until}}}"


def legal_need(
    programme: Programme, providers: Providers, grants: GrantTable, day: date
) -> LegalNeed:
    """Return what ``programme`` needs on ``day`` and what ``grants`` has of it.

    Args:
        programme: who asks whom for what.
        providers: the agencies of every role.
        grants: the legal table; may be empty.
        day: of the exchange.
    """
    covered = coverage_of(programme, providers, grants, day)
    needed = tuple(
        (provider, items)
        for role, items in programme.items().items()
        for provider in providers[role]
    )
    used = tuple(_used(programme, grant, covered) for grant in grants.grants)
    return LegalNeed(
        programme,
        day,
        needed,
        tuple(row for row in used if row.items),
        tuple(_missing(covered)),
    )


def _used(programme: Programme, grant: Grant, covered: tuple[Coverage, ...]) -> UsedRow:
    items = tuple(one.item for one in covered if one.grant is grant)
    last = programme.valid_to
    through = grant.valid_on(programme.valid_from) and (
        grant.valid_to is None if last is None else grant.valid_on(last)
    )
    read = {one.item for one in covered if one.provider == grant.provider}
    more = tuple(item for item in grant.items if item not in read)
    return UsedRow(grant, items, more, not through)


def _missing(covered: tuple[Coverage, ...]) -> Iterator[MissingRow]:
    for provider in dict.fromkeys(one.provider for one in covered if one.grant is None):
        lacking = [one for one in covered if one.provider == provider and one.grant is None]
        yield MissingRow(
            provider,
            tuple(one.item for one in lacking),
            tuple(one.reason for one in lacking),
            tuple(one.listed for one in lacking),
        )


def _period(grant: Grant) -> JsonObject:
    last = grant.valid_to
    return {
        "from": grant.valid_from.isoformat(),
        "to": None if last is None else last.isoformat(),
    }
