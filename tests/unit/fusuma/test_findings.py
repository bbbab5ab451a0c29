import json
import os
import re
from pathlib import Path

import pytest

from fusuma.findings import announcing, check_report, write_report
from matcher.core.errors import InvalidInput


def test_a_step_is_one_line_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    announce = announcing()
    announce("starting")
    announce("done")
    said = capsys.readouterr()
    assert said.out == ""
    assert re.fullmatch(r" +\d+\.\d s  starting\n +\d+\.\d s  done\n", said.err)


def test_a_step_is_said_as_it_is_however_long(capsys: pytest.CaptureFixture[str]) -> None:
    step = "grade in [red, green] " * 10
    announcing()(step)
    assert capsys.readouterr().err.endswith(f" s  {step}\n")


def test_a_place_for_the_report_is_checked_before_the_work(tmp_path: Path) -> None:
    check_report(None)
    check_report(tmp_path / "report.json")
    with pytest.raises(InvalidInput, match="no such directory"):
        check_report(tmp_path / "missing" / "report.json")
    with pytest.raises(InvalidInput, match="this is a directory"):
        check_report(tmp_path)


def test_a_place_that_may_not_be_written_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    kept = closed / "kept.json"
    kept.touch()
    # Whoever runs the tests may be allowed everything.
    monkeypatch.setattr(os, "access", lambda path, _: path == kept)
    with pytest.raises(InvalidInput, match="nothing can be written there"):
        check_report(closed / "report.json")
    check_report(kept)


def test_a_report_is_json_that_people_can_read(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    write_report(path, {"cohort": "市", "subjects": 3})
    assert json.loads(path.read_text("utf-8")) == {"cohort": "市", "subjects": 3}
    assert "市" in path.read_text("utf-8")
