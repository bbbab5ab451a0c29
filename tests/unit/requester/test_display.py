import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from clients.requester.decided import Decided
from clients.requester.display import print_summary, showing_progress, summary_json
from clients.requester.progress import Progress, Stage, Stopwatch
from clients.requester.record import RunRecord
from clients.requester.run import MatchResult
from matcher.core.errors import InvalidConfiguration
from matcher.core.identifiers import AgencyId, Digest, RunId
from matcher.core.plan import compile_plan
from matcher.core.scheme import ColumnKind, Scheme
from matcher.identity.envelope import Envelope
from matcher.language import load_programme
from programmes import programme_path
from tests.city_households import city_households
from tests.matcher_scene import DAY

RUN = RunId("ab" * 16)
OUT = Path("verdicts.csv")
SECONDS = {Stage.KEYS: 0.0121, Stage.WRITE: 0.5}


def record() -> RunRecord:
    envelope = Envelope(b"payload", bytes(64), AgencyId("city-benefits"))
    return RunRecord(RUN, envelope, b"c" * 32, b"d" * 32, b"map", {"eligible": 2})


@pytest.fixture(scope="module")
def result() -> MatchResult:
    programme = load_programme(programme_path("city/support"))
    return MatchResult(
        run=RUN,
        plan=compile_plan(programme, Digest(bytes(32)), Scheme.BGV, ColumnKind.DECISION, DAY),
        decided=Decided(np.array([0, 0, 1, 1, 1, 2], dtype=np.uint8)),
        seconds={Stage.KEYS: 0.0121},
        total_seconds=1.5,
        evaluation_seconds=0.25,
        sent_bytes=100,
        received_bytes=200,
        record=record(),
    )


def test_progress_without_a_terminal_is_one_line_a_stage() -> None:
    output = io.StringIO()
    with showing_progress(Console(file=output)) as watcher:
        watcher(Progress(Stage.KEYS))
        for done in range(3):
            watcher(Progress(Stage.COLLECT, done, 2))
    assert output.getvalue().splitlines() == [
        "making the run's key",
        "waiting for the agencies (2 chunks)",
    ]


def test_progress_without_a_terminal_says_when_an_agency_has_answered() -> None:
    output = io.StringIO()
    tax, welfare = AgencyId("tax"), AgencyId("welfare")
    with showing_progress(Console(file=output)) as watcher:
        for awaited in ((tax, welfare), (tax, welfare), (welfare,), (), ()):
            watcher(Progress(Stage.COLLECT, 0, 2, awaited))
        watcher(Progress(Stage.EVALUATE, 0, 1))
    assert output.getvalue().splitlines() == [
        "waiting for the agencies: tax, welfare (2 chunks)",
        "waiting for the agencies: welfare (2 chunks)",
        "waiting for the evaluation (1 chunks)",
    ]


def test_a_bar_names_who_is_awaited() -> None:
    output = io.StringIO()
    with showing_progress(Console(file=output, force_terminal=True, width=80)) as watcher:
        watcher(Progress(Stage.COLLECT, 1, 2, (AgencyId("welfare"),)))
    assert "waiting for the agencies: welfare" in output.getvalue()


def test_progress_on_a_terminal_is_a_bar() -> None:
    output = io.StringIO()
    with showing_progress(Console(file=output, force_terminal=True, width=80)) as watcher:
        watcher(Progress(Stage.COLLECT, 1, 2))
    assert "waiting for the agencies" in output.getvalue()
    assert "1/2" in output.getvalue()


def test_the_summary_counts_verdicts_and_names_no_one(result: MatchResult) -> None:
    output = io.StringIO()
    print_summary(Console(file=output, width=100), result, OUT, SECONDS)
    lines = [line.split() for line in output.getvalue().splitlines()]
    assert ["eligible", "2"] in lines
    assert ["ineligible", "3"] in lines
    assert ["undetermined", "1"] in lines
    assert ["writing", "the", "verdicts", "0.500"] in lines


def test_the_json_summary_has_counts_and_whole_milliseconds(result: MatchResult) -> None:
    summary = summary_json(result, OUT, SECONDS)
    assert summary["run"] == RUN
    assert (summary["subjects"], summary["eligible"], summary["ineligible"]) == (6, 2, 3)
    assert summary["milliseconds"] == {"keys": 12, "write": 500}
    assert summary["total_milliseconds"] == 512


@pytest.fixture(scope="module")
def paid(result: MatchResult) -> MatchResult:
    plan = compile_plan(city_households(), Digest(bytes(32)), Scheme.BGV, ColumnKind.DECISION, DAY)
    decided = Decided.of(plan, np.array([0, 3, 3, 1, 2], dtype=np.uint8))
    return replace(result, plan=plan, decided=decided)


def test_the_summary_counts_outcomes_and_adds_up_what_they_cost(paid: MatchResult) -> None:
    output = io.StringIO()
    print_summary(Console(file=output, width=100), paid, OUT, SECONDS)
    lines = [line.split() for line in output.getvalue().splitlines()]
    assert ["outcome", "subjects", "JPY", "each", "in", "all", "(a", "year)"] in lines
    assert ["In", "full", "1", "20,000", "20,000"] in lines
    assert ["One", "half", "2", "10,000", "20,000"] in lines


def test_the_json_summary_has_outcomes(paid: MatchResult) -> None:
    summary = summary_json(paid, OUT, SECONDS)
    assert (summary["subjects"], summary["eligible"]) == (5, 3)
    assert summary["outcomes"] == [
        {"name": "full", "subjects": 1, "amount": 20000},
        {"name": "half", "subjects": 2, "amount": 10000},
    ]


def test_a_stopwatch_adds_up_by_stage() -> None:
    readings = iter([0.0, 1.0, 5.0, 7.0])
    watch = Stopwatch(lambda: next(readings))
    for _ in range(2):
        with watch.measuring(Stage.OPEN):
            pass
    assert watch.seconds == {Stage.OPEN: 3.0}
    assert watch.spent(Stage.KEYS) == 0.0


def test_a_record_is_written_once(tmp_path: Path) -> None:
    path = record().write(tmp_path / "kept")
    assert path.name == f"{RUN}.json"
    content = json.loads(path.read_text())
    assert (content["record"], content["counts"]) == (2, {"eligible": 2})
    with pytest.raises(InvalidConfiguration, match="cannot be written"):
        record().write(tmp_path / "kept")


def test_a_record_does_not_show_its_salts() -> None:
    assert "cccc" not in repr(record())
