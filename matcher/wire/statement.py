"""Run statements as bytes.

The payload that a requester signs is made here and read here; its digest is in everything that
belongs to the run. Whether the run is allowed is decided elsewhere: this page checks form, and
that the fields fit each other.

Rules:
 * Every field is checked for length, form and range; an error names the field.
 * Providers ascend by role and, within a role, by agency; no agency has two parts in a run.
 * A homomorphic run names parameters and the digest of a public key; an enclave run has a result
   key and neither of them.
 * The digest of a statement is that of the payload as received.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Final, TypeVar

from eligibility.v1 import common_pb2

from matcher.core.binding import sha256
from matcher.core.errors import InvalidKey, InvalidMessage, SchemeRefused
from matcher.core.identifiers import Digest, Role, run_id
from matcher.core.scheme import COLUMN_KINDS, ColumnKind, Scheme
from matcher.core.statement import ProviderAssignment, RunStatement
from matcher.identity.keys import sealing_public_key
from matcher.wire.parsing import (
    agency_in,
    ascending,
    digest_in,
    exactly,
    parse_canonical,
    serialise,
    within,
)

NONCE_BYTES: Final = 32
MOST_CHUNKS: Final = 65535
MOST_PROVIDERS: Final = 64
LONGEST_RUN_SECONDS: Final = 7 * 24 * 3600
MOST_STATEMENT_BYTES: Final = 32 * 1024
_LATEST_TIME: Final = 2**40
_PARAMETERS: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
_ROLE: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

NameT = TypeVar("NameT", Scheme, ColumnKind)

_SCHEMES: Final[Mapping[Scheme, common_pb2.Scheme.ValueType]] = {
    Scheme.BGV: common_pb2.SCHEME_BGV,
    Scheme.ENCLAVE: common_pb2.SCHEME_ENCLAVE,
    Scheme.BFV: common_pb2.SCHEME_BFV,
    Scheme.CKKS: common_pb2.SCHEME_CKKS,
    Scheme.PAILLIER: common_pb2.SCHEME_PAILLIER,
}
_KINDS: Final[Mapping[ColumnKind, common_pb2.ColumnKind.ValueType]] = {
    ColumnKind.DECISION: common_pb2.COLUMN_KIND_DECISION,
    ColumnKind.ATTRIBUTE: common_pb2.COLUMN_KIND_ATTRIBUTE,
    ColumnKind.VALUE: common_pb2.COLUMN_KIND_VALUE,
}


def statement_digest(payload: bytes) -> Digest:
    """Return the digest that binds everything of a run to its statement's payload."""
    return sha256(payload)


def encode_statement(statement: RunStatement) -> bytes:
    """Return the payload of ``statement``, to be signed under the domain ``run-statement``.

    Raises:
        SchemeRefused: the scheme never travels (the plaintext reference).
        InvalidMessage: no receiver would take it; names the field.
    """
    if statement.scheme not in _SCHEMES:
        raise SchemeRefused(f"the scheme {statement.scheme.value} is not for runs between agencies")
    payload = serialise(
        common_pb2.RunStatement(
            run_id=statement.run_id,
            nonce=statement.nonce,
            requester=statement.requester,
            programme_digest=statement.programme_digest,
            plan_digest=statement.plan_digest,
            scheme=_SCHEMES[statement.scheme],
            column_kind=_KINDS[statement.column_kind],
            parameters=statement.parameters,
            public_key_digest=statement.public_key_digest or b"",
            evaluation_key_digest=statement.evaluation_key_digest or b"",
            control_commitment=statement.control_commitment,
            cohort_commitment=statement.cohort_commitment,
            providers=[
                common_pb2.ProviderAssignment(
                    role=provider.role,
                    agency=provider.agency,
                    roster_digest=provider.roster_digest,
                )
                for provider in statement.providers
            ],
            chunks=statement.chunks,
            reference_date=statement.reference_date.isoformat(),
            result_key=statement.result_key,
            issued_at=statement.issued_at,
            expires_at=statement.expires_at,
        )
    )
    decode_statement(payload)
    return payload


