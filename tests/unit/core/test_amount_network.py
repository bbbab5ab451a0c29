from __future__ import annotations

from datetime import date

import pytest

from matcher.core.amount_network import Network, NetworkBuilder
from matcher.core.catalogue import Attribute, AttributeType, code_of_date
from matcher.core.constraints import Formula, Within
from matcher.core.identifiers import AttributeName
from matcher.core.integer_sets import IntegerSet
from matcher.core.normal import normal_form
from matcher.core.predicate import (
    AttributeOperand,
    Comparison,
    ConstantOperand,
    Elapsed,
    Lookup,
    Operator,
    Predicate,
    TimeUnit,
)
from matcher.core.readings import Reader, Reading
from tests.programmes_of_tests import ATTRIBUTES, predicate_of

BRACKET, BORN = AttributeName("tax.bracket"), AttributeName("town.born")
ALL = {
    **ATTRIBUTES,
    BORN: Attribute(
        BORN, AttributeType.DATE, code_of_date(date(1900, 1, 1)), code_of_date(date(2026, 12, 31))
    ),
}


def _read(*predicates: Predicate) -> tuple[list[Formula], Network]:
    builder = NetworkBuilder(ALL)
    reader = Reader(ALL, builder)
    formulas = [reader.formula(normal_form(one), Reading.PRESENT) for one in predicates]
    return formulas, builder.network()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("tax.income - tax.wealth <= 5", "tax.wealth + 5 >= tax.income"),
        ("2 * tax.income - 2 * tax.wealth <= 11", "tax.income < tax.wealth + 6"),
        ("tax.income - (tax.income - tax.bracket) == 3", "tax.bracket == 3"),
        ("3 * tax.bracket <= 10", "tax.bracket <= 3"),
        ("5 - tax.bracket >= 2", "tax.bracket <= 3"),
        ("math.least(tax.bracket, 5) <= 3", "tax.bracket <= 3"),
        ("math.greatest(3, tax.bracket, 1) <= 3", "tax.bracket <= 3"),
        ("2 * math.least(tax.bracket, 5) + 1 <= 8", "tax.bracket <= 3"),
    ],
)
def test_equal_comparisons_are_one_however_they_are_written(one: str, other: str) -> None:
    (first, second), _ = _read(predicate_of(one), predicate_of(other))
    assert first == second


def test_a_table_is_asked_of_its_index() -> None:
    looked_up = Lookup("t", AttributeOperand(BRACKET), 0, (5, 1, 5, 9, 9, 9, 9, 9))
    (formula,), network = _read(Comparison(looked_up, Operator.LE, ConstantOperand(5)))
    assert formula == Within(0, IntegerSet.of([(0, 2)]))
    assert not network.computed


def test_an_age_is_asked_of_the_birthday() -> None:
    age = Elapsed(TimeUnit.AGE, AttributeOperand(BORN), code_of_date(date(2026, 4, 1)))
    (formula,), network = _read(Comparison(age, Operator.EQ, ConstantOperand(65)))
    year = (code_of_date(date(1960, 4, 3)), code_of_date(date(1961, 4, 2)))
    assert formula == Within(0, IntegerSet.of([year]))
    assert not network.computed


def test_only_the_order_counts_of_attributes_that_are_merely_compared() -> None:
    _, network = _read(predicate_of("tax.bracket < tax.dependants && tax.bracket != 3"))
    assert network.values[0] == (0, 1, 3, 4, 5)
    _, network = _read(predicate_of("tax.bracket < tax.dependants && tax.bracket + tax.wealth < 9"))
    assert not network.values


def test_sums_of_attributes_are_kept_apart_from_what_is_looked_up() -> None:
    table = "math.least(tax.bracket, tax.dependants)"
    (compared, difference), network = _read(
        predicate_of(f"tax.income - tax.wealth <= {table}"),
        predicate_of("tax.income - tax.wealth > 4"),
    )
    assert isinstance(compared, Within)
    assert isinstance(difference, Within)
    assert network.computed[difference.node].parts == (0, 1)
    assert difference.node in network.computed[compared.node].parts
    assert set(network.below[compared.node]) == {0, 1, 2, 3}


def test_what_is_true_of_everybody_is_no_question() -> None:
    formulas, _ = _read(
        predicate_of("tax.bracket - tax.bracket == 0"), predicate_of("tax.bracket < tax.bracket")
    )
    assert formulas == [True, False]
