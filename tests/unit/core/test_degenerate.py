from __future__ import annotations

from datetime import date

import pytest

from matcher.core.degenerate import refuse_degenerate, refuse_degenerate_tiers
from matcher.core.errors import DegeneratePredicate, InvalidPredicate, UnsupportedPredicate
from matcher.core.normal import normal_form
from matcher.core.predicate import AllBut, Constant, Predicate, Settled, Some
from matcher.core.satisfy import Budget
from tests.programmes_of_tests import ATTRIBUTES, DAY, FIRST, predicate_of, programme_of


def _household(text: str, most_members: int = 4) -> Predicate:
    return normal_form(programme_of(text, most_members=most_members).eligible)


def _refuse(predicate: Predicate, most_members: int = 1) -> None:
    refuse_degenerate(normal_form(predicate), ATTRIBUTES, most_members)


@pytest.mark.parametrize(
    "text",
    [
        "tax.bracket <= 3",
        "tax.bracket <= 3 && welfare.grade in [1, 2]",
        "tax.income - tax.wealth == 9999",
        "at_least(2, [tax.resident, tax.bracket <= 3, welfare.grade == 1])",
    ],
)
def test_predicates_that_ask_something_pass(text: str) -> None:
    _refuse(predicate_of(text))


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("tax.bracket <= 7", "tax.bracket <= 7 always holds"),
        ("tax.resident && tax.bracket > 7", "tax.bracket > 7 never holds"),
        (
            "tax.resident || tax.bracket < 3 && tax.bracket > 3",
            "tax.bracket < 3 && tax.bracket > 3 never holds",
        ),
        ("tax.income - tax.wealth <= 9999", "tax.income - tax.wealth <= 9999 always holds"),
        (
            "tax.income - tax.wealth < 5 && tax.income > tax.wealth + 5",
            "tax.income - tax.wealth < 5 && tax.income > tax.wealth + 5 never holds",
        ),
        (
            "at_least(2, [tax.bracket < 3, tax.bracket == 5, tax.bracket > 6])",
            "never holds",
        ),
    ],
)
def test_the_smallest_part_that_asks_nothing_is_named(text: str, part: str) -> None:
    with pytest.raises(DegeneratePredicate) as refused:
        _refuse(predicate_of(text))
    assert part in refused.value.what
    assert refused.value.fix


def test_a_constant_is_refused() -> None:
    with pytest.raises(DegeneratePredicate, match="the predicate always holds"):
        _refuse(Constant(value=True))


def test_settling_absences_makes_nothing_of_a_tautology() -> None:
    leaf = predicate_of("tax.bracket <= 7")
    with pytest.raises(DegeneratePredicate, match="always holds"):
        _refuse(Settled(leaf, holds=False))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "members.all(m, m.tax.bracket <= 3)",
        "members.exists_one(m, m.tax.bracket <= 3)",
        "members.filter(m, m.tax.resident).size() == 4",
        "members.exists(m, m.tax.resident) && !members.exists(m, m.tax.bracket < 2)",
    ],
)
def test_households_that_ask_something_pass(text: str) -> None:
    _refuse(_household(text), 4)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("members.all(m, m.tax.bracket <= 7)", "m.tax.bracket <= 7 always holds"),
        ("members.exists(m, m.tax.bracket < 1 && m.tax.bracket > 1)", "m.tax.bracket < 1 &&"),
        ("members.filter(m, m.tax.resident).size() <= 4", "always holds"),
        (
            "members.all(m, m.tax.resident) && members.exists(m, !m.tax.resident)",
            "members.exists(m, m.tax.resident != true) never holds",
        ),
        (
            "members.exists(m, m.tax.resident) || members.all(m, !m.tax.resident)",
            "always holds",
        ),
        (
            "size(members.filter(m, m.tax.closed == 1)) > 2 && members.all(m, m.tax.closed > 1)",
            "never holds",
        ),
    ],
)
def test_quantifiers_that_ask_nothing_are_named(text: str, part: str) -> None:
    with pytest.raises(DegeneratePredicate) as refused:
        _refuse(_household(text), 4)
    assert part in refused.value.what


