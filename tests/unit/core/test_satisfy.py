from __future__ import annotations

import pytest

from matcher.core.errors import InvalidPredicate, UnsupportedPredicate
from matcher.core.identifiers import AttributeName
from matcher.core.literals import answer
from matcher.core.normal import negated, normal_form
from matcher.core.predicate import Predicate
from matcher.core.satisfy import Budget, candidates, cuts, satisfying
from matcher.core.table import Values
from tests.programmes_of_tests import ATTRIBUTES, FIRST, predicate_of, programme_of

BRACKET = AttributeName("tax.bracket")


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


def test_cells_begin_where_a_comparison_may_change() -> None:
    predicate = _normal("tax.bracket <= 3 || tax.bracket == 5 || welfare.grade == 1")
    assert cuts(predicate, ATTRIBUTES[BRACKET]) == {4, 5, 6}
    assert candidates(predicate, ATTRIBUTES)[BRACKET] == (0, 4, 5, 6)


def test_compared_attributes_get_as_many_values_a_cell_as_there_are() -> None:
    predicate = _normal("tax.bracket < tax.dependants && tax.dependants < tax.wealth")
    assert candidates(predicate, ATTRIBUTES)[BRACKET] == (0, 1, 2)


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
