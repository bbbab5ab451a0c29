"""The exact bytes that signatures, digests and seals are bound to.

Every binding starts with ``fusuma/v1/<domain>`` and a zero byte, so that bytes made for one
purpose mean nothing for another. Fixed-size fields follow as they are; text is preceded by its
length in bytes, two bytes big-endian. docs/protocol.md repeats this page with vectors.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from enum import StrEnum

from matcher.core.identifiers import AgencyId, Digest

PREFIX = b"fusuma/v1/"


class Domain(StrEnum):
    """What a binding is for."""

    AGENCY_CARD = "agency-card"
    PROGRAMME = "programme"
    RUN_STATEMENT = "run-statement"
    COLUMN_CHUNK = "column-chunk"
    COLUMN_MANIFEST = "column-manifest"
    RESULT_MANIFEST = "result-manifest"
    ENCLAVE_RESULT = "enclave-result"
    PLATFORM_QUOTE = "platform-quote"
    REPORT_DATA = "report-data"
    ROSTER_SEAL = "roster-seal"
    COLUMN_SEAL = "column-seal"
    VERDICT_SEAL = "verdict-seal"
    CONTROL_MAP = "control-map"
    COHORT = "cohort"
    COHORT_PEOPLE = "cohort-people"
    LINK_CODE = "link-code"
    PUBLIC_POLYNOMIAL = "public-polynomial"
    MODULUS_CHALLENGE = "modulus-challenge"
    ENCLAVE_MEASUREMENT = "enclave-measurement"


def bound(domain: Domain, *fields: bytes) -> bytes:
    """Return the domain prefix followed by ``fields``, which the caller has made unambiguous."""
    return b"".join((PREFIX, domain.value.encode(), b"\x00", *fields))


def text(value: str) -> bytes:
    """Return ``value`` in UTF-8 behind its length, two bytes big-endian."""
    encoded = value.encode()
    return len(encoded).to_bytes(2, "big") + encoded


def number(value: int) -> bytes:
    """Return ``value`` as four bytes big-endian."""
    return value.to_bytes(4, "big")


def sha256(data: bytes | memoryview) -> Digest:
    """Return the SHA-256 of ``data``."""
    return Digest(hashlib.sha256(data).digest())


def chunk_binding(
    statement: Digest, provider: AgencyId, column: int, chunk: int, payload: Digest
) -> bytes:
    """Return what a provider signs for one chunk of one column."""
    return bound(
        Domain.COLUMN_CHUNK, statement, text(provider), number(column), number(chunk), payload
    )


def roster_seal_info(statement: Digest, provider: AgencyId) -> bytes:
    """Return the HPKE info of a roster."""
    return bound(Domain.ROSTER_SEAL, statement, text(provider))


def column_seal_info(
    statement: Digest, provider: AgencyId, column: int, chunk: int, result_key: bytes
) -> bytes:
    """Return the HPKE info of a chunk sealed to an enclave."""
    return bound(
        Domain.COLUMN_SEAL,
        statement,
        text(provider),
        number(column),
        number(chunk),
        sha256(result_key),
    )


def verdict_seal_info(statement: Digest, chunk: int) -> bytes:
    """Return the HPKE info of a chunk of verdicts sealed to the requester."""
    return bound(Domain.VERDICT_SEAL, statement, number(chunk))


def report_data(
    nonce: bytes, sealing_key: bytes, result_signing_key: bytes, policy: Digest, statement: Digest
) -> bytes:
    """Return the 64 bytes an enclave's evidence carries for one run.

    SHA-512 over the run's 32-byte nonce and the SHA-256 digests of the key to seal columns to, the
    key that signs the result, the enclave's evaluation policy and the run statement.
    """
    fields = (nonce, sha256(sealing_key), sha256(result_signing_key), policy, statement)
    return hashlib.sha512(bound(Domain.REPORT_DATA, *fields)).digest()


def control_commitment(salt: bytes, control_map: bytes) -> Digest:
    """Return the commitment to a serialised control map under a 32-byte salt."""
    return sha256(bound(Domain.CONTROL_MAP, salt, sha256(control_map)))


def link_code(identifier: str) -> bytes:
    """Return the 16-byte code that stands for an agency file's opaque identifier."""
    return link_codes((identifier,))


def link_codes(identifiers: Iterable[str]) -> bytes:
    """Return the 16-byte codes of ``identifiers``, one after the other.

    Files have a million of them, so that the binding's constant part is made once.
    """
    prefix, sha256_of = bound(Domain.LINK_CODE), hashlib.sha256
    encoded = map(str.encode, identifiers)
    return b"".join(
        [sha256_of(prefix + len(one).to_bytes(2, "big") + one).digest()[:16] for one in encoded]
    )
