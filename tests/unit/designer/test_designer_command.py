from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from clients.designer.command import app
from matcher.core.errors import (
    DegeneratePredicate,
    FusumaError,
    InvalidConfiguration,
    InvalidPredicate,
    ProgrammeNotValid,
    UnsupportedPredicate,
)
from programmes import programme_path

SUPPORT = programme_path("city/support")
RELIEF = programme_path("city/relief")
DAY = "2026-06-01"
MIXED = """\
programme: city/mixed
version: "1"
catalogue: city
title: {en: Mixed}
requester: city-benefits
affair: support
unit: household
valid: {from: 2026-04-01, to: 2027-03-31}
# What one agency cannot answer alone.
eligible: >-
  members.all(m, m.tax.income_bracket <= 3) &&
  members.exists(m, m.tax.income_bracket == 1 && m.welfare.disability_grade >= 1)
"""


def _run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("catalogue.yaml", "support.yaml", "grants.yaml"):
        shutil.copy(SUPPORT.parent / name, tmp_path / name)
    return tmp_path


def _edit(path: Path, old: str, new: str) -> Path:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_a_shipped_programme_is_fine() -> None:
    result = _run("check", SUPPORT, "--date", DAY)
    assert result.exit_code == 0
    assert "fine" in result.output
    assert "bgv with attribute columns: plan " in result.output


def test_check_writes_json_for_machines() -> None:
    result = _run("check", SUPPORT, "--date", DAY, "--json")
    report = json.loads(result.output)
    assert report["fine"] is True
    assert len(report["tests"]) == 7
    assert all(test["passed"] for test in report["tests"])
    plans = {(plan["scheme"], plan["columns"]): plan for plan in report["plans"]}
    assert len(plans) == len(report["plans"]) == 9
    assert plans["bgv", "attribute"]["parameters"] == "bgv-8192-104"
    assert plans["enclave", "value"]["parameters"] is None
    assert report["law"]["missing"] == []
    assert [row["items"] for row in report["law"]["used"]] == [
        ["tax.income_bracket"],
        ["welfare.disability_grade"],
    ]


def test_an_example_that_differs_is_status_1(folder: Path) -> None:
    path = _edit(folder / "support.yaml", "expect: ineligible", "expect: eligible")
    result = _run("check", path, "--date", DAY)
    assert result.exit_code == 1
    assert "differs" in result.output
    assert "not ready to run" in result.output


def test_a_test_is_decided_on_its_own_day(folder: Path) -> None:
    path = _edit(folder / "support.yaml", "{2026-04-01: 3}", "{2026-04-01: 3, 2026-10-01: 4}")
    _edit(
        path, "- name: one bracket too high", "- name: one bracket too high\n    date: 2026-09-30"
    )
    for day in (DAY, "2026-10-01"):
        result = _run("check", path, "--date", day)
        assert result.exit_code == 0, result.output
        assert "one bracket too high (2026-09-30)" in result.output
    tests = json.loads(_run("check", path, "--date", "2026-10-01", "--json").output)["tests"]
    assert {test["date"] for test in tests} == {"2026-09-30", "2026-10-01"}
    _edit(path, "date: 2026-09-30", "date: 2026-10-01")
    assert _run("check", path, "--date", DAY).exit_code == 1


def test_missing_grants_are_printed_as_rows_to_add(folder: Path) -> None:
    path = folder / "support.yaml"
    _edit(folder / "grants.yaml", "provider: welfare", "provider: welfare-north")
    result = _run("check", path, "--date", DAY)
    assert result.exit_code == 1
    assert "    provider: welfare\n    items: [welfare.disability_grade]\n" in result.output
    fixed = _run("check", path, "--date", DAY, "--provider", "welfare=welfare-north")
    assert fixed.exit_code == 0


def test_without_a_legal_table_every_row_is_missing(folder: Path) -> None:
    (folder / "grants.yaml").unlink()
    report = json.loads(_run("check", folder / "support.yaml", "--date", DAY, "--json").output)
    assert [(row["provider"], row["items"][0]["item"]) for row in report["law"]["missing"]] == [
        ("tax", "tax.income_bracket"),
        ("welfare", "welfare.disability_grade"),
    ]
    assert all(row["items"][0]["refusal"] == "none" for row in report["law"]["missing"])


def test_another_legal_table_may_be_named(folder: Path) -> None:
    moved = folder / "law.yaml"
    (folder / "grants.yaml").rename(moved)
    assert _run("check", folder / "support.yaml", "--date", DAY, "--grants", moved).exit_code == 0


