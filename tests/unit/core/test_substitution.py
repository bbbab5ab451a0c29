from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from matcher.core.catalogue import Attribute, AttributeType, Catalogue, code_of_date
from matcher.core.dated_values import DatedValue, ParameterTable, ParameterValue
from matcher.core.errors import InvalidProgramme
from matcher.core.identifiers import AttributeName
from matcher.core.predicate import (
    AllBut,
    Arithmetic,
    AtLeast,
    AttributeOperand,
    Comparison,
    Computed,
    ConstantOperand,
    Elapsed,
    Extreme,
    Extremum,
    Lookup,
    Membership,
    Not,
    Operand,
    Operator,
    ParameterOperand,
    Settled,
    Some,
    TimeUnit,
)
from matcher.core.substitution import Substitution

INCOME, STATE = AttributeName("tax.income"), AttributeName("tax.state")
CATALOGUE = Catalogue(
    "test",
    {
        INCOME: Attribute(INCOME, AttributeType.INTEGER, 0, 1000),
        STATE: Attribute(STATE, AttributeType.ENUMERATION, 0, 2, values=("low", "mid", "high")),
    },
)
DAY = date(2026, 6, 1)
income = AttributeOperand(INCOME)


def _on(day: date, **parameters: Mapping[date, ParameterValue]) -> Substitution:
    dated = {
        name: tuple(DatedValue(since, value) for since, value in sorted(values.items()))
        for name, values in parameters.items()
    }
    return Substitution(dated, CATALOGUE, day)


def _operand(operand: Operand, values: Substitution) -> Operand:
    found = values.predicate(Comparison(income, Operator.LE, operand))
    assert isinstance(found, Comparison)
    return found.right


@pytest.mark.parametrize(
    ("day", "code"), [(date(2026, 3, 31), 2), (date(2026, 4, 1), 3), (date(2026, 4, 2), 3)]
)
def test_the_latest_value_that_has_begun_counts(day: date, code: int) -> None:
    values = _on(day, limit={date(2025, 1, 1): 2, date(2026, 4, 1): 3})
    assert _operand(ParameterOperand("limit"), values) == ConstantOperand(code)


def test_tables_get_the_entries_of_the_day() -> None:
    values = _on(
        DAY,
        limit={
            date(2025, 1, 1): ParameterTable(1, (10, 20)),
            date(2026, 1, 1): ParameterTable(0, (30,)),
            date(2027, 1, 1): ParameterTable(0, (40,)),
        },
    )
    assert _operand(Lookup("limit", income), values) == Lookup("limit", income, 0, (30,))


def test_elapsed_time_counts_to_the_reference_date() -> None:
    span = Elapsed(TimeUnit.AGE, income)
    found = _operand(span, _on(DAY))
    assert found == Elapsed(TimeUnit.AGE, income, code_of_date(DAY))


def test_enumeration_values_become_codes_of_the_attribute() -> None:
    values = _on(DAY, state={DAY: "high"})
    assert _operand(ParameterOperand("state", STATE), values) == ConstantOperand(2)


def test_parameters_are_replaced_wherever_they_stand() -> None:
    values = _on(DAY, p={DAY: 4}, flag={DAY: True}, table={DAY: ParameterTable(0, (1, 2))})
    p = ParameterOperand("p")
    amount = Computed(
        Arithmetic.PLUS,
        Extremum(Extreme.LEAST, (income, p)),
        Lookup("table", Computed(Arithmetic.TIMES, p, income)),
    )
    leaf = Comparison(amount, Operator.LE, ParameterOperand("flag"))
    listed = Membership(amount, (ConstantOperand(1), p))
    predicate = AtLeast(2, (Not(leaf), Some(1, Settled(listed, holds=True)), AllBut(0, leaf)))
    assert "ParameterOperand" not in repr(values.predicate(predicate))
    assert values.predicate(predicate) == values.predicate(values.predicate(predicate))


@pytest.mark.parametrize(
    ("operand", "message"),
    [
        (ParameterOperand("late"), "late has no value on 2026-06-01"),
        (ParameterOperand("unheard"), "unheard has no value"),
        (ParameterOperand("table"), "table is a table"),
        (Lookup("number", income), "number is not a table"),
        (ParameterOperand("word", STATE), r"word is not a value of tax\.state"),
        (ParameterOperand("word"), "word is not a value"),
    ],
)
def test_values_of_another_kind_are_refused(operand: Operand, message: str) -> None:
    values = _on(
        DAY,
        late={date(2026, 6, 2): 1},
        table={DAY: ParameterTable(0, (1,))},
        number={DAY: 1},
        word={DAY: "middle"},
    )
    with pytest.raises(InvalidProgramme, match=message):
        _operand(operand, values)


def test_amounts_are_numbers_or_parameters() -> None:
    values = _on(DAY, half={date(2026, 1, 1): 5000, date(2026, 7, 1): 6000}, flag={DAY: True})
    assert values.amount(10_000) == 10_000
    assert values.amount("half") == 5000
    assert values.amount(None) is None
    with pytest.raises(InvalidProgramme, match="flag is not a whole number"):
        values.amount("flag")
