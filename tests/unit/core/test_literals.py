from __future__ import annotations

import itertools
from datetime import date

import numpy as np
import pytest

from matcher.core.catalogue import Attribute, AttributeType, code_of_date
from matcher.core.errors import InvalidAgencyTable, InvalidPredicate
from matcher.core.identifiers import AttributeName
from matcher.core.kleene import FALSE, TRUE, UNKNOWN
from matcher.core.literals import answer, classify
from matcher.core.predicate import (
    AttributeOperand,
    Comparison,
    Constant,
    ConstantOperand,
    Elapsed,
    Extreme,
    Extremum,
    Lookup,
    Operator,
    ParameterOperand,
    Predicate,
    Settled,
    Some,
    TimeUnit,
)
from matcher.core.table import Grouping, Table, Values
from tests.programmes_of_tests import ATTRIBUTES, predicate_of, programme_of


def _table(**columns: list[int | None]) -> Table:
    return {
        AttributeName(name.replace("_", ".")): Values.of(codes) for name, codes in columns.items()
    }


def _answer(predicate: Predicate, table: Table) -> list[int]:
    return answer(predicate, ATTRIBUTES, table).tolist()  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("<", [TRUE, FALSE, FALSE]),
        ("<=", [TRUE, TRUE, FALSE]),
        (">", [FALSE, FALSE, TRUE]),
        (">=", [FALSE, TRUE, TRUE]),
        ("==", [FALSE, TRUE, FALSE]),
        ("!=", [TRUE, FALSE, TRUE]),
    ],
)
def test_operators_below_at_and_above_the_limit(operator: str, expected: list[int]) -> None:
    predicate = predicate_of(f"tax.bracket {operator} 3")
    assert _answer(predicate, _table(tax_bracket=[2, 3, 4, None])) == [*expected, UNKNOWN]


def test_kleene_tables_hold_for_every_pair() -> None:
    values = {TRUE: 1, FALSE: 0, UNKNOWN: None}
    pairs = list(itertools.product(values, values))
    table = {
        AttributeName("tax.resident"): Values.of([values[left] for left, _ in pairs]),
        AttributeName("tax.bracket"): Values.of([values[right] for _, right in pairs]),
    }
    both = _answer(predicate_of("tax.resident && tax.bracket == 1"), table)
    either = _answer(predicate_of("tax.resident || tax.bracket == 1"), table)
    for (left, right), conjunction, disjunction in zip(pairs, both, either, strict=True):
        assert conjunction == (
            FALSE if FALSE in (left, right) else UNKNOWN if UNKNOWN in (left, right) else TRUE
        )
        assert disjunction == (
            TRUE if TRUE in (left, right) else UNKNOWN if UNKNOWN in (left, right) else FALSE
        )


def test_negation_leaves_the_unknown_unknown() -> None:
    table = _table(tax_bracket=[0, 1, None])
    assert _answer(predicate_of("!(tax.bracket == 0)"), table) == [FALSE, TRUE, UNKNOWN]
    assert _answer(predicate_of("!(tax.bracket in [0])"), table) == [FALSE, TRUE, UNKNOWN]


def test_a_closed_world_fills_absence() -> None:
    table = _table(tax_closed=[None, 0, 1])
    assert _answer(predicate_of("tax.closed == 0"), table) == [TRUE, TRUE, FALSE]
    assert _answer(predicate_of("tax.closed != 0"), table) == [FALSE, FALSE, TRUE]


def test_two_attributes_compare_where_both_are_known() -> None:
    table = _table(tax_bracket=[1, 2, None, 1], tax_dependants=[1, 1, 1, None])
    expected = [TRUE, FALSE, UNKNOWN, UNKNOWN]
    assert _answer(predicate_of("tax.bracket == tax.dependants"), table) == expected


def test_constants_answer_for_every_row() -> None:
    table = _table(tax_bracket=[0, None])
    assert _answer(Constant(value=True), table) == [TRUE, TRUE]
    assert _answer(predicate_of("1 < 2 && tax.bracket == 0"), table) == [TRUE, UNKNOWN]


