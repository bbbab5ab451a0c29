from __future__ import annotations

from datetime import date, timedelta

import pytest

from matcher.core.errors import InvalidProgramme, ProgrammeNotValid
from matcher.core.predicate import Comparison, ConstantOperand
from tests.programmes_of_tests import DAY, FIRST, LAST, programme_of


@pytest.mark.parametrize("day", [FIRST, DAY, LAST])
def test_first_and_last_day_are_valid(day: date) -> None:
    programme_of("tax.bracket <= 3").predicate_on(day)


@pytest.mark.parametrize("day", [FIRST - timedelta(1), LAST + timedelta(1)])
def test_days_outside_the_validity_are_refused(day: date) -> None:
    with pytest.raises(ProgrammeNotValid, match="not valid on"):
        programme_of("tax.bracket <= 3").predicate_on(day)


@pytest.mark.parametrize(
    ("day", "code"), [(date(2026, 3, 31), 2), (date(2026, 4, 1), 3), (date(2026, 4, 2), 3)]
)
def test_the_latest_value_that_has_begun_counts(day: date, code: int) -> None:
    dated = {date(2026, 4, 1): 3, date(2025, 1, 1): 2}
    predicate = programme_of("tax.bracket <= params.top", {"top": dated}).predicate_on(day)
    assert isinstance(predicate, Comparison)
    assert predicate.right == ConstantOperand(code)


def test_a_parameter_without_a_value_yet_is_refused() -> None:
    programme = programme_of("tax.bracket <= params.top", {"top": {date(2026, 7, 1): 3}})
    with pytest.raises(InvalidProgramme, match="top has no value on 2026-06-01"):
        programme.predicate_on(DAY)


def test_an_enumeration_parameter_becomes_the_code_of_its_value() -> None:
    programme = programme_of("welfare.adl != params.adl", {"adl": {FIRST: "normal"}})
    predicate = programme.predicate_on(DAY)
    assert isinstance(predicate, Comparison)
    assert predicate.right == ConstantOperand(1)


def test_parameters_are_replaced_everywhere() -> None:
    programme = programme_of(
        "!(tax.bracket in [0, params.p]) && (welfare.grade < params.p || tax.resident)",
        {"p": {FIRST: 4}},
    )
    assert "ParameterOperand" not in repr(programme.predicate_on(DAY))


def test_items_are_sorted_by_role_and_name() -> None:
    programme = programme_of("welfare.grade == 1 && tax.resident && tax.bracket == 1")
    assert dict(programme.items()) == {
        "tax": ("tax.bracket", "tax.resident"),
        "welfare": ("welfare.grade",),
    }
    assert list(programme.items()) == ["tax", "welfare"]
