"""The run statement: everything a requester commits to when it starts a run.

Its digest is in every provider signature, every HPKE info and the result manifest, so that
nothing from one run can be used in another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from matcher.core.errors import StatementMismatch
from matcher.core.identifiers import AgencyId, Digest, Role, RunId
from matcher.core.scheme import ColumnKind, Scheme


@dataclass(frozen=True, slots=True)
class ProviderAssignment:
    """Which agency answers for a role, and the digest of the roster sealed to it."""

    role: Role
    agency: AgencyId
    roster_digest: Digest


@dataclass(frozen=True, slots=True)
class RunStatement:
    """What the requester signs; field by field as in ``RunStatement`` of common.proto.

    Attributes:
        providers: at least one a role, in ascending order of role and agency, all of different
            agencies.
        public_key_digest: None for an enclave run.
        evaluation_key_digest: None where the plan multiplies nothing.
        result_key: HPKE public key for an enclave's verdicts; empty for homomorphic schemes.
        issued_at: Unix seconds.
        expires_at: Unix seconds; the run's data is deleted then at the latest.
    """

    run_id: RunId
    nonce: bytes
    requester: AgencyId
    programme_digest: Digest
    plan_digest: Digest
    scheme: Scheme
    column_kind: ColumnKind
    parameters: str
    public_key_digest: Digest | None
    evaluation_key_digest: Digest | None
    control_commitment: Digest
    cohort_commitment: Digest
    providers: tuple[ProviderAssignment, ...]
    chunks: int
    reference_date: date
    result_key: bytes
    issued_at: int
    expires_at: int

    def agencies_of(self, role: Role) -> tuple[AgencyId, ...]:
        """Return the agencies that answer for ``role``, ascending; a plan counts them from 0."""
        return tuple(entry.agency for entry in self.providers if entry.role == role)

    @property
    def agency_counts(self) -> dict[Role, int]:
        """How many agencies answer for each role, by role ascending: what a plan depends on."""
        return {entry.role: len(self.agencies_of(entry.role)) for entry in self.providers}

    def place_of(self, agency: AgencyId) -> tuple[Role, int]:
        """Return the role of ``agency`` and its number among the role's agencies.

        Raises:
            StatementMismatch: it has no part in the run.
        """
        for entry in self.providers:
            if entry.agency == agency:
                return entry.role, self.agencies_of(entry.role).index(agency)
        raise StatementMismatch("the agency has no part in the run", where=agency)
