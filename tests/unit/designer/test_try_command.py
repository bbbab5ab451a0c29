from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from clients.designer import command
from fusuma.programme_command import app
from matcher.core.errors import InvalidConfiguration, SchemeRefused, UnsupportedPredicate
from matcher.language import load_programme
from tests.designer_files import write_household, write_person

DAY = "2026-06-01"


def _test(path: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["test", str(path), *options])


def test_tests_that_come_out_as_expected_are_status_0(tmp_path: Path) -> None:
    result = _test(write_person(tmp_path))
    assert result.exit_code == 0, result.output
    assert "all as expected" in result.output


def test_a_test_that_differs_is_status_1_and_shows_what_comes_out(tmp_path: Path) -> None:
    path = write_person(tmp_path, ("expect: ineligible", "expect: undetermined"))
    result = _test(path)
    assert result.exit_code == 1
    assert "not as expected" in result.output
    assert "ineligible" in result.output


@pytest.mark.parametrize(
    ("scheme", "columns"),
    [
        ("clear", "decision"),
        ("bgv", "decision"),
        ("bfv", "decision"),
        ("ckks", "decision"),
        ("enclave", "value"),
    ],
)
def test_every_scheme_is_compared_with_the_rule(tmp_path: Path, scheme: str, columns: str) -> None:
    result = _test(write_household(tmp_path), "--scheme", scheme, "--json")
    report = json.loads(result.output)
    assert result.exit_code == 0
    assert report["passed"] is True
    assert report["ways"] == [{"scheme": scheme, "columns": columns}]
    for test in report["tests"]:
        (way,) = test["ways"]
        assert way["agrees"] is True
        assert way["decided"] == test["decided"]


def test_json_says_what_was_expected_and_what_came_out(tmp_path: Path) -> None:
    report = json.loads(_test(write_person(tmp_path), "--json").output)
    assert report["programme"] == "town/grant"
    first = report["tests"][0]
    assert (first["name"], first["date"], first["passed"]) == ("no income", DAY, True)
    assert first["expected"] == first["decided"]
    assert first["decided"] == {"verdict": "eligible", "outcome": "full", "amount": 10000}
    assert report["limits"] == []


def test_limits_are_shown_with_the_change_marked(tmp_path: Path) -> None:
    result = _test(write_person(tmp_path), "--boundaries", "--date", DAY)
    assert result.exit_code == 0
    shown = result.output.partition("tax.income <= 20\n")[2].splitlines()
    assert shown[:6] == [
        "  one below the limit: {tax.income: 19, welfare.kind: physical}",
        "      eligible, half, JPY 5,000 a year",
        "  at the limit: {tax.income: 20, welfare.kind: physical}",
        "      eligible, half, JPY 5,000 a year",
        "  one above the limit: {tax.income: 21, welfare.kind: physical}",
        "      ineligible ← changes here",
    ]


def test_limits_are_run_under_every_scheme(tmp_path: Path) -> None:
    path = write_household(tmp_path)
    options = ("--scheme", "bgv", "--scheme", "enclave", "--boundaries", "--json")
    report = json.loads(_test(path, *options).output)
    assert [limit["comparison"] for limit in report["limits"]] == [
        "m.tax.taxed != true",
        "m.welfare.grade in [1, 2]",
    ]
    for limit in report["limits"]:
        assert any(case["changes"] for case in limit["cases"])
        for case in limit["cases"]:
            assert [way["agrees"] for way in case["ways"]] == [True, True]


def test_limits_as_yaml_are_tests_that_pass(tmp_path: Path) -> None:
    for write in (write_person, write_household):
        path = write(tmp_path)
        result = _test(path, "--boundaries", "--yaml", "--date", DAY)
        assert result.exit_code == 0
        head = path.read_text(encoding="utf-8").partition("tests:")[0]
        path.write_text(head + result.output, encoding="utf-8")
        assert load_programme(path).cases
        assert _test(path).exit_code == 0


def test_a_programme_without_tests_says_so(tmp_path: Path) -> None:
    path = write_person(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").partition("tests:")[0], encoding="utf-8")
    result = _test(path)
    assert result.exit_code == 0
    assert "no tests" in result.output


def test_a_scheme_that_cannot_carry_the_programme_is_refused(tmp_path: Path) -> None:
    result = _test(write_person(tmp_path), "--scheme", "bgv", "--columns", "attribute")
    assert isinstance(result.exception, UnsupportedPredicate)


@pytest.mark.parametrize(
    "options", [("--yaml",), ("--scheme", "enclave", "--columns", "decision"), ("--date", "x")]
)
def test_options_that_do_not_go_together_are_refused(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    result = _test(write_person(tmp_path), *options)
    assert isinstance(result.exception, InvalidConfiguration)


def test_what_cannot_evaluate_blindly_refuses_to_pretend(tmp_path: Path) -> None:
    path = str(write_person(tmp_path))
    result = CliRunner().invoke(command.app, ["test", path, "--scheme", "bgv"])
    assert isinstance(result.exception, InvalidConfiguration)
    assert "nothing here can carry out a plan" in str(result.exception)


def test_a_check_loads_neither_a_network_nor_an_evaluator(tmp_path: Path) -> None:
    path = write_person(tmp_path)
    script = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from fusuma.programme_command import app\n"
        f"CliRunner().invoke(app, ['check', {str(path)!r}])\n"
        "heavy = {'seal', 'grpc', 'matplotlib', 'enclave_sim', 'pyarrow'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_a_scheme_that_only_adds_is_tried_where_it_carries_the_rule(tmp_path: Path) -> None:
    path = write_person(tmp_path)
    # One worked example: every slot costs an exponentiation, for each column and output.
    head, _, tests = path.read_text(encoding="utf-8").partition("tests:\n")
    path.write_text(head + "tests:\n" + "  - " + tests.split("  - ")[1], encoding="utf-8")
    report = json.loads(_test(path, "--scheme", "paillier", "--json").output)
    assert report["passed"] is True
    assert [way["scheme"] for way in report["tests"][0]["ways"]] == ["paillier"]


@pytest.mark.usefixtures("without_paillier")
def test_a_scheme_that_is_not_installed_says_what_to_install(tmp_path: Path) -> None:
    error = _test(write_person(tmp_path), "--scheme", "paillier").exception
    assert isinstance(error, SchemeRefused)
    assert error.fix == "install fusuma with the extra, in its folder: pip install '.[paillier]'"
