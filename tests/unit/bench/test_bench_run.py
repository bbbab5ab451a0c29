"""The command on sets of which nothing is measured; a real one is in the integration tests."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bench.command import app
from bench.environment import environment
from bench.journal import Begun, Finished, keeping
from bench.results_file import read_results
from bench.scenario_file import load_scenarios
from matcher.core.errors import FusumaError
from tests.bench_results import measurement

HEAD = "benchmark: mine\nseed: 7\nprice: {amount: 0.05, currency: USD}\nscenarios:\n"
REFUSED = "  - {series: s, scheme: paillier, predicate: any, subjects: 5}\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(HEAD + REFUSED)
    return path


def called(file: Path | str, output: Path, *more: str) -> Result:
    return CliRunner().invoke(
        app, ["run", "--scenarios", str(file), "--output", str(output), *more]
    )


def refused(file: Path | str, output: Path, *more: str) -> FusumaError:
    ended = called(file, output, *more)
    assert isinstance(ended.exception, FusumaError), ended.output
    return ended.exception


def test_a_finished_benchmark_leaves_its_results_and_nothing_else(
    file: Path, tmp_path: Path
) -> None:
    output = tmp_path / "report"
    ended = called(file, output)
    assert ended.exit_code == 0, ended.output
    assert "scenarios measured: 0, not measured: 1," in ended.stdout
    assert sorted(path.name for path in output.iterdir()) == [
        "report.html",
        "results.csv",
        "results.json",
    ]
    found = read_results(output / "results.json")
    assert found.scenario_digest == load_scenarios(str(file)).digest
    assert [one.scenario.name for one in found.not_measured] == ["s/paillier"]


def test_results_are_measured_anew_only_if_asked_for(file: Path, tmp_path: Path) -> None:
    output = tmp_path / "report"
    assert called(file, output).exit_code == 0
    before = (output / "results.json").read_bytes()
    assert "finished benchmark" in refused(file, output).what
    assert (output / "results.json").read_bytes() == before
    assert called(file, output, "--fresh").exit_code == 0


def test_an_interrupted_benchmark_goes_on_and_wrong_verdicts_end_it_with_no(
    file: Path, tmp_path: Path
) -> None:
    file.write_text(file.read_text() + "  - {series: s, scheme: bgv, subjects: 5}\n")
    chosen = load_scenarios(str(file))
    output = tmp_path / "report"
    output.mkdir()
    begun = Begun.of(chosen, environment(dt.datetime.now(dt.UTC)))
    with keeping(output / "journal.jsonl", begun) as journal:
        found = measurement(chosen.scenarios[1], mismatches=3)
        journal.add(Finished("scenario s/bgv", 2.0, found))
    ended = called(file, output)
    assert ended.exit_code == 1, ended.output
    assert "1 step measured already" in ended.stderr
    assert "3 verdicts differ" in ended.stderr
    assert read_results(output / "results.json").measurements == (found,)
    assert not (output / "journal.jsonl").exists()


def test_an_interrupted_benchmark_of_another_file_is_not_gone_on_with(
    file: Path, tmp_path: Path
) -> None:
    output = tmp_path / "report"
    output.mkdir()
    begun = Begun.of(load_scenarios("quick"), environment(dt.datetime.now(dt.UTC)))
    with keeping(output / "journal.jsonl", begun):
        pass
    error = refused(file, output)
    assert "other scenarios" in error.what
    assert "--fresh" in error.fix
    assert called(file, output, "--fresh").exit_code == 0


@pytest.mark.parametrize(
    ("scenarios", "held", "what"),
    [
        pytest.param("defualt", (), "no set of scenarios", id="a name with a typo"),
        pytest.param("quick", ("notes.txt",), "something else", id="a directory of other things"),
    ],
)
def test_a_mistake_is_told_before_anything_is_made(
    tmp_path: Path, scenarios: str, held: tuple[str, ...], what: str
) -> None:
    output = tmp_path / "report"
    if held:
        output.mkdir()
    for name in held:
        (output / name).touch()
    assert what in refused(scenarios, output).what
    assert {path.name for path in tmp_path.rglob("*")} - {"report"} == set(held)


def test_what_draws_pages_is_asked_for_first(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.report.page.find_spec", lambda _: None)
    assert ".[report]" in refused(file, tmp_path / "report").fix
    assert not (tmp_path / "report").exists()


def test_ended_before_anything_is_measured_says_that_nothing_is_kept(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.running.planned", lambda _: 1 / 0)
    ended = called(file, tmp_path / "report")
    assert isinstance(ended.exception, ZeroDivisionError)
    assert "nothing of mine is measured yet; the same command begins again" in ended.stderr


def test_a_command_with_a_typo_is_named() -> None:
    ended = CliRunner().invoke(app, ["rum"])
    assert ended.exit_code == 2
    assert "Did you mean 'run'?" in ended.output
