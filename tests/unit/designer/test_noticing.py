from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path

import pytest

from clients.designer import noticing
from clients.designer.noticing import Fate, Judged, judge
from clients.designer.programme_edits import mutants_of
from clients.designer.trying import table_of
from clients.review.decided import Member, decided_of
from matcher.core.identifiers import AttributeName
from matcher.core.programme import Programme
from matcher.core.reference import reference_decisions
from matcher.core.verdict import Verdict
from matcher.language import load_programme_with_places
from tests.designer_files import write_household, write_person

DAY = date(2026, 6, 1)


def _load(path: Path) -> tuple[Programme, dict[tuple[str, str, str], Judged]]:
    programme, places = load_programme_with_places(path)
    return programme, _judged(programme, list(mutants_of(programme, places, [DAY])))


def _judged(
    programme: Programme, mutants: list[noticing.Mutant]
) -> dict[tuple[str, str, str], Judged]:
    return {
        (found.mutant.what, found.mutant.before, found.mutant.after): found
        for found in judge(programme, mutants, DAY)
    }


def test_tests_at_every_limit_notice_everything_but_what_makes_no_difference(
    tmp_path: Path,
) -> None:
    _, found = _load(write_person(tmp_path))
    assert not [judged for judged in found.values() if judged.survives]
    assert [key for key, judged in found.items() if judged.fate is Fate.EQUIVALENT] == [
        ("operator", "tax.income == 0", "tax.income <= 0")
    ]


def _without(path: Path, name: str) -> Path:
    """Leave the test of this name out of a file."""
    head, _, tests = path.read_text(encoding="utf-8").partition("tests:\n")
    kept = [test for test in tests.split("  - ") if test and not test.startswith(f"name: {name}\n")]
    path.write_text(head + "tests:\n" + "".join(f"  - {test}" for test in kept), encoding="utf-8")
    return path


MISSED: dict[str, tuple[str, tuple[str, str, str]]] = {
    "a limit": (
        "at the limit",
        ("operator", "tax.income <= params.limit", "tax.income < params.limit"),
    ),
    "a value of a parameter": (
        "above the limit",
        ("value of a parameter", "params.limit = 20", "params.limit = 21"),
    ),
    "a rule for absence": (
        "no record of a certificate",
        ("rule for absence", "welfare.kind: ineligible", "welfare.kind: undetermined"),
    ),
    "an amount": ("little income", ("amount", "half pays 5000", "half pays 5001")),
    "a condition": (
        "no certificate",
        (
            "member added",
            'welfare.kind in ["physical", "mental"]',
            'welfare.kind in ["physical", "mental", "none"]',
        ),
    ),
}


@pytest.mark.parametrize("case", MISSED)
def test_what_no_test_notices_survives_with_a_case_that_would(tmp_path: Path, case: str) -> None:
    name, key = MISSED[case]
    programme, found = _load(_without(write_person(tmp_path), name))
    judged = found[key]
    assert judged.fate is Fate.SURVIVES
    assert judged.case is not None
    assert judged.mutant.programme is not None
    # The case expects what the rule says, and the mutant says something else.
    table, grouping = table_of(programme, [judged.case.members])
    ours, theirs = (
        decided_of(one, DAY, reference_decisions(one, DAY, table, grouping))[0]
        for one in (programme, judged.mutant.programme)
    )
    assert ours.meets(judged.case)
    assert not theirs.meets(judged.case)
    # With the case added, the change is noticed.
    added = replace(programme, cases=(*programme.cases, judged.case))
    assert _judged(added, [judged.mutant])[key].fate is Fate.NOTICED


def test_a_test_that_leaves_the_outcome_open_does_not_notice_another_one(tmp_path: Path) -> None:
    path = write_person(tmp_path)
    text = path.read_text(encoding="utf-8")
    for line in ("    outcome: full\n", "    outcome: half\n", "    amount: 10000\n"):
        text = text.replace(line, "")
    path.write_text(text.replace("    amount: 5000\n", ""), encoding="utf-8")
    _, found = _load(path)
    judged = found["outcome left out", "full", ""]
    assert judged.fate is Fate.SURVIVES
    assert judged.case is not None
    # The test is there already; it has to say more.
    assert (judged.case.name, judged.case.outcome, judged.case.amount) == (
        "no income",
        "full",
        10000,
    )


def test_cases_expect_all_that_comes_out_and_say_their_day(tmp_path: Path) -> None:
    _, found = _load(_without(write_person(tmp_path), "at the limit"))
    case = found["operator", "tax.income <= params.limit", "tax.income < params.limit"].case
    assert case is not None
    assert (case.expect, case.outcome, case.amount) == (Verdict.ELIGIBLE, "half", 5000)
    assert case.day == DAY


