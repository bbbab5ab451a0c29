from __future__ import annotations

import pytest

from matcher.core.errors import UnsupportedPredicate
from matcher.core.formula import Conjunction, Disjunction, Formula, Literal, Threshold, split
from matcher.core.normal import normal_form
from matcher.core.predicate import AttributeOperand, Comparison, Operator, Predicate
from matcher.core.render import render
from tests.programmes_of_tests import ATTRIBUTES, predicate_of


def _describe(predicate: Predicate) -> str:
    return render(predicate, ATTRIBUTES)


def _split(text: str) -> Formula:
    return split(normal_form(predicate_of(text)), lambda name: ATTRIBUTES[name].role, _describe)


def _shape(formula: Formula) -> object:
    match formula:
        case Literal(owner, predicate):
            return f"{owner}: {_describe(predicate)}"
        case Conjunction(children):
            return ["all", *map(_shape, children)]
        case Disjunction(children):
            return ["any", *map(_shape, children)]
        case Threshold(count, children):
            return [count, *map(_shape, children)]


def test_one_role_is_one_literal() -> None:
    text = "tax.bracket <= 3 && (tax.resident || tax.dependants > 2)"
    assert _shape(_split(text)) == (
        "tax: tax.bracket <= 3 && (tax.resident == true || tax.dependants > 2)"
    )


def test_a_roles_children_are_joined_whatever_stands_between() -> None:
    text = "tax.bracket <= 3 && welfare.grade == 1 && tax.dependants > 2"
    assert _shape(_split(text)) == [
        "all",
        "tax: tax.bracket <= 3 && tax.dependants > 2",
        "welfare: welfare.grade == 1",
    ]


def test_a_role_may_answer_several_literals() -> None:
    text = "tax.bracket <= 3 && (tax.dependants > 2 || welfare.grade == 1)"
    assert _shape(_split(text)) == [
        "all",
        "tax: tax.bracket <= 3",
        ["any", "tax: tax.dependants > 2", "welfare: welfare.grade == 1"],
    ]


def test_attributes_may_own_literals() -> None:
    predicate = normal_form(predicate_of("tax.bracket <= 3 && tax.dependants > 2"))
    formula = split(predicate, lambda name: name, _describe)
    assert _shape(formula) == [
        "all",
        "tax.bracket: tax.bracket <= 3",
        "tax.dependants: tax.dependants > 2",
    ]


def test_a_comparison_that_mixes_owners_is_refused() -> None:
    first, second = predicate_of("tax.bracket == 1"), predicate_of("welfare.grade == 1")
    assert isinstance(first, Comparison)
    assert isinstance(second, Comparison)
    assert isinstance(first.left, AttributeOperand)
    mixed = Comparison(first.left, Operator.EQ, second.left)
    with pytest.raises(UnsupportedPredicate, match=r"tax.bracket == welfare.grade"):
        split(mixed, lambda name: ATTRIBUTES[name].role, _describe)
