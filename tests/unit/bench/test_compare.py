"""Comparing matches what is the same, and calls a change only what the spread does not explain."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.command import app
from bench.compare import Change, compare
from bench.compare_text import conclusion
from bench.results import Measurement, Results
from bench.results_file import write_results
from bench.spread import Spread
from matcher.core.errors import InvalidConfiguration, InvalidFile, InvalidInput
from matcher.core.scheme import Scheme
from tests.bench_results import measurement, results, scenario


def timed(*seconds: float, **changes: object) -> Measurement:
    found = measurement(replace(scenario(), **changes))  # type: ignore[arg-type]
    spread = Spread.of(seconds)
    return replace(
        found,
        seconds=dict.fromkeys(found.seconds, spread),
        cpu_seconds=dict.fromkeys(found.cpu_seconds, spread),
    )


@pytest.mark.parametrize(
    ("first", "second", "change"),
    [
        pytest.param((1.0, 1.1, 1.2), (1.3, 1.4, 1.5), Change.MORE, id="all above"),
        pytest.param((1.3, 1.4, 1.5), (1.0, 1.1, 1.2), Change.LESS, id="all below"),
        pytest.param((1.0, 1.1, 1.2), (1.1, 1.5, 1.6), Change.WITHIN_SPREAD, id="overlap"),
        pytest.param((1.0,), (9.0, 9.0), Change.ONE_RUN, id="one run of the first"),
        pytest.param((1.0, 1.0), (9.0,), Change.ONE_RUN, id="one run of the second"),
        pytest.param((0.0, 0.0), (0.0, 0.0), Change.WITHIN_SPREAD, id="nothing to divide by"),
    ],
)
def test_a_change_is_larger_than_the_spread(
    first: tuple[float, ...], second: tuple[float, ...], change: Change
) -> None:
    (match,) = compare(results(timed(*first)), results(timed(*second))).matches
    assert match.seconds.change is change
    assert match.cpu.change is change


def test_the_ratio_is_the_second_over_the_first() -> None:
    (match,) = compare(results(timed(2.0, 2.0)), results(timed(3.0, 3.0))).matches
    assert match.seconds.interval is not None
    assert match.seconds.interval.middle == 1.5


def test_bytes_of_all_directions_are_compared() -> None:
    first = timed(1.0, 1.0)
    second = replace(first, bytes_down=first.bytes_down + first.bytes_up + 250_000 + 98_304)
    (match,) = compare(results(first), results(second)).matches
    assert match.bytes.change is Change.MORE
    assert match.bytes.interval is not None
    assert match.bytes.interval.middle == pytest.approx(2.0)


def test_a_scenario_is_matched_by_what_it_is_and_not_by_its_name() -> None:
    first = results(timed(1.0, 1.0), timed(5.0, 5.0, name="more", subjects=2000))
    second = results(
        timed(5.0, 5.0, name="renamed", subjects=2000, repeats=9),
        timed(1.0, 1.0, name="other", scheme=Scheme.CLEAR),
    )
    found = compare(first, second)
    ((match),) = found.matches
    assert (match.first.scenario.name, match.second.scenario.name) == ("more", "renamed")
    assert found.only_first == ("subjects/bgv/1000",)
    assert found.only_second == ("other",)


def test_a_scenario_that_is_there_twice_is_matched_in_order() -> None:
    first = results(timed(1.0, 1.0), timed(2.0, 2.0, name="again"))
    found = compare(first, results(timed(1.0, 1.0), timed(2.0, 2.0, name="again")))
    middles = [m.seconds.interval.middle for m in found.matches if m.seconds.interval]
    assert middles == [1.0, 1.0]
    assert not found.only_second


def test_peers_are_compared_for_each_subject() -> None:
    first = results()
    (peer,) = (one for one in first.peers if one.peer == "tenseal")
    twice = replace(first, peers=(replace(peer, subjects=10),))  # type: ignore[arg-type]
    found = compare(first, twice)
    (match,) = found.peers
    assert match.seconds.interval is not None
    assert match.seconds.interval.middle == 2.0
    assert compare(first, replace(first, peers=())).only_first == ("tenseal",)


def other_machine(found: Results) -> Results:
    environment = replace(
        found.environment, cpu="Another", cores=8, versions={"fusuma": "0.2.0", "phe": "1.5.0"}
    )
    return replace(found, environment=environment, seed=7, scenario_digest="cd" * 32)


def test_what_else_differs_is_warned_about() -> None:
    found = compare(results(), other_machine(results()))
    assert found.warnings == (
        "the processor differs: A processor, then Another",
        "the number of cores differs: 2, then 8",
        "the seed differs: 1947, then 7",
        "the scenario file differs: abababababab, then cdcdcdcdcdcd",
        "the version of fusuma differs: 0.1.0, then 0.2.0",
        "the version of numpy differs: 2.1.0, then none",
        "the version of phe differs: none, then 1.5.0",
    )
    assert not compare(results(), results()).warnings


def test_wrong_verdicts_are_warned_about() -> None:
    wrong = results(measurement(scenario(), mismatches=2))
    assert compare(results(), wrong).warnings == (
        "in the second, 2 verdicts differ from the plaintext reference",
    )


def test_chance_is_counted() -> None:
    three = results(timed(1.0, 2.0, 3.0), timed(1.0, 1.0, 1.0, name="b", subjects=5))
    # Two scenarios, each with 2 of 20 orders.
    assert compare(three, three).by_chance == pytest.approx(0.2)
    assert compare(results(timed(1.0)), results(timed(1.0))).by_chance == 0


@pytest.mark.parametrize(
    ("runs", "said"),
    [(3, "; by chance alone about 0.1 scenarios would"), (6, "; by chance alone fewer than 0.1")],
)
def test_chance_is_said_in_scenarios(runs: int, said: str) -> None:
    found = results(timed(*(1.0 + number for number in range(runs))))
    assert said in conclusion(compare(found, found))


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    write_results(results(timed(1.0, 1.1, 1.2), timed(1.0, name="[red]once", subjects=3)), first)
    changed = results(timed(2.0, 2.1, 2.2), timed(1.0, name="[red]once", subjects=3))
    write_results(other_machine(changed), second)
    return str(first), str(second)


def test_the_command_says_what_changed(files: tuple[str, str]) -> None:
    done = CliRunner().invoke(app, ["compare", *files])
    assert done.exit_code == 0, done.output
    assert "warning: the processor differs" in done.stdout
    assert "1.91× (1.67–2.20) ▲ more" in done.stdout
    assert "1.00× (one run)" in done.stdout
    assert "[red]once" in done.stdout
    assert "scenarios in both: 2; end to end: 1 slower, 1 with one run only" in done.stdout


def test_the_command_gives_json(files: tuple[str, str]) -> None:
    done = CliRunner().invoke(app, ["compare", *files, "--json"])
    found = json.loads(done.stdout)
    changed, once = found["scenarios"]
    assert changed["seconds"]["change"] == "more"
    assert changed["seconds"]["low"] == pytest.approx(2.0 / 1.2)
    assert (once["seconds"]["change"], once["seconds"]["low"]) == ("one run only", None)
    assert len(found["warnings"]) == 7


def test_one_file_is_not_compared_with_itself(files: tuple[str, str], tmp_path: Path) -> None:
    link = tmp_path / "link.json"
    link.symlink_to(files[0])
    for other in (files[0], str(link)):
        done = CliRunner().invoke(app, ["compare", files[0], other])
        assert isinstance(done.exception, InvalidInput)
        assert "the same file" in str(done.exception)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param('{"format": 1,\n  oops}', "bad.json:2:3: this is not JSON", id="not JSON"),
        pytest.param('{"benchmark": "e2e"}', "not the results of a benchmark", id="not ours"),
        pytest.param('{"format": 99, "results": {}}', "format 99", id="another version"),
        pytest.param('{"format": 1, "results": {}}', "is missing", id="incomplete"),
    ],
)
@pytest.mark.parametrize("command", ["compare", "report"])
def test_a_bad_file_is_named(
    files: tuple[str, str], tmp_path: Path, command: str, content: str, said: str
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text(content)
    output = tmp_path / "report.html"
    rest = [files[0]] if command == "compare" else ["--output", str(output)]
    done = CliRunner().invoke(app, [command, str(bad), *rest])
    assert isinstance(done.exception, InvalidFile)
    assert said in str(done.exception)
    assert not output.exists()


def test_a_file_that_is_not_there_is_named(files: tuple[str, str], tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["compare", files[0], str(tmp_path / "none.json")])
    assert isinstance(done.exception, InvalidFile)
    assert "none.json" in str(done.exception)


def test_a_report_is_written_again_by_its_ending(files: tuple[str, str], tmp_path: Path) -> None:
    for name, begins in (("again.html", "<!doctype html>"), ("again.CSV", "kind,name")):
        output = tmp_path / name
        done = CliRunner().invoke(app, ["report", files[0], "--output", str(output)])
        assert done.exit_code == 0, done.output
        assert output.read_text(encoding="utf-8").startswith(begins)


@pytest.mark.parametrize(
    ("name", "error"),
    [("report.pdf", InvalidConfiguration), ("none/report.html", InvalidInput)],
)
def test_where_a_report_cannot_go_is_said_first(
    tmp_path: Path, name: str, error: type[Exception]
) -> None:
    done = CliRunner().invoke(app, ["report", "missing.json", "--output", str(tmp_path / name)])
    assert isinstance(done.exception, error)
    assert "missing.json" not in str(done.exception)
