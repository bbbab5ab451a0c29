"""Attestation evidence and the quote in it, as values and as bytes.

Both sides of an attestation read and write through this page. It checks form only: whether a
platform, a key or a measurement can be trusted is decided by an appraisal (clients/attestation).

Rules:
 * The platform signs the quote's bytes as it made them; a reader verifies those bytes and never
   serialises a quote again.
 * Unknown fields and fields of the wrong length are refused.
"""

from __future__ import annotations

from dataclasses import dataclass

from eligibility.v1 import enclave_pb2
from google.protobuf.message import DecodeError
from google.protobuf.unknown_fields import UnknownFieldSet

from matcher.core.errors import InvalidMessage

SIMULATED_PLATFORM = "fusuma-simulated-tee"
MEASUREMENT_BYTES = 48
REPORT_DATA_BYTES = 64
SEALING_KEY_BYTES = 1216
SIGNING_KEY_BYTES = 32
MOST_SIGNER_BYTES = 64
MOST_POLICY_BYTES = 4096


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
    return enclave_pb2.Quote(
        platform=quote.platform,
        measurement=quote.measurement,
        signer=quote.signer,
        security_version=quote.security_version,
        debug=quote.debug,
        report_data=quote.report_data,
    ).SerializeToString(deterministic=True)


def decode_quote(data: bytes) -> Quote:
    """Read a serialised quote.

    Raises:
        InvalidMessage: it does not parse, or a field has the wrong length.
    """
    message = enclave_pb2.Quote()
    _parse(message, data, "quote")
    _length("quote.measurement", message.measurement, MEASUREMENT_BYTES)
    _length("quote.report_data", message.report_data, REPORT_DATA_BYTES)
    _at_most("quote.signer", message.signer, MOST_SIGNER_BYTES)
    if not message.platform:
        raise InvalidMessage("the platform is not named", where="quote.platform")
    return Quote(
        platform=message.platform,
        measurement=message.measurement,
        signer=message.signer,
        security_version=message.security_version,
        debug=message.debug,
        report_data=message.report_data,
    )


def encode_evidence(evidence: Evidence) -> bytes:
    """Return ``evidence`` as bytes of an ``Evidence`` message."""
    return enclave_pb2.Evidence(
        sealing_key=evidence.sealing_key,
        result_signing_key=evidence.result_signing_key,
        quote=evidence.signed_quote.quote,
        quote_signature=evidence.signed_quote.signature,
        platform_certificate=evidence.signed_quote.platform_certificate,
        policy=evidence.policy,
    ).SerializeToString(deterministic=True)


def decode_evidence(data: bytes) -> Evidence:
    """Read a serialised ``Evidence``; nothing in it is trusted yet.

    Raises:
        InvalidMessage: it does not parse, or a field is missing or has the wrong length.
    """
    message = enclave_pb2.Evidence()
    _parse(message, data, "evidence")
    _length("evidence.sealing_key", message.sealing_key, SEALING_KEY_BYTES)
    _length("evidence.result_signing_key", message.result_signing_key, SIGNING_KEY_BYTES)
    _at_most("evidence.policy", message.policy, MOST_POLICY_BYTES)
    return Evidence(
        sealing_key=message.sealing_key,
        result_signing_key=message.result_signing_key,
        policy=message.policy,
        signed_quote=SignedQuote(
            quote=message.quote,
            signature=message.quote_signature,
            platform_certificate=message.platform_certificate,
        ),
    )


def _parse(message: enclave_pb2.Quote | enclave_pb2.Evidence, data: bytes, where: str) -> None:
    try:
        message.ParseFromString(data)
    except DecodeError:
        raise InvalidMessage("the bytes do not parse", where=where) from None
    if len(UnknownFieldSet(message)):
        raise InvalidMessage("there are fields that this version does not know", where=where)


def _length(where: str, data: bytes, length: int) -> None:
    if len(data) != length:
        raise InvalidMessage(f"{len(data)} bytes instead of {length}", where=where)


def _at_most(where: str, data: bytes, length: int) -> None:
    if len(data) > length:
        raise InvalidMessage(f"{len(data)} bytes, more than {length}", where=where)
