import hashlib

import pytest

from matcher.core.binding import (
    Domain,
    bound,
    chunk_binding,
    column_seal_info,
    control_commitment,
    link_code,
    number,
    report_data,
    roster_seal_info,
    sha256,
    text,
    verdict_seal_info,
)
from matcher.core.identifiers import AgencyId

RUN, PAYLOAD, TAX = sha256(b"run"), sha256(b"payload"), AgencyId("tax")


def test_a_binding_begins_with_its_domain() -> None:
    assert bound(Domain.RUN_STATEMENT, b"x") == b"fusuma/v1/run-statement\x00x"


def test_no_domain_is_the_beginning_of_another() -> None:
    # The zero byte ends the domain: "cohort" and "cohort-people" never run into each other.
    prefixes = [bound(domain) for domain in Domain]
    assert not any(a != b and b.startswith(a) for a in prefixes for b in prefixes)
    assert all("\x00" not in domain.value and domain.value.isascii() for domain in Domain)


def test_text_carries_its_length_in_bytes() -> None:
    assert text("tax") == b"\x00\x03tax"
    assert text("税") == b"\x00\x03\xe7\xa8\x8e"
    assert text("") == b"\x00\x00"
    with pytest.raises(OverflowError):
        text("x" * 65536)


def test_numbers_are_four_bytes_big_endian() -> None:
    assert number(258) == b"\x00\x00\x01\x02"
    with pytest.raises(OverflowError):
        number(2**32)
    with pytest.raises(OverflowError):
        number(-1)


def test_fields_do_not_run_into_each_other() -> None:
    one = chunk_binding(RUN, AgencyId("a"), 1, 2, PAYLOAD)
    assert one != chunk_binding(RUN, AgencyId("a"), 2, 1, PAYLOAD)
    assert one != chunk_binding(RUN, AgencyId("ab"), 1, 2, PAYLOAD)
    assert one == (
        b"fusuma/v1/column-chunk\x00" + RUN + b"\x00\x01a\x00\x00\x00\x01\x00\x00\x00\x02" + PAYLOAD
    )


def test_the_same_fields_mean_different_things_in_different_domains() -> None:
    infos = {
        roster_seal_info(RUN, TAX),
        column_seal_info(RUN, TAX, 0, 0, b"result key"),
        verdict_seal_info(RUN, 0),
        chunk_binding(RUN, TAX, 0, 0, sha256(b"result key")),
    }
    assert len(infos) == 4


def test_a_column_seal_is_bound_to_the_result_key() -> None:
    assert column_seal_info(RUN, TAX, 0, 0, b"a") != column_seal_info(RUN, TAX, 0, 0, b"b")


def test_report_data_changes_with_every_field() -> None:
    fields = (bytes(32), b"sealing", b"signing", RUN, PAYLOAD)
    seen = {report_data(*fields)}
    for index in range(len(fields)):
        changed = [*fields]
        changed[index] = sha256(b"other")
        seen.add(report_data(*changed))  # type: ignore[arg-type]
    assert len(seen) == 6
    assert {len(data) for data in seen} == {64}


def test_a_control_commitment_needs_salt_and_map() -> None:
    commitment = control_commitment(bytes(32), b"map")
    assert commitment != control_commitment(b"s" * 32, b"map")
    assert commitment != control_commitment(bytes(32), b"other")


def test_a_link_code_is_the_beginning_of_a_hash_of_the_identifier() -> None:
    expected = hashlib.sha256(b"fusuma/v1/link-code\x00\x00\x04p001").digest()[:16]
    assert link_code("p001") == expected
