"""What a programme and the parties of its runs ask of a cohort.

Rules:
 * For every role of the programme at least one agency answers; agencies stand in ascending order,
   which is how plan, statement and commitment number them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matcher.core.identifiers import AgencyId, Role
from matcher.core.programme import Programme, Unit


@dataclass(frozen=True, slots=True)
class CohortTerms:
    """What stands for a subject, and whom a run asks.

    Attributes:
        unit: person or household.
        most_members: of one household; 1 for persons.
        agencies: those that answer for every role, each ascending.
    """

    unit: Unit
    most_members: int
    agencies: Mapping[Role, tuple[AgencyId, ...]]

    @classmethod
    def of(cls, programme: Programme, agencies: Mapping[Role, tuple[AgencyId, ...]]) -> CohortTerms:
        """Return the terms of ``programme`` where ``agencies`` answer for its roles."""
        return cls(programme.unit, programme.most_members, agencies)

    @property
    def households(self) -> bool:
        """Whether a subject is a household."""
        return self.unit is Unit.HOUSEHOLD

    @property
    def agency_counts(self) -> Mapping[Role, int]:
        """How many agencies answer for each role, which a plan depends on."""
        return {role: len(agencies) for role, agencies in self.agencies.items()}