def test_one_case_may_notice_several_changes(tmp_path: Path) -> None:
    path = _without(_without(write_person(tmp_path), "at the limit"), "above the limit")
    _, found = _load(path)
    survivors = [judged for judged in found.values() if judged.survives]
    assert len({id(judged.case) for judged in survivors}) < len(survivors)


def test_a_case_has_no_fact_that_could_be_left_out(tmp_path: Path) -> None:
    _, found = _load(_without(write_person(tmp_path), "above the limit"))
    case = found["value of a parameter", "params.limit = 20", "params.limit = 21"].case
    assert case is not None
    # The certificate is needed: without it the changed rule says the same.
    assert {name: code for name, code in case.members[0].items() if code is not None} == {
        "tax.income": 21,
        "welfare.kind": 1,
    }


def test_households_are_told_apart_by_their_members(tmp_path: Path) -> None:
    _, found = _load(write_household(tmp_path))
    judged = found["member added", "m.welfare.grade in [1, 2]", "m.welfare.grade in [1, 2, 3]"]
    assert judged.fate is Fate.SURVIVES
    assert judged.case is not None
    assert any(member["welfare.grade"] == 3 for member in judged.case.members)  # type: ignore[index]
    assert judged.case.day is None
    quantifier = found[
        "quantifier", "members.all(m, !m.tax.taxed)", "members.exists(m, !m.tax.taxed)"
    ]
    assert quantifier.fate is Fate.NOTICED


PEOPLE = [
    {AttributeName("tax.income"): income, AttributeName("welfare.kind"): kind}
    for income, kind in product((None, *range(101)), (None, 0, 1, 2))
]
MEMBERS = [
    {AttributeName("tax.taxed"): taxed, AttributeName("welfare.grade"): grade}
    for taxed, grade in product((None, 0, 1), range(7))
]
EVERYBODY: dict[str, tuple[Callable[[Path], Path], list[tuple[Member, ...]]]] = {
    "persons": (write_person, [(person,) for person in PEOPLE]),
    "households": (
        write_household,
        [household for size in range(4) for household in product(MEMBERS, repeat=size)],
    ),
}


@pytest.mark.parametrize("unit", EVERYBODY)
def test_a_change_survives_exactly_if_somebody_tells_it_apart(tmp_path: Path, unit: str) -> None:
    write, everybody = EVERYBODY[unit]
    programme, places = load_programme_with_places(write(tmp_path))
    untested = replace(programme, cases=())
    table, grouping = table_of(programme, everybody)
    shown = decided_of(programme, DAY, reference_decisions(programme, DAY, table, grouping))
    for judged in judge(untested, mutants_of(programme, places, [DAY]), DAY):
        changed = judged.mutant.programme
        if changed is None:
            continue
        decisions = reference_decisions(changed, DAY, table, grouping)
        differs = decided_of(changed, DAY, decisions) != shown
        assert judged.fate is (Fate.SURVIVES if differs else Fate.EQUIVALENT), judged.mutant


def test_without_tests_everything_survives(tmp_path: Path) -> None:
    path = write_person(tmp_path)
    text = path.read_text(encoding="utf-8").partition("tests:")[0]
    path.write_text(text, encoding="utf-8")
    _, found = _load(path)
    assert Fate.NOTICED not in {judged.fate for judged in found.values()}
    assert sum(judged.survives for judged in found.values()) > 15


def test_a_case_beyond_what_is_tried_is_searched_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(noticing, "probes_of", lambda *_: [])
    _, found = _load(_without(write_person(tmp_path), "at the limit"))
    judged = found["operator", "tax.income <= params.limit", "tax.income < params.limit"]
    assert judged.fate is Fate.SURVIVES
    assert judged.case is not None


def test_what_cannot_be_decided_in_time_counts_as_not_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(noticing, "probes_of", lambda *_: [])
    monkeypatch.setattr(noticing, "MOST_VISITS", 1)
    _, found = _load(_without(write_person(tmp_path), "at the limit"))
    judged = found["operator", "tax.income <= params.limit", "tax.income < params.limit"]
    assert judged.fate is Fate.UNDECIDED
    assert judged.survives
    assert judged.case is None


def test_a_name_is_as_long_as_a_line(tmp_path: Path) -> None:
    programme, places = load_programme_with_places(write_person(tmp_path))
    mutant = next(mutants_of(programme, places, [DAY]))
    long = replace(mutant, before="x" * 200, after="y")
    (judged,) = judge(replace(programme, cases=()), [long], DAY)
    assert judged.case is not None
    assert len(judged.case.name) == 120
    assert judged.case.name.startswith("tells xxx")
