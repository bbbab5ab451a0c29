from __future__ import annotations

from random import Random

import pytest

from matcher.core.catalogue import Attribute, AttributeType
from matcher.core.errors import InvalidPredicate, UnsupportedPredicate
from matcher.core.identifiers import AttributeName
from matcher.core.literals import answer
from matcher.core.normal import negated, normal_form
from matcher.core.predicate import (
    All,
    Any,
    Arithmetic,
    AttributeOperand,
    Comparison,
    Computed,
    ConstantOperand,
    Extreme,
    Extremum,
    Lookup,
    Operator,
    Predicate,
    Some,
)
from matcher.core.satisfy import (
    Assignment,
    Budget,
    satisfying,
    satisfying_members,
)
from matcher.core.table import Values
from tests.programmes_of_tests import ATTRIBUTES, FIRST, predicate_of, programme_of


def _normal(text: str) -> Predicate:
    return normal_form(predicate_of(text))


@pytest.mark.parametrize(
    "text",
    [
        "tax.bracket == 7",
        "tax.bracket > 2 && tax.bracket < 4",
        "tax.bracket == 1 && welfare.grade == 1 || tax.bracket == 2 && welfare.grade == 0",
        "tax.bracket < tax.dependants && tax.dependants < tax.wealth && tax.wealth < 3",
        "tax.wealth == tax.bracket && tax.wealth > 6",
        "!(tax.bracket in [0, 1, 2, 3, 4, 5, 6])",
        "tax.income > 9998",
        "tax.income == -500",
    ],
)
def test_an_example_satisfies_the_predicate(text: str) -> None:
    predicate = _normal(text)
    found = satisfying(predicate, ATTRIBUTES)
    assert found is not None
    table = {name: Values.of([code]) for name, code in found.items()}
    assert answer(predicate, ATTRIBUTES, table).tolist() == [0]
    for name, code in found.items():
        assert ATTRIBUTES[name].low <= code <= ATTRIBUTES[name].high


@pytest.mark.parametrize(
    "text",
    [
        "tax.bracket > 7",
        "tax.bracket < 3 && tax.bracket > 2",
        "tax.bracket < tax.dependants && tax.dependants < tax.bracket",
        "tax.bracket < tax.dependants && tax.dependants < tax.wealth && tax.wealth < 2",
        "tax.bracket != tax.bracket",
        "(tax.bracket == 1 || welfare.grade == 1) && tax.bracket == 2 && welfare.grade == 2",
    ],
)
def test_contradictions_have_no_example(text: str) -> None:
    assert satisfying(_normal(text), ATTRIBUTES) is None


def test_a_tautology_has_no_counterexample() -> None:
    assert satisfying(negated(_normal("tax.bracket <= 3 || tax.bracket >= 2")), ATTRIBUTES) is None


def test_attributes_that_do_not_matter_get_their_smallest_code() -> None:
    found = satisfying(_normal("tax.bracket < 3 || school.year == 3"), ATTRIBUTES)
    assert found == {"tax.bracket": 0, "school.year": 1}


def test_the_search_gives_up_when_its_budget_is_spent() -> None:
    predicate = _normal("tax.bracket == 7 && tax.dependants == 9")
    assert satisfying(predicate, ATTRIBUTES, Budget(100)) is not None
    with pytest.raises(UnsupportedPredicate, match="too intricate"):
        satisfying(predicate, ATTRIBUTES, Budget(3))


def test_searches_share_a_budget() -> None:
    budget = Budget(1000)
    satisfying(_normal("tax.bracket == 7"), ATTRIBUTES, budget)
    assert budget.visits < 1000


def test_a_parameter_without_its_value_has_no_example() -> None:
    programme = programme_of("tax.bracket <= params.top", {"top": {FIRST: 3}})
    with pytest.raises(InvalidPredicate, match="top has not been given its value"):
        satisfying(normal_form(programme.eligible), ATTRIBUTES)


@pytest.mark.parametrize(
    "text",
    [
        "tax.income - tax.wealth == 9999",
        "tax.income * tax.wealth == 9999000 && tax.bracket + tax.dependants == 16",
        "math.least(tax.income, tax.wealth) == 1000 && tax.income - 2 * tax.wealth > 7998",
        "tax.income - 3 * tax.wealth == 1 && tax.wealth - 7 * tax.bracket == 5",
        "tax.income - tax.wealth > 5000 && tax.income - tax.wealth < 5002",
    ],
)
def test_needles_are_found(text: str) -> None:
    predicate = _normal(text)
    found = satisfying(predicate, ATTRIBUTES)
    assert found is not None
    table = {name: Values.of([code]) for name, code in found.items()}
    assert answer(predicate, ATTRIBUTES, table).tolist() == [0]