def test_a_plan_one_kind_of_column_cannot_carry_is_reported(folder: Path) -> None:
    _edit(folder / "catalogue.yaml", "domain: [0, 7]", "domain: [0, 7]\n    bands: [4, 7]")
    result = _run("check", folder / "support.yaml", "--date", DAY)
    assert result.exit_code == 0
    assert "bgv, bfv, ckks, paillier with attribute columns: not possible" in result.output
    assert "cuts through the class 0 to 4" in result.output


def test_a_degenerate_programme_is_an_error(folder: Path) -> None:
    path = _edit(folder / "support.yaml", "{2026-04-01: 3}", "{2026-04-01: 7}")
    result = _run("check", path, "--date", DAY)
    assert isinstance(result.exception, DegeneratePredicate)


def test_a_misspelt_attribute_is_an_error_with_its_place(folder: Path) -> None:
    path = _edit(folder / "support.yaml", "tax.income_bracket <=", "tax.income_braket <=")
    result = _run("check", path)
    assert isinstance(result.exception, InvalidPredicate)
    assert "did you mean tax.income_bracket?" in str(result.exception)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("--date", "tomorrow"), InvalidConfiguration),
        (("--date", "2027-04-01"), ProgrammeNotValid),
        (("--provider", "tax"), InvalidConfiguration),
        (("--provider", "tax=Tax Office"), InvalidConfiguration),
        (("--provider", "taxes=tax"), InvalidConfiguration),
        (("--agencies", "tax"), InvalidConfiguration),
        (("--agencies", "tax=two"), InvalidConfiguration),
        (("--agencies", "tax=0"), InvalidConfiguration),
        (("--agencies", "tax=17"), InvalidConfiguration),
        (("--agencies", "tax=2", "--agencies", "tax=3"), InvalidConfiguration),
        (("--agencies", "taxes=2"), InvalidConfiguration),
    ],
)
def test_bad_options_are_errors_that_name_the_option(
    arguments: tuple[str, ...], error: type[FusumaError]
) -> None:
    found = _run("check", SUPPORT, *arguments).exception
    assert isinstance(found, error)
    assert found.where == arguments[0]
    assert found.fix


@pytest.mark.parametrize(
    "command", ["check", "explain", "plan", "test", "mutate", "simulate", "assess"]
)
def test_every_command_refuses_a_day_outside_the_validity(command: str) -> None:
    found = _run(command, SUPPORT, "--date", "2026-03-31").exception
    assert isinstance(found, ProgrammeNotValid)
    assert found.where == "--date"
    assert found.fix == "it holds from 2026-04-01 until 2027-03-31"


@pytest.mark.parametrize(
    "command",
    [("plan",), ("test", "--scheme", "bgv"), ("assess",), ("plan", "--columns", "attribute")],
)
def test_what_a_scheme_cannot_carry_is_placed_in_the_file(
    folder: Path, command: tuple[str, ...]
) -> None:
    path = folder / "mixed.yaml"
    path.write_text(MIXED, encoding="utf-8")
    name, *options = command
    found = _run(name, path, *options, "--date", DAY).exception
    assert isinstance(found, UnsupportedPredicate)
    line = 12 if "attribute" not in options else 10
    assert found.where.startswith(f"{path}:{line}:")


def test_plan_refuses_columns_that_a_scheme_does_not_have() -> None:
    found = _run("plan", SUPPORT, "--columns", "value", "--date", DAY).exception
    assert isinstance(found, InvalidConfiguration)
    assert found.where == "--columns"


def test_explain_says_who_is_eligible_in_english() -> None:
    output = _run("explain", SUPPORT, "--date", DAY).output
    assert "Support for low-income residents with a severe disability" in output
    assert "  - all of these hold:\n    - Income-tax bracket is at most 3\n" in output
    assert "Disability certificate grade is 1 or 2" in output
    assert "the verdict is undetermined" in output


def test_explain_says_who_is_eligible_in_japanese() -> None:
    output = _run("explain", RELIEF, "--lang", "ja", "--date", DAY).output
    assert "次のいずれかを満たす" in output
    assert "2026年6月1日現在、次のとき対象者となります" in output
    assert "「所得税率区分」が0である" in output
    assert "「障害等級」が1、2のいずれかである" in output


def test_explain_says_what_absence_stands_for() -> None:
    output = _run("explain", programme_path("benchmark/support")).output
    assert "Where tax has no value for “Income-tax bracket”, 0 is assumed." in output


def test_explain_writes_json() -> None:
    answer = json.loads(_run("explain", SUPPORT, "--date", DAY, "--json").output)
    assert answer["language"] == "en"
    assert any("at most 3" in line for line in answer["lines"])


