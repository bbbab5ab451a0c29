"""Attestation evidence and the quote in it, as values and as bytes.

Both sides of an attestation read and write through this page. It checks form only: whether a
platform, a key or a measurement can be trusted is decided by an appraisal (clients/attestation).

Rules:
 * The platform signs the quote's bytes as it made them; a reader verifies those bytes and never
   serialises a quote again.
 * Bytes that are not the canonical serialisation and fields of the wrong length are refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from eligibility.v1 import enclave_pb2

from matcher.core.errors import InvalidMessage
from matcher.core.identifiers import AgencyId
from matcher.identity.keys import SEALING_KEY_BYTES, SIGNING_KEY_BYTES
from matcher.wire.parsing import exactly, parse_canonical, serialise

SIMULATED_PLATFORM: Final = "fusuma-simulated-tee"
# What stands for the signer's name in an enclave's result; its key is the one in the evidence.
ENCLAVE_SIGNER: Final = AgencyId("enclave")
MEASUREMENT_BYTES: Final = 48
REPORT_DATA_BYTES: Final = 64
MOST_QUOTE_BYTES: Final = 1024
MOST_EVIDENCE_BYTES: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class Quote:
    """What a simulated platform says about the program it runs.

    Attributes:
        platform: ``SIMULATED_PLATFORM``.
        measurement: SHA-384 over program, configuration and trust anchors, 48 bytes.
        signer: who signed the program; empty for a program that nobody signed.
        security_version: the program's security version; grows with every security fix.
        debug: whether the platform lets its operator read the program's memory.
        report_data: the 64 bytes the program asked the platform to include.
    """

    platform: str
    measurement: bytes
    signer: bytes
    security_version: int
    debug: bool
    report_data: bytes


@dataclass(frozen=True, slots=True)
class SignedQuote:
    """A serialised quote, the platform's ECDSA signature over it, and the platform's certificate.

    Attributes:
        quote: a serialised Quote.
        signature: ECDSA P-256 with SHA-256 over ``bound(PLATFORM_QUOTE, quote)``, DER.
        platform_certificate: X.509, DER, issued by the platform vendor's root.
    """

    quote: bytes
    signature: bytes
    platform_certificate: bytes


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an enclave shows before anything is sealed to it.

    Attributes:
        sealing_key: HPKE public key for this run's columns.
        result_signing_key: Ed25519 public key that signs this run's result.
        policy: what the program enforces, canonical JSON.
        signed_quote: the platform's word for the program and for these keys.
    """

    sealing_key: bytes
    result_signing_key: bytes
    policy: bytes
    signed_quote: SignedQuote


def encode_quote(quote: Quote) -> bytes:
    """Return the bytes of ``quote`` that a platform signs."""
    return serialise(
        enclave_pb2.Quote(
            platform=quote.platform,
            measurement=quote.measurement,
            signer=quote.signer,
            security_version=quote.security_version,
            debug=quote.debug,
            report_data=quote.report_data,
        )
    )


def decode_quote(data: bytes) -> Quote:
    """Read a serialised quote.

    Raises:
        InvalidMessage: it does not parse, or a field has the wrong length.
    """
    message = parse_canonical(enclave_pb2.Quote, data, "quote", most_bytes=MOST_QUOTE_BYTES)
    if not message.platform:
        raise InvalidMessage("the platform is not named", where="quote.platform")
    return Quote(
        platform=message.platform,
        measurement=exactly(message.measurement, MEASUREMENT_BYTES, "quote.measurement"),
        signer=message.signer,
        security_version=message.security_version,
        debug=message.debug,
        report_data=exactly(message.report_data, REPORT_DATA_BYTES, "quote.report_data"),
    )


def encode_evidence(evidence: Evidence) -> bytes:
    """Return ``evidence`` as bytes of an ``Evidence`` message."""
    return serialise(
        enclave_pb2.Evidence(
            sealing_key=evidence.sealing_key,
            result_signing_key=evidence.result_signing_key,
            quote=evidence.signed_quote.quote,
            quote_signature=evidence.signed_quote.signature,
            platform_certificate=evidence.signed_quote.platform_certificate,
            policy=evidence.policy,
        )
    )


def decode_evidence(data: bytes) -> Evidence:
    """Read a serialised ``Evidence``; nothing in it is trusted yet.

    Raises:
        InvalidMessage: it does not parse, or a field is missing or has the wrong length.
    """
    message = parse_canonical(
        enclave_pb2.Evidence, data, "evidence", most_bytes=MOST_EVIDENCE_BYTES
    )
    return Evidence(
        sealing_key=exactly(message.sealing_key, SEALING_KEY_BYTES, "evidence.sealing_key"),
        result_signing_key=exactly(
            message.result_signing_key, SIGNING_KEY_BYTES, "evidence.result_signing_key"
        ),
        policy=message.policy,
        signed_quote=SignedQuote(
            quote=message.quote,
            signature=message.quote_signature,
            platform_certificate=message.platform_certificate,
        ),
    )
