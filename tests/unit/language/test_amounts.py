from __future__ import annotations

import pytest

from matcher.core.errors import InvalidPredicate, UnsupportedPredicate
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
    Operator,
    ParameterOperand,
    TimeUnit,
)
from matcher.core.programme import Unit
from matcher.core.render import render
from tests.language_scene import ATTRIBUTES, compiled

INCOME, DEPENDANTS, BORN = (
    AttributeOperand(name)
    for wanted in ("tax.income", "tax.dependants", "family.born")
    for name in ATTRIBUTES
    if name == wanted
)


def test_amounts_become_what_is_computed() -> None:
    predicate = compiled("tax.income - tax.dependants * 2 < params.limit", Unit.PERSON).predicate
    twice = Computed(Arithmetic.TIMES, DEPENDANTS, ConstantOperand(2))
    assert predicate == Comparison(
        Computed(Arithmetic.MINUS, INCOME, twice), Operator.LT, ParameterOperand("limit")
    )


def test_entries_extremes_and_ages_become_what_they_are() -> None:
    predicate = compiled(
        "tax.income <= params.table[math.least(tax.dependants, 2)]", Unit.PERSON
    ).predicate
    index = Extremum(Extreme.LEAST, (DEPENDANTS, ConstantOperand(2)))
    assert predicate == Comparison(INCOME, Operator.LE, Lookup("table", index))
    for unit in TimeUnit:
        predicate = compiled(f"{unit.value}(family.born) >= 3", Unit.PERSON).predicate
        assert predicate == Comparison(Elapsed(unit, BORN), Operator.GE, ConstantOperand(3))


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("tax.income * 12 <= 3 + 4 * 2", "tax.income * 12 <= 11"),
        ("-tax.income < -(3)", "0 - tax.income < -3"),
        ("math.least(3, 4) == tax.dependants", "3 == tax.dependants"),
        ("math.greatest(1, 5, 2) <= tax.income", "5 <= tax.income"),
        ("math.least([tax.income, 4, 5]) > 1", "math.least(tax.income, 4, 5) > 1"),
        ("tax.income - tax.dependants in [1 + 1, params.k]", None),
        ("params.table[tax.dependants] < tax.income * params.k", None),
        ("params.table[2] < tax.income", None),
        ("math.least(tax.income, tax.dependants, params.k) >= 2", None),
        ("family.born < date('2008-04-02')", 'family.born < date("2008-04-02")'),
        ("family.born <= params.cut && family.married > family.born", None),
        ('family.born in [date("2000-01-01"), params.cut]', None),
        ('family.born > date("1800-01-01")', None),
        ("age(family.born) - years_since(family.married) in [0, 1]", None),
    ],
)
def test_what_is_calculated_reads_as_written(text: str, meaning: str | None) -> None:
    meaning = meaning or text.replace("1 + 1", "2")
    assert render(compiled(text, Unit.PERSON).predicate, ATTRIBUTES) == meaning


def test_the_inner_calculation_is_known_before_the_outer() -> None:
    condition = compiled("tax.income <= params.table[tax.dependants + 1]", Unit.PERSON)
    assert [type(operand) for operand in condition.computed] == [Computed, Lookup]
    assert list(condition.computed.values()) == [42, 14]


