from __future__ import annotations

import pytest

from matcher.core.normal import negated, normal_form
from matcher.core.predicate import Constant
from matcher.core.render import render
from tests.programmes_of_tests import ATTRIBUTES, predicate_of

CASES = {
    "double negation": ("!(!(tax.bracket == 1))", "tax.bracket == 1"),
    "negated comparison": ("!(tax.bracket <= 3)", "tax.bracket > 3"),
    "negated membership stays": ("!(tax.bracket in [1, 2])", "!(tax.bracket in [1, 2])"),
    "De Morgan for conjunctions": (
        "!(tax.bracket < 3 && welfare.grade == 1)",
        "tax.bracket >= 3 || welfare.grade != 1",
    ),
    "De Morgan for disjunctions": (
        "!(tax.bracket > 3 || !(welfare.grade in [1]))",
        "tax.bracket <= 3 && welfare.grade in [1]",
    ),
    "constants on the left": ("3 > tax.bracket", "tax.bracket < 3"),
    "negated boolean": ("!tax.resident", "tax.resident != true"),
    "true vanishes from a conjunction": ("tax.bracket == 1 && 1 < 2", "tax.bracket == 1"),
    "false vanishes from a disjunction": ("tax.bracket == 1 || 2 < 1", "tax.bracket == 1"),
    "nesting is flattened": (
        "tax.bracket == 1 && (welfare.grade == 1 && (tax.resident && school.year == 1))",
        "tax.bracket == 1 && welfare.grade == 1 && tax.resident == true && school.year == 1",
    ),
    "repetition appears once": (
        "tax.bracket == 1 && (welfare.grade == 1 && tax.bracket == 1)",
        "tax.bracket == 1 && welfare.grade == 1",
    ),
    "parentheses stand where and meets or": (
        "tax.bracket == 1 && (welfare.grade == 1 || school.year == 1)",
        "tax.bracket == 1 && (welfare.grade == 1 || school.year == 1)",
    ),
}


@pytest.mark.parametrize(("written", "normal"), CASES.values(), ids=CASES.keys())
def test_normal_forms(written: str, normal: str) -> None:
    assert render(normal_form(predicate_of(written)), ATTRIBUTES) == normal


@pytest.mark.parametrize(("written", "normal"), CASES.values(), ids=CASES.keys())
def test_a_normal_form_is_its_own_normal_form(written: str, normal: str) -> None:
    once = normal_form(predicate_of(written))
    assert normal_form(once) == once
    assert negated(negated(once)) == once
    assert normal_form(predicate_of(normal)) == once


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("tax.bracket == 1 && 2 < 1", False),
        ("tax.bracket == 1 || 1 < 2", True),
        ("!(tax.bracket == 1 || 1 <= 1)", False),
        ("3 != 3 && tax.resident", False),
    ],
)
def test_constants_absorb(written: str, value: bool) -> None:  # noqa: FBT001
    assert normal_form(predicate_of(written)) == Constant(value)
