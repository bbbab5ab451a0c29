from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from clients.designer.trying import Way, table_of, try_cases, ways_of, workable
from clients.review.decided import Decided, shown
from matcher.core.errors import InvalidConfiguration
from matcher.core.plan import Plan, evaluate_answers
from matcher.core.programme import Programme
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.verdict import Verdict
from matcher.language import load_programme
from tests.designer_files import write_household, write_person

DAY = date(2026, 6, 1)
LATER = date(2026, 10, 1)
CLEAR = Way(Scheme.CLEAR, ColumnKind.DECISION)


class _InTheClear:
    """Decides as an enclave would, and counts its chunks."""

    def __init__(self, wrong: int | None = None) -> None:
        self.chunks = 0
        self._wrong = wrong

    def decide(self, plan: Plan, answers: Sequence[NDArray[np.int32]]) -> NDArray[np.uint8]:
        self.chunks += 1
        decisions = evaluate_answers(plan, answers)
        if self._wrong is not None:
            decisions[self._wrong] = Verdict.UNDETERMINED
        return decisions


@pytest.fixture
def person(tmp_path: Path) -> Programme:
    return load_programme(write_person(tmp_path))


@pytest.fixture
def household(tmp_path: Path) -> Programme:
    return load_programme(write_household(tmp_path))


def test_examples_come_out_as_expected_by_rule_and_plan(person: Programme) -> None:
    trials = try_cases(person, person.cases, DAY, [CLEAR], _InTheClear())
    assert [trial.case for trial in trials] == list(person.cases)
    assert all(trial.passed for trial in trials)


def test_all_examples_of_a_day_are_one_chunk(person: Programme) -> None:
    dated = [replace(case, day=LATER) for case in person.cases[:2]]
    counting = _InTheClear()
    try_cases(person, [*person.cases, *dated], DAY, [CLEAR], counting)
    assert counting.chunks == 2


def test_an_example_is_decided_on_its_own_day(person: Programme) -> None:
    above = next(case for case in person.cases if case.name == "above the limit")
    cases = [replace(above, day=LATER), replace(above, day=None)]
    later, today = try_cases(person, cases, DAY, [], _InTheClear())
    assert (later.day, later.decided.verdict) == (LATER, Verdict.ELIGIBLE)
    assert (today.day, today.decided.verdict) == (DAY, Verdict.INELIGIBLE)


def test_a_way_that_disagrees_with_the_rule_fails_the_example(person: Programme) -> None:
    first, *others = try_cases(person, person.cases, DAY, [CLEAR], _InTheClear(wrong=0))
    assert first.as_expected
    assert not first.passed
    assert all(trial.passed for trial in others)


WRONG: dict[str, dict[str, object]] = {
    "another verdict": {"expect": Verdict.INELIGIBLE},
    "another outcome": {"outcome": "half"},
    "another amount": {"amount": 9999},
}


@pytest.mark.parametrize("case", WRONG)
def test_an_example_that_expects_something_else_fails(person: Programme, case: str) -> None:
    expecting = replace(person.cases[0], **WRONG[case])  # type: ignore[arg-type]
    (trial,) = try_cases(person, [expecting], DAY, [], _InTheClear())
    assert not trial.as_expected
    assert not trial.passed


def test_an_example_may_leave_outcome_and_amount_open(person: Programme) -> None:
    (trial,) = try_cases(
        person, [replace(person.cases[0], outcome=None, amount=None)], DAY, [], _InTheClear()
    )
    assert trial.decided == Decided(Verdict.ELIGIBLE, "full", 10000)
    assert trial.passed


@pytest.mark.parametrize("kind", [ColumnKind.DECISION, ColumnKind.VALUE])
def test_households_are_decided_by_their_members(household: Programme, kind: ColumnKind) -> None:
    way = Way(Scheme.CLEAR, kind)
    trials = try_cases(household, household.cases, DAY, [way], _InTheClear())
    assert all(trial.passed for trial in trials)
    assert len({trial.decided.verdict for trial in trials}) == 3


def test_a_household_without_members_has_a_place(household: Programme) -> None:
    table, grouping = table_of(household, [[{}, {}], [], [{}]])
    assert grouping is not None
    assert grouping.groups == 3
    assert grouping.group_of.tolist() == [0, 0, 2]
    assert {len(values) for values in table.values()} == {3}


def test_without_kinds_a_scheme_has_its_first_one() -> None:
    assert ways_of([Scheme.BGV, Scheme.ENCLAVE], []) == (
        Way(Scheme.BGV, ColumnKind.DECISION),
        Way(Scheme.ENCLAVE, ColumnKind.VALUE),
    )


def test_every_scheme_takes_the_kinds_it_has() -> None:
    kinds = [ColumnKind.ATTRIBUTE, ColumnKind.VALUE]
    assert ways_of([Scheme.BGV, Scheme.ENCLAVE, Scheme.BGV], kinds) == (
        Way(Scheme.BGV, ColumnKind.ATTRIBUTE),
        Way(Scheme.ENCLAVE, ColumnKind.VALUE),
    )


def test_a_scheme_without_any_of_the_kinds_is_refused() -> None:
    with pytest.raises(InvalidConfiguration, match="enclave has no decision columns"):
        ways_of([Scheme.ENCLAVE], [ColumnKind.DECISION])


def test_what_mixes_agencies_for_one_member_is_carried_by_values(tmp_path: Path) -> None:
    mixing = write_household(
        tmp_path,
        ("members.all(m, !m.tax.taxed)", "members.exists(m, m.tax.taxed && m.welfare.grade == 1)"),
    )
    text = mixing.read_text(encoding="utf-8").partition("tests:")[0]
    mixing.write_text(text, encoding="utf-8")
    programme = load_programme(mixing)
    assert workable(programme, DAY, Scheme.CLEAR).kind is ColumnKind.VALUE


def test_amounts_are_written_with_their_currency_and_interval(person: Programme) -> None:
    assert shown(Verdict.ELIGIBLE, "full", 10000, person) == "eligible, full, JPY 10,000 a year"
    assert shown(Verdict.INELIGIBLE, None, None, person) == "ineligible"


def test_ways_need_somebody_to_carry_them_out(person: Programme) -> None:
    with pytest.raises(InvalidConfiguration, match="nothing here can carry out a plan"):
        try_cases(person, person.cases, DAY, [CLEAR])
