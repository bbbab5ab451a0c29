"""The run statement: everything a requester commits to when it starts a run.

Its digest is in every provider signature, every HPKE info and the result manifest, so that
nothing from one run can be used in another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

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
        providers: one per role, in ascending order of role, all of different agencies.
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