def test_an_empty_table_has_no_answers() -> None:
    assert _answer(predicate_of("tax.bracket == 0"), _table(tax_bracket=[])) == []


def test_a_missing_column_is_named() -> None:
    with pytest.raises(InvalidAgencyTable, match=r"tax\.bracket"):
        _answer(predicate_of("tax.bracket == 0"), _table(tax_dependants=[1]))


def test_a_parameter_without_value_is_refused() -> None:
    operand = AttributeOperand(AttributeName("tax.bracket"))
    predicate = Comparison(operand, Operator.EQ, ParameterOperand("top"))
    with pytest.raises(InvalidPredicate, match="top"):
        _answer(predicate, _table(tax_bracket=[1]))


def test_classes_of_small_domains_are_codes_from_the_low_end() -> None:
    year = ATTRIBUTES[AttributeName("school.year")]
    assert classify(year, Values.of([1, 6, None])).tolist() == [0, 5, 6]


def test_classes_of_bands_end_at_their_upper_edges() -> None:
    income = ATTRIBUTES[AttributeName("tax.income")]
    codes = [-500, -1, 0, 999, 1000, 4999, 5000, 9999, None]
    assert classify(income, Values.of(codes)).tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4]


def test_classes_in_a_closed_world_have_no_absence() -> None:
    closed = ATTRIBUTES[AttributeName("welfare.closed")]
    assert classify(closed, Values.of([None, 0, 6])).tolist() == [0, 0, 6]


def test_answers_are_bytes_in_the_order_of_rows() -> None:
    chance = np.random.default_rng(1)
    codes = chance.integers(0, 8, 1000).tolist()
    answers = answer(predicate_of("tax.bracket <= 3"), ATTRIBUTES, _table(tax_bracket=codes))
    assert answers.dtype == np.uint8
    assert answers.tolist() == [TRUE if code <= 3 else FALSE for code in codes]


def test_what_compares_constants_alone_holds_for_every_household() -> None:
    grouping = Grouping(3, np.array([0, 2], dtype=np.int32))
    codes = answer(predicate_of("1 < 2 && tax.resident").children[0], {}, {}, grouping)  # type: ignore[union-attr]
    assert codes.tolist() == [TRUE, TRUE, TRUE]


def test_what_is_asked_of_nobody_in_particular_is_no_question_about_households() -> None:
    grouping = Grouping(1, np.array([0], dtype=np.int32))
    with pytest.raises(InvalidPredicate, match="households are asked"):
        answer(predicate_of("tax.resident"), ATTRIBUTES, _table(tax_resident=[1]), grouping)


def test_amounts_are_unknown_where_something_in_them_is() -> None:
    table = _table(tax_income=[700, None, 700, 600], tax_wealth=[100, 0, None, 0])
    assert _answer(predicate_of("tax.income - tax.wealth == 600"), table) == [
        TRUE,
        UNKNOWN,
        UNKNOWN,
        TRUE,
    ]
    least = predicate_of("math.least(tax.income, tax.wealth) < 100")
    assert _answer(least, table) == [FALSE, UNKNOWN, UNKNOWN, TRUE]


def test_amounts_do_not_overflow() -> None:
    codes = [9999, -500, 9998]
    table = _table(tax_income=codes, tax_wealth=[1000, 1000, 999])
    product = predicate_of("tax.income * tax.income * tax.wealth == 99980001000")
    assert _answer(product, table) == [TRUE, FALSE, FALSE]


def test_closed_worlds_are_closed_before_anything_is_computed() -> None:
    table = _table(tax_closed=[None, 3], tax_bracket=[2, 2])
    assert _answer(predicate_of("tax.closed + tax.bracket == 2"), table) == [TRUE, FALSE]