def decode_statement(payload: bytes) -> RunStatement:
    """Read the payload of a run statement whose signature has been checked.

    Raises:
        InvalidMessage: a field is missing, malformed, or contradicts another; names it.
    """
    message = parse_canonical(
        common_pb2.RunStatement, payload, "statement", most_bytes=MOST_STATEMENT_BYTES
    )
    statement = RunStatement(
        run_id=run_id(message.run_id),
        nonce=exactly(message.nonce, NONCE_BYTES, "statement.nonce"),
        requester=agency_in(message.requester, "statement.requester"),
        programme_digest=digest_in(message.programme_digest, "statement.programme_digest"),
        plan_digest=digest_in(message.plan_digest, "statement.plan_digest"),
        scheme=_named(_SCHEMES, message.scheme, "statement.scheme"),
        column_kind=_named(_KINDS, message.column_kind, "statement.column_kind"),
        parameters=message.parameters,
        public_key_digest=_optional(message.public_key_digest, "statement.public_key_digest"),
        evaluation_key_digest=_optional(
            message.evaluation_key_digest, "statement.evaluation_key_digest"
        ),
        control_commitment=digest_in(message.control_commitment, "statement.control_commitment"),
        cohort_commitment=digest_in(message.cohort_commitment, "statement.cohort_commitment"),
        providers=tuple(_provider(entry) for entry in message.providers),
        chunks=within(message.chunks, 1, MOST_CHUNKS, "statement.chunks"),
        reference_date=_date(message.reference_date),
        result_key=message.result_key,
        issued_at=within(message.issued_at, 1, _LATEST_TIME, "statement.issued_at"),
        expires_at=within(
            message.expires_at,
            message.issued_at + 1,
            message.issued_at + LONGEST_RUN_SECONDS,
            "statement.expires_at",
        ),
    )
    _check_parties(statement)
    _check_scheme(statement)
    return statement


def _provider(entry: common_pb2.ProviderAssignment) -> ProviderAssignment:
    if not _ROLE.fullmatch(entry.role):
        raise InvalidMessage("this is not a role", where="statement.providers.role")
    return ProviderAssignment(
        role=Role(entry.role),
        agency=agency_in(entry.agency, "statement.providers.agency"),
        roster_digest=digest_in(entry.roster_digest, "statement.providers.roster_digest"),
    )


def _check_parties(statement: RunStatement) -> None:
    within(len(statement.providers), 1, MOST_PROVIDERS, "statement.providers")
    # The plan counts a role's agencies in this order: any other would make it another plan.
    ascending(
        [(provider.role, provider.agency) for provider in statement.providers],
        "statement.providers",
    )
    agencies = [statement.requester, *(provider.agency for provider in statement.providers)]
    if len(set(agencies)) != len(agencies):
        raise InvalidMessage("an agency has two parts in the run", where="statement.providers")


def _check_scheme(statement: RunStatement) -> None:
    if statement.column_kind not in COLUMN_KINDS[statement.scheme]:
        raise InvalidMessage("the scheme has no such columns", where="statement.column_kind")
    if statement.scheme is Scheme.ENCLAVE:
        _refuse(bool(statement.parameters), "statement.parameters")
        _refuse(statement.public_key_digest is not None, "statement.public_key_digest")
        _refuse(statement.evaluation_key_digest is not None, "statement.evaluation_key_digest")
        try:
            sealing_public_key(statement.result_key)
        except InvalidKey as error:
            raise InvalidMessage(error.what, where="statement.result_key") from None
        return
    _refuse(bool(statement.result_key), "statement.result_key")
    if not _PARAMETERS.fullmatch(statement.parameters):
        raise InvalidMessage("this is not a parameter set's name", where="statement.parameters")
    if statement.public_key_digest is None:
        raise InvalidMessage("the field is missing", where="statement.public_key_digest")


def _refuse(present: bool, where: str) -> None:  # noqa: FBT001
    if present:
        raise InvalidMessage("the scheme has no use for this field", where=where)


def _named(names: Mapping[NameT, int], number: int, where: str) -> NameT:
    for name, known in names.items():
        if known == number:
            return name
    raise InvalidMessage("the value is missing or unknown", where=where)


def _optional(data: bytes, where: str) -> Digest | None:
    return digest_in(data, where) if data else None


def _date(text: str) -> date:
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise InvalidMessage("this is not a date YYYY-MM-DD", where="statement.reference_date")