@pytest.mark.parametrize(
    "text",
    [
        "tax.income - tax.wealth > 9999",
        "tax.income - tax.wealth == 5 && tax.wealth - tax.income == 5",
        "2 * tax.income - 2 * tax.wealth == 7",
        "tax.income - tax.wealth < 5 && tax.income > tax.wealth + 4",
        "math.greatest(tax.income - tax.wealth, 0) < 0",
        "tax.bracket < tax.dependants && tax.dependants < tax.wealth && tax.wealth < tax.bracket",
        "tax.income * tax.income < 0",
    ],
)
def test_computed_contradictions_have_no_example(text: str) -> None:
    assert satisfying(_normal(text), ATTRIBUTES) is None


def test_needles_are_found_in_large_domains_without_spending_much() -> None:
    names = [AttributeName(f"tax.{name}") for name in ("income", "deduction", "dependants")]
    attributes = {name: Attribute(name, AttributeType.INTEGER, 0, 10**8) for name in names}
    attributes[names[2]] = Attribute(names[2], AttributeType.INTEGER, 0, 20)
    income, deduction, dependants = map(AttributeOperand, names)
    index = Extremum(Extreme.LEAST, (dependants, ConstantOperand(9)))
    limit = Lookup("limit", index, 0, tuple(3_604_000 + 380_000 * n for n in range(10)))
    difference = Computed(Arithmetic.MINUS, income, deduction)
    budget = Budget(2_000)
    at_limit = Comparison(difference, Operator.EQ, limit)
    found = satisfying(at_limit, attributes, budget)
    assert found is not None
    assert found[names[0]] - found[names[1]] == 3_604_000 + 380_000 * min(found[names[2]], 9)
    # The same limit in other words is seen to be the same.
    again = Lookup(
        "limit", Extremum(Extreme.GREATEST, (index, ConstantOperand(0))), 0, limit.values
    )
    above = Comparison(difference, Operator.GT, again)
    within = Comparison(difference, Operator.LE, limit)
    assert satisfying(All((within, above)), attributes, budget) is None


def test_a_large_predicate_is_searched_in_a_moment() -> None:
    chance = Random(7)
    names = [AttributeName(f"r{number % 6}.a{number}") for number in range(64)]
    attributes = {name: Attribute(name, AttributeType.INTEGER, 0, 10**8) for name in names}

    def leaf() -> Predicate:
        limit = ConstantOperand(chance.randrange(1, 10**8))
        operator = chance.choice([Operator.LE, Operator.GE, Operator.LT, Operator.NE])
        return Comparison(AttributeOperand(chance.choice(names)), operator, limit)

    predicate = All(tuple(Any((leaf(), leaf(), leaf())) for _ in range(100)))
    budget = Budget(100_000)
    assert satisfying(normal_form(predicate), attributes, budget) is not None
    assert satisfying(negated(predicate), attributes, budget) is not None


def _members(text: str, most_members: int = 4) -> tuple[Assignment, ...] | None:
    predicate = normal_form(programme_of(text, most_members=most_members).eligible)
    return satisfying_members(predicate, ATTRIBUTES, most_members)


def test_households_have_as_few_members_as_will_do() -> None:
    assert _members("members.all(m, m.tax.bracket >= 2)") == ({"tax.bracket": 2},)
    found = _members("members.filter(m, m.tax.bracket >= 2).size() >= 3")
    assert found == ({"tax.bracket": 2},) * 3


def test_members_differ_where_they_have_to() -> None:
    found = _members("members.exists_one(m, m.tax.resident) && !members.all(m, m.tax.resident)")
    assert found is not None
    assert sorted(member["tax.resident"] for member in found) == [0, 1]  # type: ignore[index]


def test_contradictory_households_are_not_found() -> None:
    text = "members.exists(m, m.tax.resident && m.tax.bracket == 1)"
    assert (
        _members(f"{text} && members.all(m, m.tax.bracket != 1 || m.tax.closed == 3)") is not None
    )
    assert _members(f"{text} && members.all(m, m.tax.bracket != 1 || !m.tax.resident)") is None


def test_no_household_is_larger_than_allowed() -> None:
    resident = Some(3, predicate_of("tax.resident"))
    assert satisfying_members(resident, ATTRIBUTES, 3) is not None
    assert satisfying_members(resident, ATTRIBUTES, 2) is None


def test_amounts_out_of_range_have_no_example() -> None:
    income = AttributeOperand(AttributeName("tax.income"))
    large = Comparison(income, Operator.LE, ConstantOperand(10**16))
    with pytest.raises(InvalidPredicate, match="more than can be computed"):
        satisfying(large, ATTRIBUTES)


def test_the_least_of_one_amount_written_twice_is_that_amount() -> None:
    found = satisfying(_normal("math.least(tax.bracket, tax.bracket + 0) in [3]"), ATTRIBUTES)
    assert found == {AttributeName("tax.bracket"): 3}
