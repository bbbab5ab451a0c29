from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from matcher.core.errors import InvalidProgramme, ProgrammeNotValid
from matcher.core.normal import normal_form
from matcher.core.predicate import Comparison, ConstantOperand
from matcher.core.programme import DatedValue, Programme
from matcher.core.render import render
from tests.programmes_of_tests import ATTRIBUTES, DAY, FIRST, LAST, programme_of


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


def _paying(amounts: list[int | str | None]) -> Programme:
    parameters = {"half": {FIRST: 5000, date(2026, 7, 1): 6000}}
    programme = programme_of("tax.resident", tiers={"full": "tax.bracket <= 3", "rest": None})
    outcomes = [
        replace(outcome, amount=amount)
        for outcome, amount in zip(programme.outcomes, amounts, strict=True)
    ]
    dated = {
        name: tuple(DatedValue(since, value) for since, value in values.items())
        for name, values in parameters.items()
    }
    return replace(programme, outcomes=tuple(outcomes), parameters=dated)


def test_amounts_are_those_of_the_day() -> None:
    programme = _paying([10_000, "half"])
    assert programme.amounts_on(DAY) == (10_000, 5000)
    assert programme.amounts_on(date(2026, 7, 1)) == (10_000, 6000)
    assert _paying([None, None]).amounts_on(DAY) == (None, None)
    assert programme_of("tax.resident").amounts_on(DAY) == (None,)


def test_an_amount_without_a_value_is_refused_with_the_programme() -> None:
    with pytest.raises(InvalidProgramme, match="double has no value") as refused:
        _paying([10_000, "double"]).amounts_on(DAY)
    assert refused.value.where == "test/programme"


def test_without_outcomes_the_only_tier_is_being_eligible() -> None:
    programme = programme_of("tax.resident")
    assert programme.tiers_on(DAY) == (programme.predicate_on(DAY),)


def test_tiers_exclude_those_before_them() -> None:
    programme = programme_of("tax.resident", tiers={"full": "tax.bracket <= 3", "rest": None})
    texts = [render(normal_form(tier), ATTRIBUTES) for tier in programme.tiers_on(DAY)]
    assert texts == [
        "tax.resident == true && tax.bracket <= 3",
        "tax.resident == true && tax.bracket > 3",
    ]


def test_absences_are_settled_in_conditions_before_later_tiers_negate_them() -> None:
    programme = programme_of(
        "tax.resident",
        tiers={"full": "tax.bracket <= 3", "rest": None},
        absent={"tax.bracket": "ineligible"},
    )
    first, second = (render(normal_form(tier), ATTRIBUTES) for tier in programme.tiers_on(DAY))
    assert first == "tax.resident == true && (tax.bracket <= 3).orValue(false)"
    assert second == "tax.resident == true && (tax.bracket > 3).orValue(true)"
    assert programme.conditions_on(DAY)[1] is None


@pytest.mark.parametrize("day", [FIRST - timedelta(1), LAST + timedelta(1)])
def test_nothing_is_decided_outside_the_validity(day: date) -> None:
    programme = programme_of("tax.resident", tiers={"full": "tax.bracket <= 3", "rest": None})
    for decide in (programme.tiers_on, programme.conditions_on, programme.amounts_on):
        with pytest.raises(ProgrammeNotValid):
            decide(day)
