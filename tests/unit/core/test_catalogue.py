from __future__ import annotations

from datetime import date

import pytest

from matcher.core.catalogue import (
    LARGEST_CODE,
    Attribute,
    AttributeType,
    code_of_date,
    date_of_code,
)
from matcher.core.errors import InvalidCatalogue
from matcher.core.identifiers import AttributeName

NAME = AttributeName("tax.income")


def _integer(low: int, high: int, **more: object) -> Attribute:
    return Attribute(NAME, AttributeType.INTEGER, low, high, **more)  # type: ignore[arg-type]


def test_the_role_is_what_stands_before_the_dot() -> None:
    assert _integer(0, 1).role == "tax"


def test_absence_has_the_code_after_the_last() -> None:
    assert _integer(-3, 7).absent_code == 8
    assert not _integer(0, 7).closed_world
    assert _integer(0, 7, absent=0).closed_world


def test_every_code_is_a_class_without_bands() -> None:
    attribute = _integer(-1, 2)
    assert attribute.class_count == 4
    assert attribute.class_ranges() == ((-1, -1), (0, 0), (1, 1), (2, 2))


def test_bands_are_inclusive_upper_edges() -> None:
    attribute = _integer(-5, 100, bands=(0, 10, 100))
    assert attribute.class_count == 3
    assert attribute.class_ranges() == ((-5, 0), (1, 10), (11, 100))


@pytest.mark.parametrize(
    ("low", "high"), [(1, 0), (3, 3), (-LARGEST_CODE - 1, 0), (0, LARGEST_CODE + 1)]
)
def test_empty_single_valued_and_huge_domains_are_refused(low: int, high: int) -> None:
    with pytest.raises(InvalidCatalogue, match="domain"):
        _integer(low, high)


def test_the_largest_domain_is_allowed() -> None:
    _integer(-LARGEST_CODE, LARGEST_CODE)


@pytest.mark.parametrize("absent", [-1, 8])
def test_a_value_for_absence_lies_in_the_domain(absent: int) -> None:
    with pytest.raises(InvalidCatalogue, match="absence"):
        _integer(0, 7, absent=absent)


@pytest.mark.parametrize("bands", [(0, 6), (3, 1, 7), (3, 3, 7), (-1, 7), (7, 8)])
def test_bands_partition_the_domain(bands: tuple[int, ...]) -> None:
    with pytest.raises(InvalidCatalogue, match="bands"):
        _integer(0, 7, bands=bands)


def test_dates_are_days_of_the_calendar() -> None:
    first, last = code_of_date(date.min), code_of_date(date.max)
    Attribute(NAME, AttributeType.DATE, first, last)
    assert date_of_code(code_of_date(date(2026, 4, 1))) == date(2026, 4, 1)
    assert code_of_date(date(1970, 1, 2)) == 1
    for low, high in ((first - 1, last), (first, last + 1)):
        with pytest.raises(InvalidCatalogue, match="leaves the calendar"):
            Attribute(NAME, AttributeType.DATE, low, high)
