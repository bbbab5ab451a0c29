"""The parity table: what is in it, how it is shown, and what the command says about it."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from rich.console import Console
from typer.testing import CliRunner, Result

from bench.command import app
from bench.parity import (
    MOST_PAILLIER,
    Parity,
    Settings,
    _tasks,
    _together,
    measure_parity,
)
from bench.parity_row import Compared, Difference, Refused, Way
from bench.parity_text import (
    difference_text,
    parity_grid,
    parity_json,
    parity_markdown,
    refusals,
)
from fusuma.harness import Answers, Harness
from matcher.core.errors import InvalidConfiguration, InvalidInput, SchemeRefused
from matcher.core.plan import Plan
from matcher.core.scheme import ColumnKind, Scheme
from programmes import programme_names

WAY = Way("city/support", Scheme.BGV, ColumnKind.DECISION)
DIFFERENT = Difference("2026-04-01", 17, 0, 2)
SETTINGS = Settings(("city/support", "akita/newlywed"), (Scheme.CLEAR, Scheme.BGV), 40, 1, 1)
PARITY = Parity(
    settings=SETTINGS,
    rows=(
        Compared(WAY, ("bgv-8192-104",), 1_040, 0, None),
        Compared(Way("city/support", Scheme.BGV, ColumnKind.ATTRIBUTE), (), 1_040, 2, DIFFERENT),
        Refused(Way("city/support", Scheme.PAILLIER, ColumnKind.DECISION), "a < 1 || b * 2 adds"),
        Refused(Way("city/support", Scheme.PAILLIER, ColumnKind.ATTRIBUTE), "a < 1 || b * 2 adds"),
    ),
    versions={"fusuma": "1.2"},
    seconds=61.4,
)


def quiet(_: str) -> None:
    pass


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["parity", *arguments])


def test_every_programme_scheme_and_kind_of_column_is_a_row() -> None:
    found = measure_parity(SETTINGS, quiet)
    ways = [(row.way.programme, row.way.scheme.value, row.way.kind.value) for row in found.rows]
    assert ways == [
        (programme, scheme, kind)
        for programme in SETTINGS.programmes
        for scheme, kind in [
            ("clear", "decision"),
            ("clear", "value"),
            ("clear", "attribute"),
            ("bgv", "decision"),
            ("bgv", "attribute"),
        ]
    ]
    assert found.mismatches == 0
    assert found.schemes == SETTINGS.schemes
    assert len(found.compared) == 8
    assert found.versions["seal-python"]


def test_worker_processes_find_the_same_and_say_where_they_are() -> None:
    said: list[str] = []
    several = Settings(("city/relief",), (Scheme.CLEAR, Scheme.PAILLIER), 30, 1, 2)
    found = measure_parity(several, said.append)
    assert found.rows == measure_parity(replace(several, workers=1), quiet).rows
    # A row that is decided in parts is refused once.
    assert len(said) == len(found.rows) == 5
    assert found.schemes == (Scheme.CLEAR,)


def test_parts_of_a_row_are_added_up() -> None:
    later = replace(DIFFERENT, subject=18)
    one = Compared(WAY, ("a",), 10, 1, later)
    other = Compared(WAY, ("b", "a"), 5, 2, DIFFERENT)
    assert _together(one, other) == Compared(WAY, ("a", "b"), 15, 3, DIFFERENT)
    assert _together(None, one) == one


def test_only_as_many_random_subjects_as_paillier_can_bear_are_encrypted_one_by_one() -> None:
    way = replace(WAY, scheme=Scheme.PAILLIER)
    many = replace(SETTINGS, subjects=100_000, workers=2)
    tasks = list(_tasks(way, many))
    assert {(task.subjects, task.drawn) for task in tasks} == {(MOST_PAILLIER, 100_000)}
    assert [task.part for task in tasks] == list(range(tasks[0].parts))
    assert [task.subjects for task in _tasks(WAY, many)] == [100_000]
    assert {task.subjects for task in _tasks(way, SETTINGS)} == {40}


def test_the_report_has_the_total_the_schemes_and_the_rows() -> None:
    report = parity_json(PARITY)
    assert (report["mismatches"], report["cases"]) == (2, 2_080)
    assert report["schemes"] == ["bgv"]
    assert (report["subjects"], report["seed"], report["seconds"]) == (40, 1, 61.4)
    rows = report["rows"]
    assert isinstance(rows, list)
    assert rows[0] == {
        "programme": "city/support",
        "scheme": "bgv",
        "columns": "decision",
        "cases": 1_040,
        "mismatches": 0,
        "parameters": "bgv-8192-104",
    }
    assert rows[1]["first_mismatch"]["expected"] == "eligible (0)"
    assert rows[2]["refused"] == "a < 1 || b * 2 adds"
    json.dumps(report)


def test_markdown_has_the_table_and_every_reason_once() -> None:
    lines = parity_markdown(PARITY).splitlines()
    assert "2 mismatches in 2,080 cases: 2 rows decided, 2 refused" in lines[2]
    table = [line for line in lines if line.startswith("| city")]
    assert len(table) == 4
    assert table[2] == "| city/support | paillier | decision | – | – | refused (1) |"
    # Conditions are full of what Markdown takes for its own.
    assert [line for line in lines if line.startswith("1. ")] == [r"1. a &lt; 1 \|\| b \* 2 adds"]
    assert "Decided in 61 seconds with fusuma 1.2, and written by" in lines
    assert lines[-1] == (
        "`fusuma bench parity --subjects 40 --seed 1 --programmes city/support "
        "--programmes akita/newlywed --schemes clear --schemes bgv --markdown FILE`."
    )


def test_markdown_of_everything_asks_for_nothing_by_name() -> None:
    everything = replace(SETTINGS, programmes=programme_names(), schemes=tuple(Scheme))
    written = parity_markdown(replace(PARITY, settings=everything))
    assert written.endswith("`fusuma bench parity --subjects 40 --seed 1 --markdown FILE`.\n")


def test_a_terminal_shows_every_reason_once() -> None:
    written = io.StringIO()
    Console(file=written, width=80).print(parity_grid(PARITY))
    assert written.getvalue().count("refused (1)") == 2
    assert "bgv-8192-104" in written.getvalue()
    assert refusals(PARITY) == ("a < 1 || b * 2 adds",)


def test_a_mismatch_is_a_sentence() -> None:
    row = PARITY.compared[1]
    assert difference_text(row, DIFFERENT) == (
        "city/support, bgv, attribute columns: subject 17 on 2026-04-01 is undetermined (2), "
        "by the rule eligible (0)"
    )


def test_the_command_writes_report_and_table(tmp_path: Path) -> None:
    report, table = tmp_path / "parity.json", tmp_path / "parity.md"
    ended = _run(
        *("--subjects", "40", "--programmes", "city/support", "--schemes", "bgv"),
        *("--workers", "1", "--report", str(report), "--markdown", str(table)),
    )
    assert ended.exit_code == 0, ended.output
    assert "0 mismatches" in ended.stdout
    assert json.loads(report.read_text(encoding="utf-8"))["mismatches"] == 0
    assert "| city/support | bgv | decision | 54 | 0 |" in table.read_text(encoding="utf-8")


def test_a_report_in_md_is_the_table(tmp_path: Path) -> None:
    report = tmp_path / "parity.md"
    chosen = ("--programmes", "city/support", "--schemes", "clear", "--workers", "1")
    assert _run("--subjects", "1", *chosen, "--report", str(report)).exit_code == 0
    assert report.read_text(encoding="utf-8").startswith("# One answer under every scheme\n")


def test_a_mismatch_is_status_1(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(_: Harness, plan: Plan, answers: Answers) -> NDArray[np.uint8]:  # noqa: ARG001
        return np.full(len(answers[0]), 2, dtype=np.uint8)

    monkeypatch.setattr(Harness, "decide", wrong)
    ended = _run("--subjects", "9", "--programmes", "city/support", "--workers", "1")
    assert ended.exit_code == 1
    assert "subject 0 on 2026-04-01 is undetermined (2)" in ended.stdout


def test_nothing_decided_is_status_1() -> None:
    chosen = ("--programmes", "city/relief", "--schemes", "paillier", "--workers", "1")
    ended = _run("--subjects", "1", *chosen)
    assert ended.exit_code == 1
    assert "cannot multiply" in ended.stdout


@pytest.mark.parametrize(
    "arguments",
    [("--subjects", "0"), ("--subjects", "1000001"), ("--schemes", "bvg"), ("--seed", "-1")],
    ids=["nobody", "too many", "no scheme", "negative seed"],
)
def test_wrong_options_are_refused(arguments: tuple[str, ...]) -> None:
    assert _run(*arguments).exit_code == 2


def test_an_unknown_programme_is_refused_with_the_nearest() -> None:
    ended = _run("--programmes", "city/suport")
    assert isinstance(ended.exception, InvalidConfiguration)
    assert "did you mean city/support?" in str(ended.exception)


def test_a_scheme_that_is_asked_for_and_not_installed_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("matcher.schemes.installed.find_spec", lambda _: None)
    ended = _run("--schemes", "paillier")
    assert isinstance(ended.exception, SchemeRefused)
    assert ".[paillier]" in ended.exception.fix


@pytest.mark.parametrize("option", ["--report", "--markdown"])
def test_where_a_report_cannot_go_is_said_before_the_work(option: str, tmp_path: Path) -> None:
    ended = _run(option, str(tmp_path / "nowhere" / "parity.json"))
    assert isinstance(ended.exception, InvalidInput)
    assert "no such directory" in str(ended.exception)
