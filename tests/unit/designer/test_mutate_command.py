from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from clients.designer.command import app
from matcher.language import load_programme
from tests.designer_files import write_household, write_person


def _mutate(path: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["mutate", str(path), "--date", "2026-06-01", *options])


def test_tests_that_notice_everything_are_status_0(tmp_path: Path) -> None:
    result = _mutate(write_person(tmp_path))
    assert result.exit_code == 0, result.output
    assert "0 are not noticed" in result.output
    assert "these make no difference to anybody:" in result.output
    assert result.output.endswith("all noticed\n")


def test_a_change_that_is_not_noticed_is_status_1_and_shown_with_its_place(tmp_path: Path) -> None:
    path = write_household(tmp_path)
    result = _mutate(path)
    assert result.exit_code == 1
    assert (
        f"  {path}:12:43: member added\n"
        "    it says   m.welfare.grade in [1, 2]\n"
        "    instead   m.welfare.grade in [1, 2, 3]\n"
    ) in result.output


def test_values_that_no_test_sees_are_told(tmp_path: Path) -> None:
    output = _mutate(write_person(tmp_path)).output
    assert "no test sees the value of params.limit from 2026-10-01 on" in output


def test_the_tests_to_paste_notice_what_was_not_noticed(tmp_path: Path) -> None:
    path = write_household(tmp_path)
    report = json.loads(_mutate(path, "--json").output)
    assert len(report["survivors"]) == 2
    with path.open("a", encoding="utf-8") as file:
        for case in report["cases"]:
            file.write(case["yaml"] + "\n")
    assert len(load_programme(path).cases) == 5 + len(report["cases"])
    assert _mutate(path).exit_code == 0


def test_tests_to_paste_are_printed_too(tmp_path: Path) -> None:
    path = write_household(tmp_path)
    report = json.loads(_mutate(path, "--json").output)
    shown = _mutate(path).output
    assert all(case["yaml"] in shown for case in report["cases"])


def test_json_counts_and_names_everything(tmp_path: Path) -> None:
    report = json.loads(_mutate(write_person(tmp_path), "--json").output)
    assert report["programme"] == "town/grant"
    assert report["dates"] == ["2026-06-01"]
    assert report["survivors"] == []
    (equivalent,) = report["equivalent"]
    assert (equivalent["before"], equivalent["after"]) == ("tax.income == 0", "tax.income <= 0")
    assert equivalent["undecided"] is False
    counted = report["noticed"] + report["refused"] + len(report["equivalent"])
    assert report["mutants"] == counted


def test_every_survivor_names_the_case_that_would_notice_it(tmp_path: Path) -> None:
    report = json.loads(_mutate(write_household(tmp_path), "--json").output)
    names = {case["name"] for case in report["cases"]}
    assert {survivor["case"] for survivor in report["survivors"]} == names
