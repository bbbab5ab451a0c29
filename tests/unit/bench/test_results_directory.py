from __future__ import annotations

import os
from pathlib import Path

import pytest

from bench.results_directory import prepare_directory
from matcher.core.errors import InvalidConfiguration


def test_a_directory_is_made(tmp_path: Path) -> None:
    found = prepare_directory(tmp_path / "new" / "report", fresh=False)
    assert found.path.is_dir()
    assert [file.name for file in found.files] == [
        "journal.jsonl",
        "results.json",
        "results.csv",
        "report.html",
    ]


def test_an_interrupted_benchmark_may_go_on(tmp_path: Path) -> None:
    for name in ("journal.jsonl", "results.csv", ".results.json-0a1b2c3d"):
        (tmp_path / name).touch()
    assert prepare_directory(tmp_path, fresh=False).journal.exists()


def test_results_are_not_replaced_unasked(tmp_path: Path) -> None:
    (tmp_path / "results.json").touch()
    with pytest.raises(InvalidConfiguration, match="finished benchmark") as refused:
        prepare_directory(tmp_path, fresh=False)
    assert "--fresh" in refused.value.fix
    found = prepare_directory(tmp_path, fresh=True)
    assert found.results.exists(), "nothing is removed before the journal is ours"


def test_results_and_drafts_are_forgotten_but_not_the_journal(tmp_path: Path) -> None:
    found = prepare_directory(tmp_path, fresh=True)
    for name in ("journal.jsonl", "results.json", "report.html", ".results.json-0a1b2c3d"):
        (tmp_path / name).touch()
    found.forget_results()
    assert [one.name for one in tmp_path.iterdir()] == ["journal.jsonl"]


@pytest.mark.parametrize("fresh", [False, True])
def test_what_else_is_there_is_left_alone(tmp_path: Path, *, fresh: bool) -> None:
    (tmp_path / "thesis.odt").touch()
    with pytest.raises(InvalidConfiguration, match=r"something else: thesis\.odt") as refused:
        prepare_directory(tmp_path, fresh=fresh)
    assert "--output" in refused.value.fix


@pytest.mark.parametrize("below", ["file", "file/report"])
def test_a_file_is_no_directory(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InvalidConfiguration, match="this is a file") as refused:
        prepare_directory(tmp_path / below, fresh=False)
    assert refused.value.where == str(tmp_path / "file")


def test_a_directory_that_cannot_be_written_to_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whoever runs the tests may be allowed everything.
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(InvalidConfiguration, match="nothing can be written"):
        prepare_directory(tmp_path, fresh=False)


def test_a_place_that_the_system_refuses_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfiguration, match="cannot be used"):
        prepare_directory(tmp_path / ("x" * 300), fresh=False)
