from collections.abc import Callable
from dataclasses import replace

import pytest
from eligibility.v1 import common_pb2

from matcher.core.binding import sha256
from matcher.core.errors import InvalidMessage, SchemeRefused, StatementMismatch
from matcher.core.identifiers import AgencyId, Role
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.statement import ProviderAssignment, RunStatement
from matcher.identity.keys import SealingKey
from matcher.wire.statement import decode_statement, encode_statement

Message = common_pb2.RunStatement
Change = Callable[[Message], object]


@pytest.fixture
def enclave_statement(statement: RunStatement) -> RunStatement:
    return replace(
        statement,
        scheme=Scheme.ENCLAVE,
        column_kind=ColumnKind.VALUE,
        parameters="",
        public_key_digest=None,
        result_key=SealingKey.generate().public_bytes,
    )


def changed(statement: RunStatement, change: Change) -> bytes:
    message = Message.FromString(encode_statement(statement))
    change(message)
    return message.SerializeToString(deterministic=True)


def assign(**fields: object) -> Change:
    def change(message: Message) -> None:
        for name, value in fields.items():
            setattr(message, name, value)

    return change


def assign_provider(index: int, **fields: object) -> Change:
    def change(message: Message) -> None:
        for name, value in fields.items():
            setattr(message.providers[index], name, value)

    return change


def test_a_statement_comes_back_as_it_was(
    statement: RunStatement, enclave_statement: RunStatement
) -> None:
    with_product = replace(statement, evaluation_key_digest=statement.plan_digest)
    for original in (statement, with_product, enclave_statement):
        assert decode_statement(encode_statement(original)) == original


HOMOMORPHIC_FAULTS: dict[str, tuple[Change, str]] = {
    "run id in capitals": (assign(run_id="AB" * 16), "run id"),
    "no run id": (assign(run_id=""), "run id"),
    "short nonce": (assign(nonce=bytes(31)), "statement.nonce"),
    "no requester": (assign(requester=""), "statement.requester"),
    "malformed requester": (assign(requester="City"), "statement.requester"),
    "no programme": (assign(programme_digest=b""), "statement.programme_digest"),
    "long plan digest": (assign(plan_digest=bytes(33)), "statement.plan_digest"),
    "no scheme": (assign(scheme=0), "statement.scheme"),
    "unknown scheme": (assign(scheme=99), "statement.scheme"),
    "no column kind": (assign(column_kind=0), "statement.column_kind"),
    "values under a homomorphic scheme": (assign(column_kind=3), "statement.column_kind"),
    "no parameters": (assign(parameters=""), "statement.parameters"),
    "parameters with a path": (assign(parameters="../x"), "statement.parameters"),
    "no public key": (assign(public_key_digest=b""), "statement.public_key_digest"),
    "short public key digest": (assign(public_key_digest=b"x"), "statement.public_key_digest"),
    "short evaluation key digest": (
        assign(evaluation_key_digest=b"x"),
        "statement.evaluation_key_digest",
    ),
    "no control commitment": (assign(control_commitment=b""), "statement.control_commitment"),
    "no cohort commitment": (assign(cohort_commitment=b""), "statement.cohort_commitment"),
    "no providers": (lambda message: message.ClearField("providers"), "statement.providers"),
    "no chunks": (assign(chunks=0), "statement.chunks"),
    "too many chunks": (assign(chunks=65536), "statement.chunks"),
    "no date": (assign(reference_date=""), "statement.reference_date"),
    "a date that does not exist": (assign(reference_date="2026-02-30"), "reference_date"),
    "another form of date": (assign(reference_date="20260601"), "reference_date"),
    "a week date": (assign(reference_date="2026-W23-1"), "reference_date"),
    "a result key under a homomorphic scheme": (
        assign(result_key=bytes(1216)),
        "statement.result_key",
    ),
    "no time of issue": (assign(issued_at=0), "statement.issued_at"),
    "negative time of issue": (assign(issued_at=-1), "statement.issued_at"),
    "expiry at issue": (assign(expires_at=1_780_315_200), "statement.expires_at"),
    "expiry after more than seven days": (
        assign(expires_at=1_780_315_200 + 7 * 86400 + 1),
        "statement.expires_at",
    ),
    "malformed role": (assign_provider(0, role="Tax"), "statement.providers.role"),
    "malformed agency": (assign_provider(0, agency=""), "statement.providers.agency"),
    "no roster": (assign_provider(0, roster_digest=b""), "statement.providers.roster_digest"),
    "roles out of order": (assign_provider(0, role="zoo"), "statement.providers"),
    "agencies of a role out of order": (
        assign_provider(0, role="welfare", agency="zoo"),
        "statement.providers",
    ),
    "an agency twice in its role": (
        assign_provider(0, role="welfare", agency="welfare"),
        "statement.providers",
    ),
    "one agency in two roles": (assign_provider(0, agency="welfare"), "two parts in the run"),
    "the requester as a provider": (
        assign_provider(0, agency="city-benefits"),
        "statement.providers",
    ),
}


