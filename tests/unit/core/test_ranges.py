from __future__ import annotations

from datetime import date

import pytest

from matcher.core.catalogue import Attribute, AttributeType, code_of_date
from matcher.core.errors import InvalidPredicate
from matcher.core.identifiers import AttributeName
from matcher.core.predicate import (
    Arithmetic,
    AttributeOperand,
    Comparison,
    Computed,
    ConstantOperand,
    Elapsed,
    Extreme,
    Extremum,
    Lookup,
    Membership,
    Operand,
    Operator,
    ParameterOperand,
    TimeUnit,
)
from matcher.core.ranges import LARGEST_AMOUNT, range_of, refuse_out_of_range

INCOME, CHILDREN, BORN = map(AttributeName, ("tax.income", "tax.children", "tax.born"))
ATTRIBUTES = {
    INCOME: Attribute(INCOME, AttributeType.INTEGER, -500, 1000),
    CHILDREN: Attribute(CHILDREN, AttributeType.INTEGER, 0, 9),
    BORN: Attribute(
        BORN, AttributeType.DATE, code_of_date(date(1950, 1, 1)), code_of_date(date(2000, 1, 1))
    ),
}
income, children = AttributeOperand(INCOME), AttributeOperand(CHILDREN)
TODAY = code_of_date(date(2026, 1, 1))


def _table(index: Operand, first: int = 0, count: int = 10) -> Lookup:
    return Lookup("limit", index, first, tuple(100 * place for place in range(count)))


@pytest.mark.parametrize(
    ("operand", "bounds"),
    [
        (income, (-500, 1000)),
        (ConstantOperand(7), (7, 7)),
        (Computed(Arithmetic.PLUS, income, children), (-500, 1009)),
        (Computed(Arithmetic.MINUS, income, children), (-509, 1000)),
        (Computed(Arithmetic.TIMES, income, income), (-500_000, 1_000_000)),
        (Extremum(Extreme.LEAST, (income, children)), (-500, 9)),
        (Extremum(Extreme.GREATEST, (income, children)), (0, 1000)),
        (_table(children), (0, 900)),
        (_table(Extremum(Extreme.LEAST, (children, ConstantOperand(3)))), (0, 300)),
        (Elapsed(TimeUnit.YEARS, AttributeOperand(BORN), TODAY), (26, 76)),
    ],
)
def test_bounds_follow_from_domains(operand: Operand, bounds: tuple[int, int]) -> None:
    assert range_of(operand, ATTRIBUTES) == bounds


@pytest.mark.parametrize(
    ("lookup", "fix"),
    [
        (_table(children, count=5), r"params\.limit\[math\.least\(tax\.children, 4\)\]"),
        (_table(children, first=1), r"params\.limit\[math\.greatest\(tax\.children, 1\)\]"),
        (_table(children, first=2, count=3), r"math\.greatest\(math\.least\(tax\.children, 4\), 2"),
    ],
)
def test_an_index_that_can_leave_its_table_is_refused_with_a_remedy(
    lookup: Lookup, fix: str
) -> None:
    with pytest.raises(InvalidPredicate, match=fix) as refused:
        range_of(lookup, ATTRIBUTES)
    assert "can be anything from 0 to 9" in refused.value.what
    last = lookup.first + len(lookup.values) - 1
    assert f"has entries {lookup.first} to {last}" in refused.value.what


def test_an_amount_that_is_too_large_is_refused_wherever_it_stands() -> None:
    large = ConstantOperand(LARGEST_AMOUNT // 100)
    product = Computed(Arithmetic.TIMES, income, large)
    back = Computed(Arithmetic.MINUS, product, product)
    with pytest.raises(InvalidPredicate, match=r"tax\.income \* .* more than can be computed"):
        range_of(back, ATTRIBUTES)
    assert range_of(ConstantOperand(LARGEST_AMOUNT), ATTRIBUTES)[1] == LARGEST_AMOUNT
    with pytest.raises(InvalidPredicate):
        range_of(ConstantOperand(-LARGEST_AMOUNT - 1), ATTRIBUTES)


@pytest.mark.parametrize(
    "operand",
    [
        ParameterOperand("limit"),
        Lookup("limit", children),
        Elapsed(TimeUnit.AGE, AttributeOperand(BORN)),
    ],
)
def test_what_was_not_substituted_has_no_range(operand: Operand) -> None:
    with pytest.raises(InvalidPredicate, match="has not been given"):
        range_of(operand, ATTRIBUTES)


def test_both_sides_and_every_member_are_looked_at() -> None:
    short = _table(children, count=2)
    for predicate in (
        Comparison(income, Operator.LE, short),
        Comparison(short, Operator.LE, income),
        Membership(short, (ConstantOperand(1),)),
        Membership(income, (ParameterOperand("limit"),)),
    ):
        with pytest.raises(InvalidPredicate):
            refuse_out_of_range(predicate, ATTRIBUTES)
    refuse_out_of_range(Comparison(income, Operator.LE, _table(children)), ATTRIBUTES)
