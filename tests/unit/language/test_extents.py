from __future__ import annotations

from datetime import date, timedelta

import pytest

from matcher.core.catalogue import Catalogue
from matcher.core.errors import InvalidPredicate, InvalidProgramme
from matcher.core.programme import DatedValue, ParameterTable, Unit
from matcher.language.extents import MOST_CHECKS, check_extents
from tests.language_scene import ATTRIBUTES, compiled

FIRST, LAST = date(2026, 4, 1), date(2027, 3, 31)
LATER = date(2026, 10, 1)
PARAMETERS = {
    "limit": (DatedValue(FIRST, 3),),
    "k": (DatedValue(FIRST, 1), DatedValue(LATER, 2)),
    "table": (
        DatedValue(FIRST, ParameterTable(0, (1,) * 30)),
        DatedValue(LATER, ParameterTable(0, (2,) * 22)),
    ),
}


def _check(text: str, first: date = FIRST, last: date | None = LAST) -> None:
    condition = compiled(text, Unit.PERSON)
    check_extents([condition], PARAMETERS, Catalogue("city", ATTRIBUTES), first, last)


@pytest.mark.parametrize(
    "text",
    [
        "params.table[tax.dependants] > tax.income",
        "params.table[tax.dependants + params.k - 1] > tax.income",
        "params.table[math.greatest(0, math.least(tax.income, 21))] > tax.income",
        "tax.income * 90000000 < 5",
    ],
)
def test_what_stays_in_its_range_on_every_day_is_fine(text: str) -> None:
    _check(text)


REFUSED = {
    "an index beyond, later on": (
        "tax.taxed && params.table[tax.dependants + params.k] > tax.income",
        "0 to 21 (on 2026-10-01)",
        "f:13",
    ),
    "an index below": ("params.table[tax.dependants - 1] > tax.income", "-1 to 19", "f:0"),
    "an entry of an entry": (
        "params.table[params.table[tax.dependants] + 20] > tax.income",
        "(on 2026-10-01)",
        "f:0",
    ),
    "too large an amount": (
        "1 < tax.dependants && tax.income * 90000000 * 2 < 5",
        "more than can be computed exactly",
        "f:44",
    ),
    "an index that grows until the last day": (
        "params.table[math.greatest(0, age(family.born) - 105)] > years_since(family.born)",
        "can be anything from 0 to 22, but the table table has entries 0 to 21 (on 2027-03-31)",
        "f:0",
    ),
}


@pytest.mark.parametrize(("text", "message", "where"), REFUSED.values(), ids=REFUSED.keys())
def test_what_can_leave_its_range_is_refused_where_it_stands(
    text: str, message: str, where: str
) -> None:
    with pytest.raises(InvalidPredicate) as caught:
        _check(text)
    assert message in caught.value.what
    assert caught.value.where == where
    assert caught.value.fix.endswith("^")


def test_days_before_a_parameter_begins_are_left_to_whoever_asks() -> None:
    _check("params.table[tax.dependants] > tax.income", first=date(2026, 1, 1))


def test_days_after_the_validity_do_not_count() -> None:
    text = "params.table[tax.dependants + 5] > tax.income"
    _check(text, last=LATER - timedelta(days=1))
    with pytest.raises(InvalidPredicate, match="on 2026-10-01"):
        _check(text, last=LATER)
    with pytest.raises(InvalidPredicate, match="on 2026-10-01"):
        _check(text, last=None)


def test_calculations_and_days_are_bounded_together() -> None:
    daily = tuple(DatedValue(FIRST + timedelta(days=day), day) for day in range(200))
    sums = [f"tax.income + {number} > params.limit * {number}" for number in range(1, 91)]
    condition = compiled(" || ".join(sums), Unit.PERSON)
    catalogue = Catalogue("city", ATTRIBUTES)
    with pytest.raises(InvalidProgramme, match="too many dates"):
        check_extents([condition], {"limit": daily}, catalogue, FIRST, LAST)
    # Sums and products have three operands each, themselves included; sums have one day.
    assert 3 * len(sums) * (1 + len(daily)) > MOST_CHECKS
    check_extents([condition], {"limit": daily[:100]}, catalogue, FIRST, LAST)


def test_a_calculation_counts_for_as_much_as_it_is_made_of() -> None:
    daily = tuple(DatedValue(FIRST + timedelta(days=day), day) for day in range(120))
    many = ", ".join(f"params.table[math.least(tax.dependants, {i})]" for i in range(1, 22))
    least = [f"math.least({many}, params.limit, {number}) > 0" for number in range(6)]
    condition = compiled(" || ".join(least), Unit.PERSON)
    parameters = {"limit": daily, "table": PARAMETERS["table"][:1]}
    catalogue = Catalogue("city", ATTRIBUTES)
    with pytest.raises(InvalidProgramme, match="too many dates"):
        check_extents([condition], parameters, catalogue, FIRST, LAST)
    check_extents([condition], {**parameters, "limit": daily[:20]}, catalogue, FIRST, LAST)
