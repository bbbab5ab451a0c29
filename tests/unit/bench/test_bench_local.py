import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import bench.local
from bench.command import app
from matcher.core.errors import RunFailed


def quiet(_: str) -> None:
    pass


def test_the_report_says_how_fast_an_agency_answers(tmp_path: Path) -> None:
    report = bench.local.measure(tmp_path, 9_000, 2, quiet)
    assert (report["residents"], report["comparisons"], report["columns"]) == (9_000, 5, 2)
    seconds = report["seconds"]
    assert isinstance(seconds, dict)
    assert 0 < seconds["min"] <= seconds["median"] <= seconds["max"]
    assert report["rows_per_second"] == pytest.approx(9_000 / seconds["median"], rel=0.05)


def test_a_wrong_answer_ends_the_benchmark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        bench.local, "hash_identifiers", lambda names: np.zeros((len(names), 16), np.uint8)
    )
    with pytest.raises(RunFailed, match="differ"):
        bench.local.measure(tmp_path, 500, 1, quiet)


def test_the_command_prints_one_line_or_json() -> None:
    small = ["local", "--residents", "500", "--repeats", "1"]
    spoken = CliRunner().invoke(app, small)
    assert spoken.exit_code == 0, spoken.output
    assert "residents per second" in spoken.stdout
    written = CliRunner().invoke(app, [*small, "--json"])
    assert json.loads(written.stdout)["benchmark"] == "local"
