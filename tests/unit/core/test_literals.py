from __future__ import annotations

import itertools

import numpy as np
import pytest

from matcher.core.errors import InvalidAgencyTable, InvalidPredicate
from matcher.core.identifiers import AttributeName
from matcher.core.kleene import FALSE, TRUE, UNKNOWN
from matcher.core.literals import answer, classify
from matcher.core.predicate import (
    AttributeOperand,
    Comparison,
    Constant,
    Operator,
    ParameterOperand,
    Predicate,
)
from matcher.core.table import Grouping, Table, Values
from tests.programmes_of_tests import ATTRIBUTES, predicate_of


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
