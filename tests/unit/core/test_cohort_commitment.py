import hashlib

import numpy as np
import pytest

from matcher.core.cohort import cohort_commitment, people_digest
from matcher.core.errors import InvalidCohort
from matcher.core.identifiers import Role

TAX, WELFARE = Role("tax"), Role("welfare")
LENGTHS = np.array([1, 2], dtype=np.uint16)
CODES = np.arange(32, dtype=np.uint8).reshape(2, 16)
OTHER = CODES[::-1].copy()
SALT = bytes(32)


def test_the_commitment_is_built_as_the_protocol_says() -> None:
    names = hashlib.sha256(b"\x01\x00\x02\x00" + b"abc").digest()
    people = hashlib.sha256(
        b"fusuma/v1/cohort-people\x00"
        + (2).to_bytes(4, "big")
        + (2).to_bytes(4, "big")
        + names
        + b"\x00\x03tax"
        + hashlib.sha256(CODES.tobytes()).digest()
        + b"\x00\x07welfare"
        + hashlib.sha256(OTHER.tobytes()).digest()
    ).digest()
    assert people_digest(LENGTHS, b"abc", {WELFARE: OTHER, TAX: CODES}) == people
    slots = hashlib.sha256(b"\x03\x00\x00\x00\x09\x00\x00\x00").digest()
    expected = hashlib.sha256(b"fusuma/v1/cohort\x00" + SALT + people + slots).digest()
    assert cohort_commitment(SALT, people, np.array([3, 9])) == expected


def test_other_cohorts_give_other_digests() -> None:
    digests = {
        people_digest(LENGTHS, b"abc", {TAX: CODES}),
        people_digest(LENGTHS[::-1], b"abc", {TAX: CODES}),
        people_digest(LENGTHS, b"abd", {TAX: CODES}),
        people_digest(LENGTHS, b"abc", {TAX: OTHER}),
        people_digest(LENGTHS, b"abc", {WELFARE: CODES}),
        people_digest(LENGTHS, b"abc", {TAX: CODES, WELFARE: CODES}),
    }
    assert len(digests) == 6


def test_other_slots_or_another_salt_give_another_commitment() -> None:
    people = people_digest(LENGTHS, b"abc", {TAX: CODES})
    commitments = {
        cohort_commitment(SALT, people, np.array([3, 9])),
        cohort_commitment(SALT, people, np.array([3, 10])),
        cohort_commitment(b"s" * 32, people, np.array([3, 9])),
    }
    assert len(commitments) == 3


@pytest.mark.parametrize(
    ("names", "codes"),
    [
        pytest.param(b"abcd", CODES, id="lengths do not add up"),
        pytest.param(b"abc", CODES[:1], id="codes of fewer subjects"),
        pytest.param(b"abc", CODES[:, :8], id="short codes"),
    ],
)
def test_what_does_not_fit_is_refused(names: bytes, codes: np.ndarray) -> None:
    with pytest.raises(InvalidCohort):
        people_digest(LENGTHS, names, {TAX: codes})
