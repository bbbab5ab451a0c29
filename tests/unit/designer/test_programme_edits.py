from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from clients.designer.noticing import Mutant
from clients.designer.parameter_edits import other_values
from clients.designer.programme_edits import mutants_of, unseen_values
from matcher.core.programme import ParameterTable, ParameterValue
from matcher.language import load_programme_with_places
from tests.designer_files import write_household, write_person

DAY, LATER = date(2026, 6, 1), date(2026, 10, 1)


def _mutants(path: Path, *days: date) -> list[Mutant]:
    programme, places = load_programme_with_places(path)
    return list(mutants_of(programme, places, days or (DAY,)))


def _changes(mutants: list[Mutant], what: str) -> set[tuple[str, str]]:
    return {(mutant.before, mutant.after) for mutant in mutants if mutant.what == what}


def test_a_parameter_is_changed_where_a_test_sees_it(tmp_path: Path) -> None:
    path = write_person(tmp_path)
    assert _changes(_mutants(path), "value of a parameter") == {
        ("params.limit = 20", "params.limit = 19"),
        ("params.limit = 20", "params.limit = 21"),
    }
    assert len(_changes(_mutants(path, DAY, LATER), "value of a parameter")) == 4


def test_values_that_no_test_sees_are_named_with_their_place(tmp_path: Path) -> None:
    path = write_person(tmp_path)
    programme, places = load_programme_with_places(path)
    (unseen,) = unseen_values(programme, places, [DAY])
    assert unseen.startswith(f"the value of params.limit from 2026-10-01 on ({path}:")
    assert list(unseen_values(programme, places, [DAY, LATER])) == []


def test_tiers_and_amounts_are_changed(tmp_path: Path) -> None:
    tier = "    - {name: half, "
    middle = "    - {name: most, title: {en: Most}, when: tax.income == 1, amount: 7000}\n"
    mutants = _mutants(write_person(tmp_path, (tier, middle + tier)))
    assert _changes(mutants, "outcome left out") == {("full", ""), ("most", "")}
    assert _changes(mutants, "order of outcomes") == {("full before most", "most before full")}
    assert _changes(mutants, "amount") == {
        (f"{name} pays {amount}", f"{name} pays {amount + step}")
        for name, amount in (("full", 10000), ("most", 7000), ("half", 5000))
        for step in (-1, 1)
    }


def test_a_rule_for_absence_becomes_each_of_the_others(tmp_path: Path) -> None:
    assert _changes(_mutants(write_person(tmp_path)), "rule for absence") == {
        ("welfare.kind: ineligible", "welfare.kind: eligible"),
        ("welfare.kind: ineligible", "welfare.kind: undetermined"),
    }


def test_conditions_of_rule_and_outcomes_are_changed(tmp_path: Path) -> None:
    mutants = _mutants(write_person(tmp_path))
    assert ("tax.income <= params.limit", "tax.income < params.limit") in _changes(
        mutants, "operator"
    )
    assert ("tax.income == 0", "tax.income <= 0") in _changes(mutants, "operator")


def test_every_mutant_differs_from_the_programme_or_is_none(tmp_path: Path) -> None:
    for write in (write_person, write_household):
        path = write(tmp_path)
        programme, _ = load_programme_with_places(path)
        for mutant in _mutants(path):
            changed = mutant.programme
            if changed is not None:
                assert (
                    changed.eligible,
                    changed.parameters,
                    changed.outcomes,
                    changed.absences,
                ) != (
                    programme.eligible,
                    programme.parameters,
                    programme.outcomes,
                    programme.absences,
                ), mutant


def test_every_mutant_says_where_it_stands(tmp_path: Path) -> None:
    path = write_person(tmp_path)
    lines = path.read_text(encoding="utf-8").splitlines()
    shown = {
        "value of a parameter": "20,",
        "rule for absence": "ineligible",
        "amount": "10000}",
        "outcome left out": "{name: full",
        "condition left out": "tax.income <= params.limit",
    }
    for mutant in _mutants(path):
        file, line, column = mutant.where.rsplit(":", 2)
        assert file == str(path)
        there = lines[int(line) - 1][int(column) - 1 :]
        if mutant.what in shown:
            assert there.startswith(shown.pop(mutant.what)), mutant
    assert shown == {}


def test_a_condition_may_be_left_out_with_all_it_speaks_of(tmp_path: Path) -> None:
    left_out = [m for m in _mutants(write_person(tmp_path)) if m.what == "condition left out"]
    assert [mutant.before for mutant in left_out] == [
        "tax.income <= params.limit",
        'welfare.kind in ["physical", "mental"]',
    ]
    assert all(mutant.programme is not None for mutant in left_out)


def test_what_the_language_refuses_is_no_programme(tmp_path: Path) -> None:
    # A count of no members says nothing.
    refused = [mutant for mutant in _mutants(write_household(tmp_path)) if mutant.programme is None]
    assert [mutant.after for mutant in refused] == [
        "members.filter(m, m.welfare.grade in [1, 2]).size() >= 0"
    ]


OTHERS: dict[str, tuple[ParameterValue, set[str]]] = {
    "a number": (3, {"2", "4"}),
    "a boolean": (True, {"false"}),
    "a word": ("b", {"a", "c"}),
    "a day": (date(2026, 3, 1), {"2026-02-28", "2026-03-02"}),
    "a table": (ParameterTable(1, (10, 20)), {"9", "11", "19", "21"}),
}


@pytest.mark.parametrize("case", OTHERS)
def test_a_value_becomes_its_neighbours(case: str) -> None:
    value, expected = OTHERS[case]
    assert {other.after for other in other_values(value, ("a", "b", "c"))} == expected


def test_one_entry_of_a_table_changes_at_a_time() -> None:
    found = [(other.entry, other.value) for other in other_values(ParameterTable(1, (10, 20)), ())]
    assert found[0] == (1, ParameterTable(1, (9, 20)))
    assert found[3] == (2, ParameterTable(1, (10, 21)))
