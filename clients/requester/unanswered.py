"""Which agencies a run waits for, as far as the matcher is believed.

Rules:
 * Only agencies that the requester's own statement asks are ever named; any other text of the
   matcher is dropped.
 * What was heard before a connection broke is not claimed afterwards.
"""

from __future__ import annotations

from collections.abc import Collection

from matcher.core.identifiers import AgencyId
from matcher.core.statement import RunStatement


class Unanswered:
    """The agencies that had not answered one run when the matcher last spoke of it."""

    def __init__(self) -> None:
        self._agencies: tuple[AgencyId, ...] = ()

    @property
    def agencies(self) -> tuple[AgencyId, ...]:
        """In the order of the statement; empty where nothing is known."""
        return self._agencies

    def hear(self, statement: RunStatement, named: Collection[str]) -> None:
        """Take in whom the matcher has named."""
        self._agencies = tuple(
            provider.agency for provider in statement.providers if provider.agency in named
        )

    def forget(self) -> None:
        """Know nothing again."""
        self._agencies = ()

    def added_to(self, what: str) -> str:
        """Return ``what``, an end for want of time, with who had not answered."""
        return f"{what}: no answer from {', '.join(self._agencies)}" if self._agencies else what
