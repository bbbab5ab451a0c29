from __future__ import annotations

import pytest

from matcher.core.difference import distinguishing
from matcher.core.errors import InvalidPredicate, UnsupportedPredicate
from matcher.core.identifiers import AttributeName
from matcher.core.literals import answer
from matcher.core.predicate import (
    AttributeOperand,
    Comparison,
    ConstantOperand,
    Operator,
    Predicate,
    Settled,
    Some,
)
from matcher.core.satisfy import Budget
from matcher.core.table import Values
from tests.programmes_of_tests import ATTRIBUTES, DAY, predicate_of, programme_of


def _difference(left: str, right: str) -> dict[str, int | None] | None:
    found = distinguishing([predicate_of(left)], [predicate_of(right)], ATTRIBUTES, 1)
    if found is None:
        return None
    (person,) = found
    table = {name: Values.of([code]) for name, code in person.items()}
    answers = {int(answer(predicate_of(t), ATTRIBUTES, table)[0]) for t in (left, right)}
    assert len(answers) == 2
    return dict(person)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("tax.bracket <= 3", "tax.bracket < 4"),
        ("!(tax.bracket in [0, 1])", "tax.bracket >= 2"),
        ("tax.income - tax.wealth <= 5", "tax.income < tax.wealth + 6"),
        ("2 * tax.bracket <= 7", "tax.bracket <= 3"),
        ("math.least(tax.dependants, 9) >= 3", "tax.dependants >= 3"),
        ("tax.resident && tax.bracket <= 3", "tax.bracket < 4 && tax.resident"),
        ("tax.closed <= 3 || tax.closed > 3", "welfare.closed < 7"),
    ],
)
def test_the_same_rule_in_other_words_is_no_difference(left: str, right: str) -> None:
    assert _difference(left, right) is None


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("tax.bracket <= 3", "tax.bracket < 3"),
        ("tax.income - tax.wealth <= 5", "tax.income - tax.wealth <= 6"),
        ("tax.resident && tax.bracket <= 3", "tax.resident || tax.bracket <= 3"),
        ("tax.income - tax.wealth == 9999", "tax.income > 9999"),
    ],
)
def test_a_difference_comes_with_every_record_where_it_can(left: str, right: str) -> None:
    found = _difference(left, right)
    assert found is not None
    assert None not in found.values()


def test_what_differs_only_where_a_record_is_absent_is_found() -> None:
    found = _difference("tax.bracket <= 3 || tax.bracket > 3", "tax.closed <= 7")
    assert found == {"tax.bracket": None, "tax.closed": 0}


def test_rules_about_absence_are_told_apart() -> None:
    leaf = predicate_of("tax.bracket <= 3")
    settled = [Settled(leaf, holds) for holds in (True, False)]  # type: ignore[arg-type]
    found = distinguishing([settled[0]], [settled[1]], ATTRIBUTES, 1)
    assert found == ({"tax.bracket": None},)
    assert distinguishing([settled[0]], [settled[0]], ATTRIBUTES, 1) is None


def test_pairs_are_compared_one_by_one() -> None:
    first, second = predicate_of("tax.bracket <= 3"), predicate_of("welfare.grade == 1")
    assert distinguishing([first, second], [first, second], ATTRIBUTES, 1) is None
    found = distinguishing([first, second], [first, first], ATTRIBUTES, 1)
    assert found is not None
    assert set(found[0]) == {"tax.bracket", "welfare.grade"}


def test_a_missing_predicate_never_holds() -> None:
    first, second = predicate_of("tax.bracket <= 3"), predicate_of("welfare.grade == 1")
    found = distinguishing([first, second], [first], ATTRIBUTES, 1)
    assert found is not None
    assert found[0]["welfare.grade"] == 1


def _households(text: str) -> Predicate:
    return programme_of(text, most_members=3).eligible


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("!members.exists(m, m.tax.resident)", "members.all(m, !m.tax.resident)"),
        (
            "members.exists(m, m.tax.resident) && members.filter(m, m.tax.resident).size() < 2",
            "members.exists_one(m, m.tax.resident)",
        ),
    ],
)
def test_the_same_rule_of_households_in_other_words(left: str, right: str) -> None:
    pair = [_households(left)], [_households(right)]
    assert distinguishing(*pair, ATTRIBUTES, 3) is None


def test_households_are_as_small_as_the_difference_allows() -> None:
    exists = _households("members.exists(m, m.tax.resident)")
    every = _households("members.all(m, m.tax.resident)")
    twice = _households("members.filter(m, m.tax.resident).size() >= 2")
    found = distinguishing([exists], [twice], ATTRIBUTES, 3)
    assert found == ({"tax.resident": 1},)
    found = distinguishing([exists], [every], ATTRIBUTES, 3)
    assert found is not None
    assert sorted(member["tax.resident"] for member in found) == [0, 1]  # type: ignore[index]


def test_tiers_of_a_programme_are_compared_as_they_exclude_each_other() -> None:
    def tiers(first: str) -> tuple[Predicate, ...]:
        return programme_of("tax.resident", tiers={"full": first, "rest": None}).tiers_on(DAY)

    same = distinguishing(tiers("tax.bracket < 4"), tiers("tax.bracket <= 3"), ATTRIBUTES, 1)
    assert same is None
    found = distinguishing(tiers("tax.bracket < 4"), tiers("tax.bracket < 5"), ATTRIBUTES, 1)
    assert found == ({"tax.resident": 1, "tax.bracket": 4},)


def test_the_search_gives_up_when_its_budget_is_spent() -> None:
    pair = [predicate_of("tax.bracket <= 3")], [predicate_of("tax.bracket <= 4")]
    with pytest.raises(UnsupportedPredicate, match="too intricate"):
        distinguishing(*pair, ATTRIBUTES, 1, Budget(1))


def test_more_members_than_a_household_has_make_no_difference() -> None:
    pair = [Some(4, predicate_of("tax.resident"))], [Some(5, predicate_of("tax.bracket < 3"))]
    assert distinguishing(*pair, ATTRIBUTES, 3) is None
    assert distinguishing(*pair, ATTRIBUTES, 4) is not None


def test_amounts_out_of_range_are_refused() -> None:
    income = AttributeOperand(AttributeName("tax.income"))
    large = Comparison(income, Operator.LE, ConstantOperand(10**16))
    with pytest.raises(InvalidPredicate, match="more than can be computed"):
        distinguishing([predicate_of("tax.income <= 3")], [large], ATTRIBUTES, 1)
