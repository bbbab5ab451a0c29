"""The terms under which the enclave evaluates: whose cards it accepts, and its limits.

The terms are measured, their digest is in the report data of every run, and their text travels
with the evidence. A host that starts the same program with other terms runs another enclave.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from matcher.core.binding import sha256
from matcher.core.canonical import canonical_json
from matcher.core.errors import InvalidConfiguration
from matcher.core.identifiers import Digest

PROGRAM = "fusuma-enclave"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one enclave takes on.

    Attributes:
        chunks: most chunks of one run.
        open_runs: most runs whose keys are held at one time.
        run_seconds: longest time between a statement's issue and its expiry.
        pending_bytes: most bytes of values of chunks of which some columns have arrived and others
            not, over one run.
    """

    chunks: int = 2048
    open_runs: int = 64
    run_seconds: int = 24 * 3600
    pending_bytes: int = 256 * 1024 * 1024

    def __post_init__(self) -> None:
        for limit in fields(self):
            value = getattr(self, limit.name)
            if not 0 < value < 2**31:
                raise InvalidConfiguration(
                    f"the limit {limit.name!r} is not a positive number below 2^31"
                )


@dataclass(frozen=True, slots=True)
class EvaluationPolicy:
    """The authority whose cards count, and the limits.

    Attributes:
        authority: SHA-256 of the authority's certificate in DER.
        limits: what the enclave takes on.
    """

    authority: Digest
    limits: Limits

    def to_bytes(self) -> bytes:
        """Return the policy as canonical JSON, ASCII."""
        return canonical_json(
            {
                "authority": self.authority.hex(),
                "limits": {
                    limit.name: getattr(self.limits, limit.name) for limit in fields(Limits)
                },
                "program": PROGRAM,
            }
        )

    @property
    def digest(self) -> Digest:
        """The SHA-256 of the policy's bytes, as bound into report data."""
        return sha256(self.to_bytes())
