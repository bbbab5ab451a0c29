from __future__ import annotations

import pytest

from matcher.core.errors import InvalidPredicate
from matcher.core.folding import folded, folded_comparison, folded_membership
from matcher.core.identifiers import AttributeName
from matcher.core.predicate import (
    Arithmetic,
    AttributeOperand,
    Comparison,
    Computed,
    Constant,
    ConstantOperand,
    Extreme,
    Extremum,
    Lookup,
    Membership,
    Operand,
    Operator,
    ParameterOperand,
)

x = AttributeOperand(AttributeName("tax.x"))
two, three = ConstantOperand(2), ConstantOperand(3)


@pytest.mark.parametrize(
    ("operand", "result"),
    [
        (Computed(Arithmetic.PLUS, two, three), 5),
        (Computed(Arithmetic.MINUS, two, three), -1),
        (Computed(Arithmetic.TIMES, two, Computed(Arithmetic.PLUS, two, three)), 10),
        (Extremum(Extreme.LEAST, (two, three)), 2),
        (Extremum(Extreme.GREATEST, (two, three)), 3),
        (Lookup("t", Computed(Arithmetic.MINUS, three, two), 1, (7, 8)), 7),
    ],
)
def test_what_is_the_same_for_everybody_is_computed(operand: Operand, result: int) -> None:
    assert folded(operand) == ConstantOperand(result)


def test_what_is_read_or_not_yet_known_stays() -> None:
    for operand in (
        x,
        ParameterOperand("p"),
        Computed(Arithmetic.PLUS, x, two),
        Lookup("t", two),
        Lookup("t", x, 0, (1, 2)),
        Extremum(Extreme.LEAST, (x, two)),
    ):
        assert folded(operand) == operand


def test_the_extreme_of_one_amount_is_that_amount() -> None:
    assert folded(Extremum(Extreme.LEAST, (x, x))) == x


@pytest.mark.parametrize("index", [0, 3])
def test_a_constant_index_outside_its_table_is_refused(index: int) -> None:
    with pytest.raises(InvalidPredicate, match=f"no entry {index}; its entries are 1 to 2"):
        folded(Lookup("t", ConstantOperand(index), 1, (7, 8)))


def test_comparisons_of_constants_are_decided() -> None:
    comparison = Comparison(two, Operator.LT, three)
    assert folded_comparison(comparison, negate=False) == Constant(value=True)
    assert folded_comparison(comparison, negate=True) == Constant(value=False)


def test_what_is_read_stands_on_the_left() -> None:
    turned = folded_comparison(Comparison(two, Operator.LT, x), negate=False)
    assert turned == Comparison(x, Operator.GT, two)
    both = Comparison(Computed(Arithmetic.PLUS, x, two), Operator.LT, x)
    assert folded_comparison(both, negate=False) == both


def test_memberships_of_constants_are_decided() -> None:
    assert folded_membership(Membership(two, (two, ParameterOperand("p")))) == Constant(value=True)
    assert folded_membership(Membership(two, (three,))) == Constant(value=False)
    unsure = Membership(two, (three, ParameterOperand("p")))
    assert folded_membership(unsure) == unsure
