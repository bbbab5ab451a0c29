from __future__ import annotations

import pytest

from matcher.core.errors import DegeneratePredicate, UnsupportedPredicate
from matcher.core.formula import Conjunction, Disjunction, Formula, Literal, Threshold, split
from matcher.core.normal import normal_form
from matcher.core.predicate import AttributeOperand, Comparison, Constant, Operator, Predicate
from matcher.core.render import render
from tests.programmes_of_tests import ATTRIBUTES, DAY, predicate_of, programme_of


def _describe(predicate: Predicate) -> str:
    return render(predicate, ATTRIBUTES)


def _split(text: str) -> Formula:
    return split(normal_form(predicate_of(text)), lambda name: ATTRIBUTES[name].role, _describe)


def _split_household(text: str, *apart: str) -> Formula:
    predicate = normal_form(programme_of(text, most_members=4).predicate_on(DAY))
    return split(predicate, lambda name: ATTRIBUTES[name].role, _describe, apart)


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


def test_a_threshold_counts_literals_of_several_roles() -> None:
    text = (
        "at_least(2, [tax.bracket <= 3, welfare.grade == 1, tax.dependants > 2, school.year > 4])"
    )
    assert _shape(_split(text)) == [
        2,
        "tax: tax.bracket <= 3",
        "welfare: welfare.grade == 1",
        "tax: tax.dependants > 2",
        "school: school.year > 4",
    ]


def test_a_threshold_of_one_role_is_one_literal() -> None:
    text = "at_least(2, [tax.bracket <= 3, tax.dependants > 2, tax.resident]) && welfare.grade == 1"
    assert _shape(_split(text)) == [
        "all",
        "tax: at_least(2, [tax.bracket <= 3, tax.dependants > 2, tax.resident == true])",
        "welfare: welfare.grade == 1",
    ]


def test_a_threshold_of_more_than_literals_becomes_alternatives() -> None:
    text = "at_least(2, [tax.bracket <= 3 && welfare.grade == 1, school.year > 4, town.years < 2])"
    both = ["all", "tax: tax.bracket <= 3", "welfare: welfare.grade == 1"]
    school, town = "school: school.year > 4", "town: town.years < 2"
    assert _shape(_split(text)) == [
        "all",
        ["any", both, school],
        ["any", both, town],
        ["any", school, town],
    ]


def test_alternatives_of_a_threshold_join_what_stands_beside_them() -> None:
    text = (
        "welfare.grade <= 5 && "
        "at_least(2, [tax.bracket <= 3 && welfare.grade == 1, school.year > 4, school.year == 2])"
    )
    shape = _shape(_split(text))
    assert isinstance(shape, list)
    assert len([part for part in shape if isinstance(part, list) and part[0] == "all"]) == 0
    assert "welfare: welfare.grade <= 5" in shape
    assert "school: school.year > 4 || school.year == 2" in shape


def test_a_threshold_of_too_many_alternatives_is_refused_by_name() -> None:
    listed = ", ".join(f"tax.dependants == {n} && welfare.grade == {n}" for n in range(7))
    with pytest.raises(
        UnsupportedPredicate, match=r"at_least\(4, .*take several agencies"
    ) as caught:
        _split(f"at_least(4, [{listed}])")
    assert caught.value.what.startswith("at_least(4, [")
    assert "enclave" in str(caught.value.fix)


def test_thresholds_inside_thresholds_do_not_multiply_without_end() -> None:
    inner = "tax.bracket == 1 && welfare.grade == 1"
    for code in range(2, 7):
        inner = (
            f"at_least(2, [{inner}, school.year == {code - 1}, town.years == {code}, "
            f"tax.dependants == {code}])"
        )
    with pytest.raises(UnsupportedPredicate, match="counts too many conditions"):
        _split(inner)


def test_one_agency_answers_several_quantifiers_at_once() -> None:
    text = "members.all(m, m.tax.bracket <= 3) && members.exists(m, m.tax.resident)"
    assert isinstance(_split_household(text), Literal)


def test_several_agencies_answer_one_quantifier_at_a_time() -> None:
    text = (
        "members.all(m, m.tax.bracket <= 3) && members.exists(m, m.welfare.grade == 1) && "
        "(members.exists(m, m.tax.resident) || members.exists(m, m.tax.dependants > 3)) && "
        "members.all(m, m.welfare.grade != 2)"
    )
    assert _shape(_split_household(text, "tax")) == [
        "all",
        "tax: members.all(m, m.tax.bracket <= 3)",
        "welfare: members.exists(m, m.welfare.grade == 1) && members.all(m, m.welfare.grade != 2)",
        [
            "any",
            "tax: members.exists(m, m.tax.resident == true)",
            "tax: members.exists(m, m.tax.dependants > 3)",
        ],
    ]


def test_a_threshold_does_not_count_what_several_agencies_share() -> None:
    text = (
        "at_least(2, [members.all(m, m.tax.bracket <= 3), members.exists(m, m.welfare.grade == 1), "
        "members.exists(m, m.school.year == 6)])"
    )
    assert isinstance(_split_household(text), Threshold)
    assert isinstance(_split_household(text, "tax"), Conjunction)


def test_a_member_asked_by_two_roles_is_refused_by_name() -> None:
    text = (
        "members.all(m, m.school.year == 1) && "
        "members.exists(m, m.tax.bracket <= 3 && m.welfare.grade == 1)"
    )
    with pytest.raises(UnsupportedPredicate) as caught:
        _split_household(text)
    assert caught.value.what == (
        "members.exists(m, m.tax.bracket <= 3 && m.welfare.grade == 1) asks of one member what "
        "tax and welfare hold"
    )
    assert "enclave" in str(caught.value.fix)


def test_a_part_that_asks_nobody_is_refused() -> None:
    with pytest.raises(DegeneratePredicate, match="asks nothing of anybody"):
        split(Constant(value=True), str, _describe)
