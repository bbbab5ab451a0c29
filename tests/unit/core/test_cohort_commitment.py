import hashlib
from typing import Any

import numpy as np
import pytest

from matcher.core.cohort import AskedPeople, Members, Names, cohort_commitment, people_digest
from matcher.core.errors import InvalidCohort
from matcher.core.identifiers import AgencyId, Role

TAX, WELFARE = Role("tax"), Role("welfare")
NORTH, SOUTH = AgencyId("north"), AgencyId("south")
SUBJECTS = Names(np.array([1, 2], dtype=np.uint16), b"abc")
CODES = np.arange(32, dtype=np.uint8).reshape(2, 16)
OTHER = CODES[::-1].copy()
FAMILY = np.arange(48, dtype=np.uint8).reshape(3, 16)
SALT = bytes(32)


def by(codes: np.ndarray, *agencies: AgencyId, places: list[int] | None = None) -> AskedPeople:
    numbers = None if places is None else np.array(places, dtype=np.uint8)
    return AskedPeople(codes, agencies or (NORTH,), numbers)


def households(*sizes: int, lengths: tuple[int, ...] = (1, 1, 1), names: bytes = b"xyz") -> Members:
    return Members(
        np.array(sizes, dtype=np.uint8), Names(np.array(lengths, dtype=np.uint16), names)
    )


def number(value: int) -> bytes:
    return value.to_bytes(4, "big")


def test_the_commitment_to_persons_is_built_as_the_protocol_says() -> None:
    names = hashlib.sha256(b"\x01\x00\x02\x00" + b"abc").digest()
    people = hashlib.sha256(
        b"fusuma/v1/cohort-people\x00\x00\x06person"
        + number(2)
        + number(2)
        + number(2)
        + names
        + b"\x00\x03tax"
        + number(1)
        + b"\x00\x05north"
        + hashlib.sha256(CODES.tobytes()).digest()
        + b"\x00\x07welfare"
        + number(1)
        + b"\x00\x05south"
        + hashlib.sha256(OTHER.tobytes()).digest()
    ).digest()
    assert people_digest(SUBJECTS, {WELFARE: by(OTHER, SOUTH), TAX: by(CODES, NORTH)}) == people
    slots = hashlib.sha256(b"\x03\x00\x00\x00\x09\x00\x00\x00").digest()
    expected = hashlib.sha256(b"fusuma/v1/cohort\x00" + SALT + people + slots).digest()
    assert cohort_commitment(SALT, people, np.array([3, 9])) == expected


def test_the_commitment_to_households_is_built_as_the_protocol_says() -> None:
    people = hashlib.sha256(
        b"fusuma/v1/cohort-people\x00\x00\x09household"
        + number(2)
        + number(3)
        + number(1)
        + hashlib.sha256(b"\x01\x00\x02\x00" + b"abc").digest()
        + hashlib.sha256(b"\x02\x01").digest()
        + hashlib.sha256(b"\x01\x00\x01\x00\x01\x00" + b"xyz").digest()
        + b"\x00\x03tax"
        + number(2)
        + b"\x00\x05north\x00\x05south"
        + hashlib.sha256(b"\x00\x01\x00").digest()
        + hashlib.sha256(FAMILY.tobytes()).digest()
    ).digest()
    roles = {TAX: by(FAMILY, NORTH, SOUTH, places=[0, 1, 0])}
    assert people_digest(SUBJECTS, roles, households(2, 1)) == people


def test_other_cohorts_give_other_digests() -> None:
    swapped = Names(SUBJECTS.lengths[::-1], SUBJECTS.data)
    renamed = Names(SUBJECTS.lengths, b"abd")
    both = by(FAMILY, NORTH, SOUTH, places=[0, 1, 0])
    digests = {
        people_digest(SUBJECTS, {TAX: by(CODES)}),
        people_digest(swapped, {TAX: by(CODES)}),
        people_digest(renamed, {TAX: by(CODES)}),
        people_digest(SUBJECTS, {TAX: by(OTHER)}),
        people_digest(SUBJECTS, {WELFARE: by(CODES)}),
        people_digest(SUBJECTS, {TAX: by(CODES), WELFARE: by(CODES)}),
        people_digest(SUBJECTS, {TAX: by(CODES, SOUTH)}),
        people_digest(SUBJECTS, {TAX: by(CODES, NORTH, SOUTH, places=[0, 0])}),
        people_digest(SUBJECTS, {TAX: by(CODES, NORTH, SOUTH, places=[0, 1])}),
        people_digest(
            SUBJECTS, {TAX: by(CODES)}, households(1, 1, lengths=(1, 2), names=SUBJECTS.data)
        ),
        people_digest(SUBJECTS, {TAX: both}, households(2, 1)),
        people_digest(SUBJECTS, {TAX: both}, households(1, 2)),
        people_digest(SUBJECTS, {TAX: both}, households(1, 2, names=b"xyw")),
        people_digest(SUBJECTS, {TAX: both}, households(1, 2, lengths=(2, 1, 0))),
    }
    assert len(digests) == 14


def test_other_slots_or_another_salt_give_another_commitment() -> None:
    people = people_digest(SUBJECTS, {TAX: by(CODES)})
    commitments = {
        cohort_commitment(SALT, people, np.array([3, 9])),
        cohort_commitment(SALT, people, np.array([3, 10])),
        cohort_commitment(b"s" * 32, people, np.array([3, 9])),
    }
    assert len(commitments) == 3


@pytest.mark.parametrize(
    "arguments",
    {
        "lengths that do not add up": (Names(SUBJECTS.lengths, b"abcd"), {TAX: by(CODES)}),
        "codes of fewer subjects": (SUBJECTS, {TAX: by(CODES[:1])}),
        "short codes": (SUBJECTS, {TAX: by(CODES[:, :8])}),
        "no agency": (SUBJECTS, {TAX: AskedPeople(CODES, ())}),
        "several agencies and nobody's place": (SUBJECTS, {TAX: by(CODES, NORTH, SOUTH)}),
        "places at one agency": (SUBJECTS, {TAX: by(CODES, NORTH, places=[0, 0])}),
        "places of fewer people": (SUBJECTS, {TAX: by(CODES, NORTH, SOUTH, places=[0])}),
        "codes of persons for households": (SUBJECTS, {TAX: by(CODES)}, households(2, 1)),
        "households of fewer subjects": (SUBJECTS, {TAX: by(FAMILY)}, households(3)),
        "sizes that do not add up": (SUBJECTS, {TAX: by(FAMILY)}, households(2, 2)),
    }.values(),
)
def test_what_does_not_fit_is_refused(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(InvalidCohort):
        people_digest(*arguments)
