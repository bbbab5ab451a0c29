from __future__ import annotations

import pytest

from matcher.core.normal import negated, normal_form, threshold
from matcher.core.predicate import (
    All,
    AllBut,
    Any,
    AtLeast,
    Constant,
    Not,
    Predicate,
    Settled,
    Some,
)
from matcher.core.render import render
from tests.programmes_of_tests import ATTRIBUTES, predicate_of, programme_of

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


HOUSEHOLDS = {
    "not all is some not": (
        "!members.all(m, m.tax.bracket <= 3)",
        "members.exists(m, m.tax.bracket > 3)",
    ),
    "not some is all not": (
        "!members.exists(m, m.tax.resident && m.tax.bracket <= 3)",
        "members.all(m, m.tax.resident != true || m.tax.bracket > 3)",
    ),
    "fewer than so many is all but fewer not": (
        "members.filter(m, m.tax.resident).size() < 3",
        "members.filter(m, !(m.tax.resident != true)).size() <= 2",
    ),
    "all falls apart by roles, a role's parts stay together": (
        "members.all(m, m.tax.resident && m.welfare.grade == 1 && m.tax.bracket <= 3)",
        (
            "members.all(m, m.tax.resident == true && m.tax.bracket <= 3) "
            "&& members.all(m, m.welfare.grade == 1)"
        ),
    ),
    "some falls apart by roles": (
        "members.exists(m, m.tax.resident || m.welfare.grade == 1)",
        "members.exists(m, m.tax.resident == true) || members.exists(m, m.welfare.grade == 1)",
    ),
    "what mixes roles stays together": (
        "members.all(m, m.tax.resident && (m.tax.bracket <= 3 || m.welfare.grade == 1))",
        (
            "members.all(m, m.tax.resident == true) "
            "&& members.all(m, m.tax.bracket <= 3 || m.welfare.grade == 1)"
        ),
    ),
    "all does not fall apart over alternatives, nor some over conditions": (
        (
            "members.all(m, m.tax.resident || m.welfare.grade == 1) "
            "&& members.exists(m, m.tax.resident && m.welfare.grade == 1)"
        ),
        (
            "members.all(m, m.tax.resident == true || m.welfare.grade == 1) "
            "&& members.exists(m, m.tax.resident == true && m.welfare.grade == 1)"
        ),
    ),
    "counts do not fall apart": (
        "members.filter(m, m.tax.resident || m.welfare.grade == 1).size() >= 2",
        "members.filter(m, m.tax.resident == true || m.welfare.grade == 1).size() >= 2",
    ),
}


@pytest.mark.parametrize(("written", "normal"), HOUSEHOLDS.values(), ids=HOUSEHOLDS.keys())
def test_normal_forms_of_households(written: str, normal: str) -> None:
    predicate = programme_of(written, most_members=4).eligible
    assert render(normal_form(predicate), ATTRIBUTES) == normal
    assert negated(negated(predicate)) == normal_form(predicate)


A, B, C, D = (
    predicate_of(f"{name} == 1")
    for name in ("tax.bracket", "tax.wealth", "welfare.grade", "school.year")
)
YES, NO = Constant(value=True), Constant(value=False)


@pytest.mark.parametrize(
    ("count", "children", "simplest"),
    [
        (2, [A, B, C], AtLeast(2, (A, B, C))),
        (1, [A, B], Any((A, B))),
        (2, [A, B], All((A, B))),
        (1, [A], A),
        (0, [A], YES),
        (2, [A], NO),
        (2, [A, B, C, YES], Any((A, B, C))),
        (2, [A, B, C, NO], AtLeast(2, (A, B, C))),
        (3, [A, B, C, D, YES], AtLeast(2, (A, B, C, D))),
        (2, [A, A, B], AtLeast(2, (A, A, B))),
    ],
)
def test_thresholds_take_their_simplest_form(
    count: int, children: list[Predicate], simplest: Predicate
) -> None:
    assert threshold(count, children) == simplest


def test_too_few_is_enough_of_the_opposite() -> None:
    negation = negated(AtLeast(2, (A, B, C, D)))
    assert negation == AtLeast(3, tuple(negated(part) for part in (A, B, C, D)))
    assert negated(AtLeast(3, (A, B, C, D))) == AtLeast(2, tuple(map(negated, (A, B, C, D))))


def test_a_settled_comparison_is_negated_with_what_it_settles_to() -> None:
    settled = Settled(A, holds=True)  # type: ignore[arg-type]
    assert negated(settled) == Settled(negated(A), holds=False)  # type: ignore[arg-type]
    listed = predicate_of("tax.bracket in [1, 2]")
    assert negated(Settled(listed, holds=True)) == Not(Settled(listed, holds=True))  # type: ignore[arg-type]


def test_quantifiers_over_constants_fold_where_the_number_of_members_does_not_matter() -> None:
    assert normal_form(Some(1, NO)) == NO
    assert normal_form(AllBut(0, YES)) == YES
    assert normal_form(Some(2, YES)) == Some(2, YES)
    assert negated(Some(2, YES)) == AllBut(1, NO)