def test_limits_are_looked_up() -> None:
    income, dependants = AttributeName("tax.income"), AttributeName("tax.dependants")
    index = Extremum(Extreme.LEAST, (AttributeOperand(dependants), ConstantOperand(2)))
    limit = Lookup("limit", index, 0, (100, 200, 300))
    predicate = Comparison(AttributeOperand(income), Operator.LE, limit)
    table = _table(
        tax_income=[100, 101, 200, 300, 301, 5, 5], tax_dependants=[0, 0, 1, 9, 2, None, 0]
    )
    expected = [TRUE, FALSE, TRUE, TRUE, FALSE, UNKNOWN, TRUE]
    assert _answer(predicate, table) == expected


def test_ages_are_answered_as_of_the_reference_date() -> None:
    born = AttributeName("town.born")
    attributes = {born: Attribute(born, AttributeType.DATE, -20_000, 25_000)}
    age = Elapsed(TimeUnit.AGE, AttributeOperand(born), code_of_date(date(2026, 4, 1)))
    old = Comparison(age, Operator.GE, ConstantOperand(65))
    days = [date(1961, 4, 1), date(1961, 4, 2), date(1961, 4, 3)]
    table = {born: Values.of([*map(code_of_date, days), None])}
    assert answer(old, attributes, table).tolist() == [TRUE, TRUE, FALSE, UNKNOWN]


def test_an_amount_out_of_range_is_refused_before_it_is_computed() -> None:
    bracket = AttributeOperand(AttributeName("tax.bracket"))
    short = Comparison(Lookup("limit", bracket, 0, (1, 2)), Operator.GE, ConstantOperand(1))
    with pytest.raises(InvalidPredicate, match="the table limit has entries 0 to 1"):
        _answer(short, _table(tax_bracket=[0]))


def test_what_is_settled_is_never_unknown() -> None:
    leaf = predicate_of("tax.bracket <= 3")
    table = _table(tax_bracket=[3, 4, None])
    for holds in (True, False):
        expected = [TRUE, FALSE, TRUE if holds else FALSE]
        assert _answer(Settled(leaf, holds), table) == expected  # type: ignore[arg-type]


def _households(text: str, table: Table, grouping: Grouping) -> list[int]:
    predicate = programme_of(text, most_members=4).eligible
    return answer(predicate, ATTRIBUTES, table, grouping).tolist()  # type: ignore[no-any-return]


def test_households_are_answered_from_their_members() -> None:
    table = _table(tax_bracket=[1, 5, 1, None, None, 5])
    grouping = Grouping(5, np.array([0, 0, 1, 1, 2, 4], dtype=np.int32))
    few = "m.tax.bracket <= 3"
    assert _households(f"members.all(m, {few})", table, grouping) == [1, 2, 2, 0, 1]
    assert _households(f"members.exists(m, {few})", table, grouping) == [0, 0, 2, 1, 1]
    two = f"members.filter(m, {few}).size() >= 2"
    assert _households(two, table, grouping) == [1, 2, 1, 1, 1]
    one = f"members.exists_one(m, {few})"
    assert _households(one, table, grouping) == [0, 2, 2, 1, 1]
    both = f"members.exists(m, {few}) && !members.all(m, {few})"
    assert _households(both, table, grouping) == [0, 2, 2, 1, 1]


def test_constants_answer_for_every_household() -> None:
    grouping = Grouping(3, np.array([0, 2], dtype=np.int32))
    found = answer(Constant(value=True), ATTRIBUTES, _table(tax_bracket=[1, 2]), grouping)
    assert found.tolist() == [TRUE, TRUE, TRUE]


def test_members_and_households_are_not_mixed_up() -> None:
    table = _table(tax_bracket=[1])
    with pytest.raises(InvalidPredicate, match="nothing says whose they are"):
        _answer(Some(1, predicate_of("tax.bracket == 1")), table)
    grouping = Grouping(1, np.zeros(1, dtype=np.int32))
    with pytest.raises(InvalidPredicate, match="about a member"):
        answer(predicate_of("tax.bracket == 1"), ATTRIBUTES, table, grouping)
