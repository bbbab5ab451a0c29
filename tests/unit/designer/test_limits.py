from __future__ import annotations

from datetime import date
from pathlib import Path

from clients.designer.limits import Limit, changes, limits_of
from clients.designer.trying import Trial
from clients.review.decided import Decided
from matcher.core.programme import Case
from matcher.core.verdict import Verdict
from matcher.language import load_programme
from tests.designer_files import write_household, write_person

DAY = date(2026, 6, 1)


def _limits(path: Path) -> dict[str, Limit]:
    return {limit.text: limit for limit in limits_of(load_programme(path), DAY)}


def test_every_comparison_has_its_limit_once(tmp_path: Path) -> None:
    assert list(_limits(write_person(tmp_path))) == [
        "tax.income <= 20",
        'welfare.kind in ["physical", "mental"]',
        "tax.income == 0",
    ]


def test_a_limit_has_a_case_below_at_and_above(tmp_path: Path) -> None:
    limit = _limits(write_person(tmp_path))["tax.income <= 20"]
    assert limit.labels == ("one below the limit", "at the limit", "one above the limit")
    incomes = [case.members[0]["tax.income"] for case in limit.cases]  # type: ignore[index]
    assert incomes == [19, 20, 21]
    assert [case.expect for case in limit.cases] == [
        Verdict.ELIGIBLE,
        Verdict.ELIGIBLE,
        Verdict.INELIGIBLE,
    ]


def test_cases_expect_outcome_and_amount(tmp_path: Path) -> None:
    at, above = _limits(write_person(tmp_path))["tax.income == 0"].cases
    assert (at.outcome, at.amount) == ("full", 10000)
    assert (above.outcome, above.amount) == ("half", 5000)


def test_words_and_booleans_are_named_not_ordered(tmp_path: Path) -> None:
    limit = _limits(write_person(tmp_path))['welfare.kind in ["physical", "mental"]']
    assert limit.labels == (
        "welfare.kind is none",
        "welfare.kind is physical",
        "welfare.kind is mental",
    )


def test_cases_say_their_day_where_it_matters(tmp_path: Path) -> None:
    dated = _limits(write_person(tmp_path))["tax.income <= 20"].cases
    assert {case.day for case in dated} == {DAY}
    (limit, *_) = _limits(write_household(tmp_path)).values()
    assert {case.day for case in limit.cases} == {None}


def test_names_differ(tmp_path: Path) -> None:
    for write in (write_person, write_household):
        cases = [case for limit in _limits(write(tmp_path)).values() for case in limit.cases]
        assert len({case.name for case in cases}) == len(cases)


def test_a_limit_of_a_household_is_one_members(tmp_path: Path) -> None:
    limit = _limits(write_household(tmp_path))["m.welfare.grade in [1, 2]"]
    grades = [case.members[0]["welfare.grade"] for case in limit.cases]  # type: ignore[index]
    assert grades == [0, 1, 2, 3]
    assert len({case.name for case in limit.cases}) == 4


def test_a_change_is_marked_where_it_happens() -> None:
    case = Case("somebody", (), Verdict.ELIGIBLE)
    decided = [
        Decided(Verdict.ELIGIBLE, "full"),
        Decided(Verdict.ELIGIBLE, "full"),
        Decided(Verdict.ELIGIBLE, "half"),
        Decided(Verdict.INELIGIBLE),
    ]
    trials = [Trial(case, DAY, one, {}) for one in decided]
    assert list(changes(trials)) == [False, False, True, True]