def test_more_members_than_a_household_has_are_refused() -> None:
    resident = predicate_of("tax.resident")
    _refuse(Some(4, resident), 4)
    with pytest.raises(DegeneratePredicate, match=r"\.size\(\) >= 5 never holds"):
        _refuse(Some(5, resident), 4)
    with pytest.raises(DegeneratePredicate, match=r"\.size\(\) <= 4 always holds"):
        _refuse(AllBut(4, resident), 4)


@pytest.mark.parametrize(
    "predicate", [Some(2, Constant(value=True)), AllBut(1, Constant(value=False))]
)
def test_merely_counting_members_is_refused(predicate: Predicate) -> None:
    with pytest.raises(DegeneratePredicate, match="asks nothing about members"):
        _refuse(predicate, 4)


def test_the_part_that_is_too_intricate_is_named() -> None:
    predicate = normal_form(predicate_of("tax.bracket == 3 && welfare.grade == 1"))
    with pytest.raises(UnsupportedPredicate, match=r"whether tax\.bracket == 3 .* too intricate"):
        refuse_degenerate(predicate, ATTRIBUTES, budget=Budget(2))


def test_amounts_out_of_range_are_refused() -> None:
    with pytest.raises(InvalidPredicate, match="more than can be computed exactly"):
        _refuse(predicate_of("tax.income * tax.income * tax.income * tax.income * tax.income > 0"))


def _refuse_tiers(
    tiers: dict[str, str | None], eligible: str = "tax.resident", day: date = DAY
) -> None:
    limits = {"limit": {FIRST: 3, date(2026, 7, 1): 7}}
    used = limits if "params.limit" in repr(tiers) else {}
    refuse_degenerate_tiers(programme_of(eligible, used, tiers=tiers), day)


def test_tiers_that_share_the_eligible_pass() -> None:
    _refuse_tiers({"full": "tax.bracket <= 3", "half": "tax.bracket <= 5", "rest": None})
    _refuse_tiers({"only": None})
    refuse_degenerate_tiers(programme_of("tax.resident"), DAY)


@pytest.mark.parametrize(
    ("tiers", "eligible", "message"),
    [
        (
            {"full": "tax.bracket <= 5", "half": "tax.bracket <= 3", "rest": None},
            "tax.resident",
            "outcome half is never reached",
        ),
        (
            {"full": "tax.bracket > 3", "rest": None},
            "tax.bracket <= 3",
            "outcome full is never reached",
        ),
        (
            {"full": "tax.bracket <= 3", "half": "tax.bracket > 3", "rest": None},
            "tax.resident",
            "outcome half takes everybody who is left",
        ),
        (
            {"full": "tax.bracket <= 5", "rest": None},
            "tax.bracket <= 3",
            "outcome full takes everybody",
        ),
    ],
)
def test_tiers_that_nobody_reaches_are_refused(
    tiers: dict[str, str | None], eligible: str, message: str
) -> None:
    with pytest.raises(DegeneratePredicate, match=message):
        _refuse_tiers(tiers, eligible)


def test_a_condition_that_asks_nothing_is_refused_with_its_outcome() -> None:
    with pytest.raises(DegeneratePredicate, match=r"tax\.bracket <= 7 always holds") as refused:
        _refuse_tiers({"full": "tax.bracket <= 7 && welfare.grade == 1", "rest": None})
    assert refused.value.where == "outcome full"


def test_tiers_depend_on_the_day() -> None:
    tiers = {"full": "tax.bracket <= 5", "half": "tax.bracket <= params.limit", "rest": None}
    with pytest.raises(DegeneratePredicate, match="outcome half is never reached"):
        _refuse_tiers(tiers)
    with pytest.raises(DegeneratePredicate, match=r"tax\.bracket <= 7 always holds"):
        _refuse_tiers(tiers, day=date(2026, 7, 1))


def test_tiers_of_households_are_looked_at_alike() -> None:
    programme = programme_of(
        "members.all(m, m.tax.resident)",
        most_members=3,
        tiers={
            "many": "members.filter(m, m.tax.bracket <= 3).size() >= 2",
            "none": "members.filter(m, m.tax.bracket <= 3).size() >= 3",
            "rest": None,
        },
    )
    with pytest.raises(DegeneratePredicate, match="outcome none is never reached"):
        refuse_degenerate_tiers(programme, DAY)
