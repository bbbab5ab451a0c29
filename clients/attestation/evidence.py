"""Verifies attestation evidence and says what it claims.

A verifier answers "did such a platform really say this, and what did it say?". Whether the claims
are good enough is the appraisal policy's question, and whether they belong to a run is the
appraisal's (RFC 9334 calls the three the verifier, its policy for evidence, and freshness).

Rules:
 * A verifier raises ``EvidenceRefused`` with the step that failed; it never returns claims it
   could not verify.
 * Roots are pinned: a certificate in the evidence is never a reason to trust itself.
 * Time comes from the caller, in Unix seconds.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature as CryptographyInvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from matcher.core.binding import Domain, bound
from matcher.core.errors import EvidenceRefused, InvalidMessage
from matcher.wire.evidence import SIMULATED_PLATFORM, decode_evidence, decode_quote


@dataclass(frozen=True, slots=True)
class Claims:
    """What verified evidence says.

    Attributes:
        platform: the kind of platform, as the quote names it.
        hardware: whether the platform protects memory by hardware; a simulation does not.
        measurement: of program, configuration and trust anchors, 48 bytes.
        security_version: of the program.
        debug: whether the operator may read the program's memory.
        report_data: what the program had the platform include, 64 bytes.
        sealing_key: HPKE public key; belongs to the program only if ``report_data`` says so.
        result_signing_key: Ed25519 public key; likewise.
        policy: the program's evaluation policy, canonical JSON; likewise.
    """

    platform: str
    hardware: bool
    measurement: bytes
    security_version: int
    debug: bool
    report_data: bytes
    sealing_key: bytes
    result_signing_key: bytes
    policy: bytes


class Verifier(Protocol):
    """Turns one kind of evidence into claims; other kinds of platform are other verifiers."""

    def verify(self, evidence: bytes, now: int) -> Claims:
        """Return the claims of ``evidence`` as of ``now``, Unix seconds.

        Raises:
            EvidenceRefused: the evidence is not what it claims to be; says at which step.
        """
        ...


@dataclass(frozen=True, slots=True)
class SimulatedVerifier:
    """Verifies evidence of simulated platforms under one pinned vendor root."""

    root: x509.Certificate

    def verify(self, evidence: bytes, now: int) -> Claims:
        """Return the claims of ``evidence``; ``hardware`` is always False.

        1. The evidence parses.
        2. The platform's certificate is issued by the pinned root and both are current.
        3. The quote is signed with the certificate's key.
        4. The quote parses and names a simulated platform.

        Raises:
            EvidenceRefused: one of the steps failed; says which.
        """
        # 1. The evidence parses.
        try:
            shown = decode_evidence(evidence)
        except InvalidMessage as error:
            raise EvidenceRefused(f"the evidence cannot be read: {error}") from None
        signed = shown.signed_quote
        # 2. The platform's certificate is issued by the pinned root and both are current.
        key = self._platform_key(signed.platform_certificate, now)
        # 3. The quote is signed with the certificate's key.
        try:
            key.verify(
                signed.signature,
                bound(Domain.PLATFORM_QUOTE, signed.quote),
                ec.ECDSA(hashes.SHA256()),
            )
        except CryptographyInvalidSignature:
            raise EvidenceRefused("the quote is not signed by the platform") from None
        # 4. The quote parses and names a simulated platform.
        try:
            quote = decode_quote(signed.quote)
        except InvalidMessage as error:
            raise EvidenceRefused(f"the quote cannot be read: {error}") from None
        if quote.platform != SIMULATED_PLATFORM:
            raise EvidenceRefused("the quote is of another kind of platform than its root")
        return Claims(
            platform=quote.platform,
            hardware=False,
            measurement=quote.measurement,
            security_version=quote.security_version,
            debug=quote.debug,
            report_data=quote.report_data,
            sealing_key=shown.sealing_key,
            result_signing_key=shown.result_signing_key,
            policy=shown.policy,
        )

    def _platform_key(self, data: bytes, now: int) -> ec.EllipticCurvePublicKey:
        try:
            certificate = x509.load_der_x509_certificate(data)
            certificate.verify_directly_issued_by(self.root)
        except (ValueError, TypeError, CryptographyInvalidSignature):
            raise EvidenceRefused(
                "the platform's certificate is not issued by the pinned platform root",
                fix="check platform_root in the enclave policy",
            ) from None
        _current(self.root, now, "the platform root")
        _current(certificate, now, "the platform's certificate")
        key = certificate.public_key()
        if (
            _may_issue(certificate)
            or not isinstance(key, ec.EllipticCurvePublicKey)
            or not isinstance(key.curve, ec.SECP256R1)
        ):
            raise EvidenceRefused("the platform's certificate is not one of an attestation key")
        return key


def _current(certificate: x509.Certificate, now: int, what: str) -> None:
    moment = dt.datetime.fromtimestamp(now, dt.UTC)
    if moment < certificate.not_valid_before_utc:
        raise EvidenceRefused(f"{what} is not valid yet", fix="check this machine's clock")
    if moment > certificate.not_valid_after_utc:
        raise EvidenceRefused(f"{what} has expired")


def _may_issue(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False
