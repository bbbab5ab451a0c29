from __future__ import annotations

from datetime import date

import pytest

from matcher.core.errors import InvalidGrantTable, PermissionMissing, PermissionNotApplicable
from matcher.core.grants import BasisKind, Grant, GrantTable
from matcher.core.identifiers import AgencyId, AttributeName

CITY, TAX = AgencyId("city"), AgencyId("tax")
BRACKET, WEALTH = AttributeName("tax.bracket"), AttributeName("tax.wealth")
FIRST, LAST = date(2026, 4, 1), date(2027, 3, 31)


def _grant(
    *items: AttributeName, affair: str = "welfare", first: date = FIRST, last: date | None = LAST
) -> Grant:
    return Grant(CITY, affair, "", TAX, items, BasisKind.LAW, "a law", first, last)


def test_a_row_covers_its_items() -> None:
    row = _grant(BRACKET, WEALTH)
    assert GrantTable((row,)).check(CITY, "welfare", TAX, [WEALTH, BRACKET], FIRST) == (row,)


def test_several_rows_cover_together_each_once_in_order() -> None:
    first, second = _grant(WEALTH), _grant(BRACKET)
    table = GrantTable((first, second))
    assert table.check(CITY, "welfare", TAX, [BRACKET, WEALTH], FIRST) == (first, second)


@pytest.mark.parametrize("day", [FIRST, date(2026, 12, 24), LAST])
def test_first_and_last_day_are_in_force(day: date) -> None:
    GrantTable((_grant(BRACKET),)).check(CITY, "welfare", TAX, [BRACKET], day)


@pytest.mark.parametrize("day", [date(2026, 3, 31), date(2027, 4, 1)])
def test_a_row_does_not_apply_outside_its_dates(day: date) -> None:
    with pytest.raises(PermissionNotApplicable, match="not in force"):
        GrantTable((_grant(BRACKET),)).check(CITY, "welfare", TAX, [BRACKET], day)


def test_a_row_without_end_stays_in_force() -> None:
    table = GrantTable((_grant(BRACKET, last=None),))
    table.check(CITY, "welfare", TAX, [BRACKET], date(2099, 1, 1))


def test_a_later_row_takes_over() -> None:
    late = _grant(BRACKET, first=date(2027, 4, 1), last=None)
    table = GrantTable((_grant(BRACKET), late))
    assert table.check(CITY, "welfare", TAX, [BRACKET], date(2027, 4, 1)) == (late,)


def test_an_item_without_a_row_is_missing() -> None:
    with pytest.raises(PermissionMissing, match=r"tax\.wealth"):
        GrantTable((_grant(BRACKET),)).check(CITY, "welfare", TAX, [BRACKET, WEALTH], FIRST)


@pytest.mark.parametrize(
    ("requester", "provider"), [(AgencyId("town"), TAX), (CITY, AgencyId("tax-north"))]
)
def test_a_row_is_for_its_parties_only(requester: AgencyId, provider: AgencyId) -> None:
    with pytest.raises(PermissionMissing):
        GrantTable((_grant(BRACKET),)).check(requester, "welfare", provider, [BRACKET], FIRST)


def test_another_affair_is_not_applicable() -> None:
    with pytest.raises(PermissionNotApplicable, match="not for the affair 'schools'"):
        GrantTable((_grant(BRACKET),)).check(CITY, "schools", TAX, [BRACKET], FIRST)


def test_an_empty_table_allows_nothing() -> None:
    with pytest.raises(PermissionMissing):
        GrantTable(()).check(CITY, "welfare", TAX, [BRACKET], FIRST)


def test_a_row_without_items_is_refused() -> None:
    with pytest.raises(InvalidGrantTable, match="lists no items"):
        _grant()


def test_a_row_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InvalidGrantTable, match="ends before it begins"):
        _grant(BRACKET, first=LAST, last=FIRST)
