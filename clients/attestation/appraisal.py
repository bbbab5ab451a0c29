"""Appraises an enclave for one run: verified, acceptable, and bound to this very run.

Providers appraise before they seal a column, the requester before it accepts a verdict. Both get
the keys they use next from here and from nowhere else.

Rules:
 * Keys leave this module only inside an ``Appraisal``, after every step has passed.
 * Evidence of another run is refused however good the enclave is.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from clients.attestation.policy import AppraisalPolicy
from matcher.core.binding import Domain, bound, report_data, sha256
from matcher.core.errors import EvidenceRefused
from matcher.core.identifiers import Digest
from matcher.identity.envelope import Envelope
from matcher.identity.keys import verify_binding


@dataclass(frozen=True, slots=True)
class Appraisal:
    """The keys of an accepted enclave for one run.

    Attributes:
        sealing_key: HPKE public key to seal this run's columns to.
        result_signing_key: Ed25519 public key that signs this run's result.
        measurement: the accepted measurement.
    """

    sealing_key: bytes
    result_signing_key: bytes
    measurement: bytes

    def open_result(self, envelope: Envelope) -> bytes:
        """Return the payload of the enclave's signed result manifest.

        Raises:
            InvalidSignature: this enclave did not sign it as its result.
        """
        verify_binding(
            self.result_signing_key,
            bound(Domain.ENCLAVE_RESULT, envelope.payload),
            envelope.signature,
        )
        return envelope.payload


def appraise(
    evidence: bytes,
    policy: AppraisalPolicy,
    nonce: bytes,
    statement_digest: Digest,
    now: int,
) -> Appraisal:
    """Appraise ``evidence`` for the run of this nonce and statement.

    1. The verifier accepts platform, certificates and signature.
    2. The report data bind the keys, the evaluation policy, the nonce and the statement.
    3. The policy accepts the claims.

    Args:
        evidence: as the matcher relayed it.
        policy: this agency's own.
        nonce: of the run statement, 32 bytes.
        statement_digest: of the run statement.
        now: Unix seconds.

    Raises:
        EvidenceRefused: a step failed; says which and why.
    """
    # 1. The verifier accepts platform, certificates and signature.
    claims = policy.verifier.verify(evidence, now)
    # 2. The report data bind the keys, the evaluation policy, the nonce and the statement.
    expected = report_data(
        nonce,
        claims.sealing_key,
        claims.result_signing_key,
        sha256(claims.policy),
        statement_digest,
    )
    if not hmac.compare_digest(claims.report_data, expected):
        raise EvidenceRefused(
            "the evidence is bound to another run: its nonce, statement, keys or policy differ"
        )
    # 3. The policy accepts the claims.
    policy.rule.check(claims)
    return Appraisal(claims.sealing_key, claims.result_signing_key, claims.measurement)
