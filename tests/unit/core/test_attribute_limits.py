from __future__ import annotations

from datetime import date

import pytest

from matcher.core.catalogue import Attribute, AttributeType, code_of_date
from matcher.core.errors import UnsupportedPredicate
from matcher.core.identifiers import AttributeName
from matcher.core.limits import all_cuts, cuts
from matcher.core.normal import normal_form
from matcher.core.predicate import (
    All,
    Arithmetic,
    AttributeOperand,
    Comparison,
    Computed,
    ConstantOperand,
    Elapsed,
    Extreme,
    Extremum,
    Lookup,
    Operator,
    TimeUnit,
)
from tests.programmes_of_tests import ATTRIBUTES, predicate_of

BRACKET = AttributeName("tax.bracket")
BORN = AttributeName("town.born")


def _cuts(text: str) -> list[int]:
    return sorted(cuts(normal_form(predicate_of(text)), ATTRIBUTES[BRACKET]))


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        ("tax.bracket <= 3 || welfare.grade == 1", [4]),
        ("tax.bracket in [2, 3] && tax.bracket != 6", [2, 3, 4, 6, 7]),
        ("2 * tax.bracket <= 7", [4]),
        ("tax.bracket * tax.bracket == 9", [3, 4]),
        ("math.least(tax.bracket, 4) in [1, 4]", [1, 2, 4]),
        ("tax.bracket < tax.dependants", []),
    ],
)
def test_limits_are_where_a_comparison_of_the_attribute_alone_changes(
    text: str, starts: list[int]
) -> None:
    assert _cuts(text) == starts


def test_tables_are_searched_for_their_limits() -> None:
    bracket = AttributeOperand(BRACKET)
    found = Lookup("t", bracket, 0, (5, 5, 9, 1, 1, 1, 9, 9))
    high = Comparison(found, Operator.GT, ConstantOperand(4))
    assert cuts(high, ATTRIBUTES[BRACKET]) == {3, 6}


def test_ages_change_on_a_day() -> None:
    low, high = code_of_date(date(1900, 1, 1)), code_of_date(date(2026, 12, 31))
    born = Attribute(BORN, AttributeType.DATE, low, high)
    age = Elapsed(TimeUnit.AGE, AttributeOperand(BORN), code_of_date(date(2026, 4, 1)))
    old = Comparison(age, Operator.GE, ConstantOperand(65))
    assert cuts(old, born) == {code_of_date(date(1961, 4, 3))}


WORTH = AttributeName("tax.worth")
LARGE = Attribute(WORTH, AttributeType.INTEGER, 0, 10**7)
worth = AttributeOperand(WORTH)


def test_limits_of_large_domains_are_calculated() -> None:
    twice = Computed(Arithmetic.TIMES, ConstantOperand(2), worth)
    assert cuts(Comparison(twice, Operator.LE, ConstantOperand(1001)), LARGE) == {501}
    capped = Extremum(Extreme.LEAST, (twice, ConstantOperand(5000)))
    assert cuts(Comparison(capped, Operator.GE, ConstantOperand(4999)), LARGE) == {2500}


def test_limits_that_hide_in_large_domains_are_left_out_or_refused() -> None:
    square = Comparison(Computed(Arithmetic.TIMES, worth, worth), Operator.LE, ConstantOperand(9))
    both = All((square, Comparison(worth, Operator.LE, ConstantOperand(5))))
    assert cuts(both, LARGE) == {6}
    with pytest.raises(UnsupportedPredicate, match=r"tax\.worth \* tax\.worth <= 9 changes at"):
        all_cuts(both, LARGE)
    small = Attribute(WORTH, AttributeType.INTEGER, 0, 100)
    assert all_cuts(both, small) == {4, 6}