REFUSED = {
    "division": (
        "tax.income / 12 < 3",
        UnsupportedPredicate,
        "f:11: division with / is not offered",
        "multiply the other side",
    ),
    "a remainder": (
        "tax.income % 12 < 3",
        UnsupportedPredicate,
        "f:11: division with % is not offered",
        "multiply the other side",
    ),
    "division by a decimal": (
        "tax.income / 2.0 < 3.0",
        UnsupportedPredicate,
        "f:11: division with /",
        "",
    ),
    "a decimal factor": (
        "tax.income * 1.5 < 3",
        InvalidPredicate,
        "f:11: * does not fit a whole number and a decimal number",
        "use whole numbers",
    ),
    "a table alone": (
        "tax.income < params.table",
        InvalidPredicate,
        "f:11: < does not fit a whole number and a table",
        "name one entry of the table",
    ),
    "a table in a list": (
        "tax.income in [params.table[1]]",
        UnsupportedPredicate,
        "something calculated stands in a list",
        "compare with ==",
    ),
    "an index of text": (
        "tax.income < params.table['a']",
        InvalidPredicate,
        "an index does not fit a table and text",
        "entries",
    ),
    "an index of an amount": (
        "tax.dependants[0] == 3",
        InvalidPredicate,
        "an index does not fit a whole number",
        "only tables of parameters",
    ),
    "an index of a map": (
        "{1: 2}[1] > tax.income",
        UnsupportedPredicate,
        "f:0: an index is not offered here",
        "params.limit[2]",
    ),
    "nobody's amounts": (
        "params.limit + 1 < 3",
        InvalidPredicate,
        "f:17: this calculates, but reads no attribute",
        "compare an attribute",
    ),
    "nobody's entry": ("params.table[2] < 3", InvalidPredicate, "reads no attribute", ""),
    "two roles in a sum": (
        "tax.income + welfare.grade > 3",
        UnsupportedPredicate,
        "f:27: this compares what tax holds with what welfare holds",
        "",
    ),
    "two roles in an extreme": (
        "math.least(tax.income, welfare.grade) > 3",
        UnsupportedPredicate,
        "what tax holds with what welfare holds",
        "",
    ),
    "two roles around a list": (
        "tax.income + welfare.grade in [3]",
        UnsupportedPredicate,
        "what tax holds with what welfare holds",
        "",
    ),
    "an extreme of one": (
        "math.least(tax.income) > 1",
        InvalidPredicate,
        "f:0: math.least needs two amounts",
        "add",
    ),
    "a sum of texts": (
        "welfare.kind + 'a' == 'nonea'",
        InvalidPredicate,
        "f:0: only whole numbers are calculated with",
        "",
    ),
    "a difference of dates": (
        "family.born - family.married > 3",
        InvalidPredicate,
        "> does not fit a length of time and a whole number",
        "count with days_since",
    ),
    "a date and a length of time": (
        "family.born - duration('1h') > family.married",
        UnsupportedPredicate,
        "f:0: dates are not calculated with",
        "days_since",
    ),
    "a moment": (
        "family.born < timestamp('2026-01-01T00:00:00Z')",
        UnsupportedPredicate,
        "f:14: the function timestamp() is not offered",
        'date("2026-04-01")',
    ),
    "a date and a number": (
        "family.born > 3",
        InvalidPredicate,
        "> does not fit a date and a whole number",
        "compare a date with a date",
    ),
    "no date": (
        "family.born == date('2026-02-30')",
        InvalidPredicate,
        "f:20: '2026-02-30' is not a date",
        'date("2026-04-01")',
    ),
    "a date in another form": (
        "family.born == date('20260101')",
        InvalidPredicate,
        "'20260101' is not a date",
        "",
    ),
    "a date outside the domain": (
        "family.born == date('1800-01-01')",
        InvalidPredicate,
        "1800-01-01 lies outside the domain of family.born",
        "from 1900-01-01 to 2026-12-31",
    ),
    "a listed date outside the domain": (
        "family.born in [date('2027-01-01')]",
        InvalidPredicate,
        "2027-01-01 lies outside",
        "",
    ),
    "a date from an attribute": (
        "family.born < date(welfare.kind)",
        InvalidPredicate,
        "f:19: date() takes a date as it is written",
        "",
    ),
    "the age of an amount": (
        "age(tax.income) > 3",
        InvalidPredicate,
        "f:0: age() does not fit a whole number",
        "count from a date attribute",
    ),
    "the age of a constant": (
        "age(date('2000-01-01')) > 3",
        InvalidPredicate,
        "f:4: age() counts from an attribute",
        "name a date attribute",
    ),
    "the age of a parameter": (
        "days_since(params.cut) > 3",
        InvalidPredicate,
        "f:11: days_since() counts from an attribute",
        "",
    ),
    "an age alone": (
        "years_since(family.born)",
        InvalidPredicate,
        "f:0: this is a value, not a condition",
        "",
    ),
    "a constant beyond exactness": (
        "9007199254740991 * 2 < tax.income",
        InvalidPredicate,
        "f:17: this number is too large",
        "",
    ),
    "a condition as an amount": (
        "(tax.taxed && true) + 1 > 3",
        InvalidPredicate,
        "+ does not fit true or false and a whole number",
        "whole numbers of one agency",
    ),
}


@pytest.mark.parametrize(("text", "error", "message", "fix"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_calculated_is_refused_in_its_own_words(
    text: str, error: type[InvalidPredicate], message: str, fix: str
) -> None:
    with pytest.raises(InvalidPredicate) as caught:
        compiled(text, Unit.PERSON)
    assert type(caught.value) is error
    assert message in f"{caught.value.where}: {caught.value.what}"
    assert fix in caught.value.fix
    assert caught.value.fix.endswith("^")
