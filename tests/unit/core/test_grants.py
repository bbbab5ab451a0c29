from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from matcher.core.errors import InvalidGrantTable, PermissionMissing, PermissionNotApplicable
from matcher.core.grants import BasisKind, Grant, GrantTable
from matcher.core.identifiers import AgencyId, AttributeName

CITY, TAX = AgencyId("city"), AgencyId("tax")
BRACKET, WEALTH = AttributeName("tax.bracket"), AttributeName("tax.wealth")
FIRST, LAST = date(2026, 4, 1), date(2027, 3, 31)


def _grant(
    *items: AttributeName,
    affair: str = "welfare",
    procedure: str = "",
    first: date = FIRST,
    last: date | None = LAST,
) -> Grant:
    return Grant(CITY, affair, procedure, TAX, items, BasisKind.LAW, "a law", first, last)


def _check(
    *rows: Grant,
    affair: str = "welfare",
    procedure: str = "",
    requester: AgencyId = CITY,
    provider: AgencyId = TAX,
    items: Sequence[AttributeName] = (BRACKET,),
    day: date = FIRST,
) -> tuple[Grant, ...]:
    return GrantTable(rows).check(requester, affair, provider, items, day, procedure=procedure)


def test_a_row_covers_its_items() -> None:
    row = _grant(BRACKET, WEALTH)
    assert _check(row, items=[WEALTH, BRACKET]) == (row,)


def test_several_rows_cover_together_each_once_in_order() -> None:
    first, second = _grant(WEALTH), _grant(BRACKET)
    assert _check(first, second, items=[BRACKET, WEALTH]) == (first, second)


@pytest.mark.parametrize("day", [FIRST, date(2026, 12, 24), LAST])
def test_first_and_last_day_are_in_force(day: date) -> None:
    assert _check(_grant(BRACKET), day=day)


@pytest.mark.parametrize("day", [date(2026, 3, 31), date(2027, 4, 1)])
def test_a_row_does_not_apply_outside_its_dates(day: date) -> None:
    with pytest.raises(PermissionNotApplicable, match="not in force"):
        _check(_grant(BRACKET), day=day)


def test_a_row_without_end_stays_in_force() -> None:
    assert _check(_grant(BRACKET, last=None), day=date(2099, 1, 1))


def test_a_later_row_takes_over() -> None:
    late = _grant(BRACKET, first=date(2027, 4, 1), last=None)
    assert _check(_grant(BRACKET), late, day=date(2027, 4, 1)) == (late,)


def test_an_item_without_a_row_is_missing() -> None:
    with pytest.raises(PermissionMissing, match=r"tax\.wealth"):
        _check(_grant(BRACKET), items=[BRACKET, WEALTH])


@pytest.mark.parametrize(
    ("requester", "provider"), [(AgencyId("town"), TAX), (CITY, AgencyId("tax-north"))]
)
def test_a_row_is_for_its_parties_only(requester: AgencyId, provider: AgencyId) -> None:
    with pytest.raises(PermissionMissing):
        _check(_grant(BRACKET), requester=requester, provider=provider)


def test_another_affair_is_not_applicable() -> None:
    with pytest.raises(PermissionNotApplicable, match="not for the affair 'schools'"):
        _check(_grant(BRACKET), affair="schools")


def test_an_empty_table_allows_nothing() -> None:
    with pytest.raises(PermissionMissing):
        _check()


@pytest.mark.parametrize("procedure", ["", "application", "renewal"])
def test_a_row_without_a_procedure_covers_all_of_its_affair(procedure: str) -> None:
    row = _grant(BRACKET)
    assert _check(row, procedure=procedure) == (row,)


def test_a_row_with_a_procedure_covers_that_one() -> None:
    renewal = _grant(BRACKET, procedure="renewal")
    application = _grant(BRACKET, procedure="application")
    assert _check(renewal, application, procedure="application") == (application,)


def test_another_procedure_is_not_applicable() -> None:
    with pytest.raises(PermissionNotApplicable, match="not for the procedure 'renewal'"):
        _check(_grant(BRACKET, procedure="application"), procedure="renewal")


def test_a_programme_that_names_no_procedure_has_no_use_of_rows_for_one() -> None:
    with pytest.raises(PermissionNotApplicable, match="not without a procedure"):
        _check(_grant(BRACKET, procedure="application"))


def test_a_procedure_of_another_affair_does_not_count() -> None:
    elsewhere = _grant(BRACKET, affair="schools", procedure="application")
    with pytest.raises(PermissionNotApplicable, match="not for the affair 'welfare'"):
        _check(elsewhere, procedure="application")


def test_the_procedure_is_asked_for_before_the_date() -> None:
    over = _grant(BRACKET, procedure="renewal", last=FIRST)
    with pytest.raises(PermissionNotApplicable, match="not in force"):
        _check(
            over,
            _grant(BRACKET, procedure="application"),
            procedure="renewal",
            day=date(2026, 4, 2),
        )


def test_a_row_without_items_is_refused() -> None:
    with pytest.raises(InvalidGrantTable, match="lists no items"):
        _grant()


def test_a_row_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InvalidGrantTable, match="ends before it begins"):
        _grant(BRACKET, first=LAST, last=FIRST)


OTHER = AgencyId("revenue")


def _anybody(*rows: Grant, affair: str = "welfare", day: date = FIRST) -> None:
    GrantTable(rows).check_anybody(CITY, affair, (BRACKET,), day, procedure="")


def test_some_provider_is_enough_where_none_is_named() -> None:
    _anybody(_grant(BRACKET, affair="housing"), replace(_grant(BRACKET), provider=OTHER))


def test_an_item_that_nobody_may_be_asked_for_is_missing() -> None:
    with pytest.raises(PermissionMissing, match=r"ask anybody for tax\.bracket"):
        _anybody(_grant(WEALTH))


def test_rows_for_another_affair_or_time_do_not_let_anybody_be_asked() -> None:
    with pytest.raises(PermissionNotApplicable, match="not for the affair"):
        _anybody(_grant(BRACKET), affair="housing")
    with pytest.raises(PermissionNotApplicable, match="not in force on 2026-03-31"):
        _anybody(_grant(BRACKET), day=date(2026, 3, 31))
