"""The legal table: who may ask whom for what, for which affair, and by which law.

Rules:
 * An exchange is allowed only if every item is listed in a row of its requester, affair, procedure
   and provider that is valid on the day.
 * A row without a procedure is for all procedures of its affair, and for programmes that name none.
 * A row that exists for another affair, procedure or time is a different refusal from no row at
   all: the first is a mistake in the request, the second in the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from matcher.core.errors import (
    InvalidGrantTable,
    PermissionMissing,
    PermissionNotApplicable,
    Refused,
)
from matcher.core.identifiers import AgencyId, AttributeName


class BasisKind(StrEnum):
    """Where a row comes from: the nation's law, or a city's own ordinance."""

    LAW = "law"
    ORDINANCE = "ordinance"


@dataclass(frozen=True, slots=True)
class Grant:
    """One row of the legal table.

    Attributes:
        requester: who may ask.
        affair: for what.
        procedure: for which procedure of the affair; empty for all of them.
        provider: who may answer.
        items: which attributes.
        kind: law or ordinance.
        basis: which one, and where in it.
        valid_from: first day.
        valid_to: last day, or None.
    """

    requester: AgencyId
    affair: str
    procedure: str
    provider: AgencyId
    items: tuple[AttributeName, ...]
    kind: BasisKind
    basis: str
    valid_from: date
    valid_to: date | None

    def __post_init__(self) -> None:
        if not self.items:
            raise InvalidGrantTable(f"a grant to {self.requester} lists no items")
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise InvalidGrantTable(
                f"a grant to {self.requester} ends before it begins",
                fix="correct its valid dates",
            )

    def covers(self, procedure: str) -> bool:
        """Return whether the row is for ``procedure``, which is empty where none is named."""
        return self.procedure in ("", procedure)

    def valid_on(self, day: date) -> bool:
        """Return whether the row is in force on ``day``."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class GrantTable:
    """All rows somebody goes by."""

    grants: tuple[Grant, ...]

    def check(
        self,
        requester: AgencyId,
        affair: str,
        provider: AgencyId,
        items: Sequence[AttributeName],
        day: date,
        *,
        procedure: str,
    ) -> tuple[Grant, ...]:
        """Return the rows that allow the exchange, each once, in the table's order.

        Args:
            requester: who asks.
            affair: for what.
            provider: who answers.
            items: which attributes.
            day: of the exchange.
            procedure: of the affair; empty where the programme names none.

        Raises:
            PermissionMissing: no row lists an item for this requester and provider.
            PermissionNotApplicable: a row does, but for another affair, procedure or time.
        """
        used: dict[int, Grant] = {}
        for item in items:
            number = self._row(requester, affair, provider, item, day, procedure=procedure)
            used[number] = self.grants[number]
        return tuple(used[number] for number in sorted(used))

    def check_anybody(
        self,
        requester: AgencyId,
        affair: str,
        items: Sequence[AttributeName],
        day: date,
        *,
        procedure: str,
    ) -> None:
        """Check that for every item some provider may be asked; arguments as for ``check``.

        Raises:
            PermissionMissing: no row lists an item for this requester.
            PermissionNotApplicable: rows do, but for another affair, procedure or time.
        """
        for item in items:
            providers = dict.fromkeys(
                grant.provider
                for grant in self.grants
                if grant.requester == requester and item in grant.items
            )
            refusal: Refused = PermissionMissing(
                f"no grant lets {requester} ask anybody for {item}",
                fix="add a row with its legal basis to the grant table, or ask for less",
            )
            for provider in providers:
                try:
                    self._row(requester, affair, provider, item, day, procedure=procedure)
                except PermissionNotApplicable as error:
                    refusal = error
                else:
                    break
            else:
                raise refusal

    def _row(
        self,
        requester: AgencyId,
        affair: str,
        provider: AgencyId,
        item: AttributeName,
        day: date,
        *,
        procedure: str,
    ) -> int:
        listed = [
            (number, grant)
            for number, grant in enumerate(self.grants)
            if (grant.requester, grant.provider) == (requester, provider) and item in grant.items
        ]
        if not listed:
            raise PermissionMissing(
                f"no grant lets {requester} ask {provider} for {item}",
                fix="add a row with its legal basis to the grant table, or ask for less",
            )
        same_affair = [(number, grant) for number, grant in listed if grant.affair == affair]
        if not same_affair:
            raise PermissionNotApplicable(
                f"{requester} may ask {provider} for {item}, but not for the affair {affair!r}",
                fix="check the programme's affair against the grant table",
            )
        same_procedure = [row for row in same_affair if row[1].covers(procedure)]
        if not same_procedure:
            named = f"for the procedure {procedure!r}" if procedure else "without a procedure"
            raise PermissionNotApplicable(
                f"{requester} may ask {provider} for {item}, but not {named} "
                f"of the affair {affair!r}",
                fix="check the programme's procedure against the grant table",
            )
        for number, grant in same_procedure:
            if grant.valid_on(day):
                return number
        raise PermissionNotApplicable(
            f"the grant of {item} to {requester} is not in force on {day.isoformat()}",
            fix="check the valid dates of the grant table",
        )
