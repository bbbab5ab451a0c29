"""Steps, findings and going on. What needs running parties is tested where they run."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from bench.environment import environment
from bench.journal import Begun, Finished, keeping
from bench.results import NotMeasured, PeerSkipped, Results
from bench.running import carry_out, collected, steps_of
from bench.scenario import Price, ScenarioSet
from matcher.core.scheme import Scheme
from tests.bench_results import measurement, scenario

# Nothing of it can be measured, so that nothing is started.
REFUSED = replace(
    scenario("refused", scheme=Scheme.PAILLIER),
    predicate="tax.income_bracket <= 3 || welfare.disability_grade in [1, 2]",
)
TOO_LARGE = scenario("large", scheme=Scheme.CKKS, subjects=5_000_000)
SET = ScenarioSet(
    name="mine",
    digest="ab" * 32,
    seed=7,
    price=Price(0.05, "USD"),
    scenarios=(REFUSED, TOO_LARGE),
    peers=("concrete",),
    operations=False,
)
BEGUN = Begun.of(SET, environment(dt.datetime(2026, 10, 1, tzinfo=dt.UTC)))


@pytest.fixture(autouse=True)
def no_peers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSUMA_PEERS", str(tmp_path / "none"))


def carried_out(tmp_path: Path, said: list[str]) -> Results:
    with keeping(tmp_path / "journal.jsonl", BEGUN) as journal:
        return carry_out(tmp_path, SET, journal, said.append)


def test_what_cannot_be_measured_is_a_finding(tmp_path: Path) -> None:
    said: list[str] = []
    found = carried_out(tmp_path, said)
    assert found.measurements == ()
    assert [(one.scenario, bool(one.reason)) for one in found.not_measured] == [
        (REFUSED, True),
        (TOO_LARGE, True),
    ]
    (skipped,) = found.peers
    assert isinstance(skipped, PeerSkipped)
    assert (skipped.peer, found.operations) == ("concrete", ())
    assert (found.scenario_set, found.scenario_digest, found.seed) == ("mine", "ab" * 32, 7)
    assert found.environment == BEGUN.environment
    assert said[0].startswith("1 of 3  refused: not measured: ")
    assert any(line.startswith("3 of 3  the peer concrete: skipped: ") for line in said)


def test_what_is_done_is_not_done_again(tmp_path: Path) -> None:
    first = carried_out(tmp_path, [])
    said: list[str] = []
    assert carried_out(tmp_path, said) == first
    assert said == []


def test_a_benchmark_goes_on_behind_what_is_done(tmp_path: Path) -> None:
    before = NotMeasured(REFUSED, "said before")
    with keeping(tmp_path / "journal.jsonl", BEGUN) as journal:
        journal.add(Finished("scenario refused", 100.0, before))
    said: list[str] = []
    found = carried_out(tmp_path, said)
    assert found.not_measured[0] == before
    assert said[0].startswith("2 of 3  large: not measured: ")
    assert 100 <= found.seconds < 160, "what was spent before counts"


def test_results_keep_the_order_of_the_file(tmp_path: Path) -> None:
    several = replace(
        SET, scenarios=(scenario("b"), REFUSED, scenario("a")), peers=(), operations=True
    )
    steps = steps_of(several)
    assert steps == ("scenario b", "scenario refused", "scenario a", "operations")
    with keeping(tmp_path / "journal.jsonl", BEGUN) as journal:
        journal.add(Finished("scenario a", 1.0, measurement(scenario("a"))))
        journal.add(Finished("scenario b", 1.0, measurement(scenario("b"))))
        journal.add(Finished("scenario refused", 1.0, NotMeasured(REFUSED, "no")))
        found = collected(replace(several, operations=False), journal)
    assert [one.scenario.name for one in found.measurements] == ["b", "a"]
    assert found.seconds == 3.0