def test_plan_shows_questions_formula_parameters_cost_and_leakage() -> None:
    output = _run("plan", RELIEF, "--date", DAY).output
    assert "tax.income_bracket == 0" in output
    assert "c0 * c2" in output
    assert "128 bits of security" in output
    assert "multiplications nested 1 deep" in output
    assert "who learns what" in output


def test_plan_of_one_hot_columns_shows_selections() -> None:
    output = _run("plan", SUPPORT, "--columns", "attribute", "--date", DAY).output
    assert "(1 - c0 - c1 - c2 - c3) + (1 - c10 - c11)" in output


def test_plan_of_an_enclave_takes_values() -> None:
    output = _run("plan", SUPPORT, "--scheme", "enclave", "--date", DAY).output
    assert "enclave, value columns" in output
    assert "made inside the enclave" in output


def test_plan_writes_json() -> None:
    answer = json.loads(_run("plan", SUPPORT, "--date", DAY, "--json").output)
    assert set(answer) == {"digest", "plan", "cost", "leakage"}
    assert len(answer["digest"]) == 64


def test_the_first_day_counts_where_today_is_outside(folder: Path) -> None:
    path = _edit(
        folder / "support.yaml",
        "{from: 2026-04-01, to: 2027-03-31}",
        "{from: 1999-04-01, to: 1999-12-31}",
    )
    _edit(path, "{2026-04-01: 3}", "{1999-01-01: 3}")
    answer = json.loads(_run("plan", path, "--json").output)
    assert answer["plan"]["reference_date"] == "1999-04-01"


TURNS = {
    "a later value that everybody meets": (
        "{2026-04-01: 3, 2026-10-01: 7}",
        "2026-10-01",
        "tax.income_bracket <= 7 always holds",
    ),
    "no value on the first day": (
        "{2026-05-01: 3}",
        "2026-04-01",
        "the parameter top_bracket has no value on 2026-04-01",
    ),
}


@pytest.mark.parametrize("case", TURNS)
def test_a_rule_that_cannot_be_run_on_another_day_is_not_ready(folder: Path, case: str) -> None:
    dated, turn, reason = TURNS[case]
    path = _edit(folder / "support.yaml", "{2026-04-01: 3}", dated)
    result = _run("check", path, "--date", DAY)
    assert result.exit_code == 1
    assert f"from {turn} on: {reason}" in result.output
    report = json.loads(_run("check", path, "--date", DAY, "--json").output)
    assert [(row["date"], reason in row["reason"]) for row in report["obstacles"]] == [(turn, True)]
    assert report["fine"] is False


@pytest.mark.parametrize(
    "dated", ["{2026-04-01: 3, 2026-10-01: 4}", "{2026-04-01: 3, 2027-04-01: 7}"]
)
def test_later_values_that_work_or_come_too_late_are_no_obstacle(folder: Path, dated: str) -> None:
    path = _edit(folder / "support.yaml", "{2026-04-01: 3}", dated)
    assert _run("check", path, "--date", DAY).exit_code == 0


def test_plan_takes_several_agencies_of_a_role() -> None:
    answer = json.loads(
        _run("plan", SUPPORT, "--agencies", "tax=2", "--date", DAY, "--json").output
    )
    assert {question["role"] for question in answer["plan"]["questions"]} == {"tax", "welfare"}
    assert len(answer["plan"]["questions"]) == 3


def test_a_scheme_that_has_to_carry_it_and_cannot_is_status_1() -> None:
    assert _run("check", RELIEF, "--date", DAY, "--scheme", "bgv").exit_code == 0
    result = _run("check", RELIEF, "--date", DAY, "--scheme", "paillier")
    assert result.exit_code == 1
    assert "paillier with decision and attribute columns: not possible: tax." in result.output
    assert "Paillier's scheme adds" in result.output
    assert "bgv with" not in result.output


def test_a_plan_may_name_its_parameters() -> None:
    result = _run("plan", SUPPORT, "--date", DAY, "--parameters", "bgv-8192-168")
    assert "parameters bgv-8192-168: 128 bits of security" in result.output
    wrong = _run("plan", SUPPORT, "--date", DAY, "--parameters", "bgv-8192-16")
    assert isinstance(wrong.exception, InvalidConfiguration)
    assert wrong.exception.fix == "did you mean bgv-8192-168?"
    other = _run("plan", SUPPORT, "--scheme", "paillier", "--parameters", "bgv-8192-168")
    assert isinstance(other.exception, InvalidConfiguration)
    assert "it is one of bgv" in other.exception.what
