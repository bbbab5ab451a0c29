"""What can be said about who learns what from a run: one class a statement, in no language.

``leakage`` finds them; agencies' tools put them into words. Texts of conditions and of attributes
are CEL.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from matcher.core.identifiers import AgencyId, AttributeName, Role
from matcher.core.parameters import Parameters
from matcher.core.programme import Unit
from matcher.core.scheme import ColumnKind, Scheme


@dataclass(frozen=True, slots=True)
class Sent:
    """What an agency sends in answer to one question.

    Attributes:
        text: the condition it answers, or the attribute.
        classes: of the attribute; 0 for an answer.
        every_member: whether it is of every member of a household.
        may_be_absent: whether it says too that there is no value.
    """

    kind: ColumnKind
    text: str
    classes: int
    every_member: bool
    may_be_absent: bool


@dataclass(frozen=True, slots=True)
class ProviderLearns:
    """An agency learns who is asked about; it sends its answers and learns nothing else."""

    role: Role
    scheme: Scheme
    sends: tuple[Sent, ...]


@dataclass(frozen=True, slots=True)
class RoleShared:
    """Several agencies answer for a role and see whose places are empty, not whose they are."""

    role: Role
    agencies: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class HouseholdsSeen:
    """Agencies learn who of their subjects live together, among so many places a household."""

    places: int


@dataclass(frozen=True, slots=True)
class VerdictLearned:
    """The requester learns one verdict a subject."""

    requester: AgencyId
    unit: Unit
    undetermined: bool


@dataclass(frozen=True, slots=True)
class OutcomeLearned:
    """The requester learns which outcome applies, and so its condition, by the outcome's name."""

    unit: Unit
    conditions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class UndeterminedTells:
    """Undetermined tells that a fact is missing that would have mattered, not where."""


@dataclass(frozen=True, slots=True)
class PossibilityLearned:
    """Of what is possible but not certain only eligibility is told, for no single outcome."""

    unit: Unit


@dataclass(frozen=True, slots=True)
class AbsenceSettled:
    """An absent record looks like one on which every condition is met, or none."""

    attribute: AttributeName
    met: bool


@dataclass(frozen=True, slots=True)
class MissesHidden:
    """A miss decrypts to a masked number, within 2^-bits a chunk and output.

    Attributes:
        parameters: say what a mask is, and so what it hides.
        bits: of statistical distance; None where there is no noise to hide.
        slots: of a chunk.
        outputs: of the plan.
    """

    unit: Unit
    parameters: Parameters
    bits: int | None
    slots: int
    outputs: int


@dataclass(frozen=True, slots=True)
class MatcherLearns:
    """The matcher learns programme, parties, chunks and times.

    Attributes:
        slots: of a chunk.
        agency_counts: whether also how many agencies answer for each role.
        parameters: what keeps the rest from it; None where an enclave does.
    """

    slots: int
    agency_counts: bool
    parameters: Parameters | None


@dataclass(frozen=True, slots=True)
class ClearProtectsNothing:
    """The clear scheme shows the matcher everything."""


@dataclass(frozen=True, slots=True)
class EnclaveHolds:
    """The enclave holds every value; who breaks its platform reads them."""


@dataclass(frozen=True, slots=True)
class MatcherWithRequester:
    """Matcher and requester together learn every answer, or the class of every attribute."""

    requester: AgencyId
    kind: ColumnKind


@dataclass(frozen=True, slots=True)
class RestLearned:
    """Who knows an agency's part learns the rest of the rule from the verdict.

    Attributes:
        satisfied: the rest where the agency's part holds; empty where there is none.
        missed: the rest where it does not.
    """

    role: Role
    requester: AgencyId
    satisfied: str
    missed: str


@dataclass(frozen=True, slots=True)
class AnswerOverruled:
    """An agency that departs from the protocol can overrule the no of others."""


@dataclass(frozen=True, slots=True)
class EmptyPlacesAnswered:
    """An agency of a shared role can exclude somebody assigned to another of them."""


@dataclass(frozen=True, slots=True)
class WrongAnswerUnnoticed:
    """An agency that answers wrongly about its own data is not noticed."""


@dataclass(frozen=True, slots=True)
class MatcherWithAgency:
    """Matcher and one agency can change a single verdict unnoticed."""


Finding: TypeAlias = (
    ProviderLearns
    | RoleShared
    | HouseholdsSeen
    | VerdictLearned
    | OutcomeLearned
    | UndeterminedTells
    | PossibilityLearned
    | AbsenceSettled
    | MissesHidden
    | MatcherLearns
    | ClearProtectsNothing
    | EnclaveHolds
    | MatcherWithRequester
    | RestLearned
    | AnswerOverruled
    | EmptyPlacesAnswered
    | WrongAnswerUnnoticed
    | MatcherWithAgency
)