@pytest.mark.parametrize("case", HOMOMORPHIC_FAULTS)
def test_a_fault_is_refused_and_its_field_named(statement: RunStatement, case: str) -> None:
    change, words = HOMOMORPHIC_FAULTS[case]
    with pytest.raises(InvalidMessage) as refused:
        decode_statement(changed(statement, change))
    assert words in str(refused.value)


ENCLAVE_FAULTS: dict[str, tuple[Change, str]] = {
    "decisions for an enclave": (assign(column_kind=1), "statement.column_kind"),
    "parameters for an enclave": (assign(parameters="bgv"), "statement.parameters"),
    "a public key for an enclave": (
        assign(public_key_digest=bytes(32)),
        "statement.public_key_digest",
    ),
    "an evaluation key for an enclave": (
        assign(evaluation_key_digest=bytes(32)),
        "statement.evaluation_key_digest",
    ),
    "no result key": (assign(result_key=b""), "statement.result_key"),
    "a short result key": (assign(result_key=bytes(1215)), "statement.result_key"),
    "a result key outside the field": (assign(result_key=b"\xff" * 1216), "statement.result_key"),
}


@pytest.mark.parametrize("case", ENCLAVE_FAULTS)
def test_a_fault_in_an_enclave_run_is_refused(enclave_statement: RunStatement, case: str) -> None:
    change, words = ENCLAVE_FAULTS[case]
    with pytest.raises(InvalidMessage) as refused:
        decode_statement(changed(enclave_statement, change))
    assert words in str(refused.value)


def with_providers(statement: RunStatement, *entries: tuple[str, str]) -> RunStatement:
    return replace(
        statement,
        providers=tuple(
            ProviderAssignment(Role(role), AgencyId(agency), sha256(agency.encode()))
            for role, agency in entries
        ),
    )


def test_a_role_may_have_several_agencies(statement: RunStatement) -> None:
    several = with_providers(
        statement, ("tax", "tax-north"), ("tax", "tax-south"), ("welfare", "a-welfare")
    )
    assert decode_statement(encode_statement(several)) == several


def test_a_run_may_have_sixty_four_providers_and_no_more(statement: RunStatement) -> None:
    most = [("tax", f"tax-{number:02}") for number in range(64)]
    several = with_providers(statement, *most)
    assert decode_statement(encode_statement(several)) == several
    with pytest.raises(InvalidMessage, match=r"statement\.providers"):
        encode_statement(with_providers(statement, *most, ("tax", "tax-64")))


def test_every_provider_has_one_place_in_its_role(statement: RunStatement) -> None:
    several = with_providers(
        statement, ("tax", "tax-north"), ("tax", "tax-south"), ("welfare", "a-welfare")
    )
    assert several.agency_counts == {"tax": 2, "welfare": 1}
    assert several.agencies_of(Role("tax")) == ("tax-north", "tax-south")
    assert several.place_of(AgencyId("tax-south")) == ("tax", 1)
    assert several.place_of(AgencyId("a-welfare")) == ("welfare", 0)
    with pytest.raises(StatementMismatch, match="no part"):
        several.place_of(AgencyId("tax-west"))


def test_a_statement_has_one_byte_string(statement: RunStatement) -> None:
    payload = encode_statement(statement)
    attempts = {
        "an unknown field": payload + b"\xf2\x07\x01x",
        "a field twice": payload + b"\x70\x7b",
        "a default written out": payload + b"\x52\x00",
        "cut": payload[:-1],
        "too long": payload + bytes(40_000),
    }
    for data in attempts.values():
        with pytest.raises(InvalidMessage):
            decode_statement(data)


def test_an_unknown_field_in_a_provider_is_refused(statement: RunStatement) -> None:
    message = Message.FromString(encode_statement(statement))
    raw = message.providers[0].SerializeToString() + b"\xf2\x07\x01x"
    message.providers[0].ParseFromString(raw)
    with pytest.raises(InvalidMessage, match=r"statement\.providers: there are fields"):
        decode_statement(message.SerializeToString(deterministic=True))


def test_the_plaintext_reference_never_travels(statement: RunStatement) -> None:
    with pytest.raises(SchemeRefused):
        encode_statement(replace(statement, scheme=Scheme.CLEAR))


def test_what_no_receiver_would_take_is_not_written(statement: RunStatement) -> None:
    with pytest.raises(InvalidMessage):
        encode_statement(replace(statement, requester=AgencyId("tax")))
