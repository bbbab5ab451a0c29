"""Environments of peers: made from their requirements, found again, told apart when stale."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.peers import environments
from bench.peers.build import build
from bench.peers.environments import absence_of, build_environment, environment_place


@pytest.fixture
def requirements(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The requirements of the peer ``psi``, which are nothing at all, in a place of their own."""
    monkeypatch.setenv("FUSUMA_PEERS", str(tmp_path / "peers"))
    monkeypatch.setattr(environments, "PROGRAMS", tmp_path)
    for name in environments.ENVIRONMENTS:
        (tmp_path / f"{name}.txt").write_text("# nothing\n", encoding="utf-8")
    return tmp_path / "psi.txt"


def test_an_environment_is_where_the_variable_says_or_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FUSUMA_PEERS", raising=False)
    assert environment_place("psi") == tmp_path / ".peers" / "psi"
    monkeypatch.setenv("FUSUMA_PEERS", "elsewhere")
    assert environment_place("psi") == tmp_path / "elsewhere" / "psi"


@pytest.mark.usefixtures("requirements")
def test_what_is_not_there_says_how_to_get_it() -> None:
    absence = absence_of("psi")
    assert absence is not None
    assert "not installed" in absence
    assert "make bench-peers" in absence


def test_an_environment_is_usable_once_built_and_until_its_requirements_change(
    requirements: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert build(["psi"]) == 0
    assert absence_of("psi") is None
    assert "installing" in capsys.readouterr().out
    assert build(["psi"]) == 0
    assert "up to date" in capsys.readouterr().out
    requirements.write_text("# something else\n", encoding="utf-8")
    stale = absence_of("psi")
    assert stale is not None
    assert "not what this version measures" in stale
    (environment_place("psi") / "built-from.sha256").unlink()
    unfinished = absence_of("psi")
    assert unfinished is not None
    assert "not finished" in unfinished


def test_what_cannot_be_installed_says_why_and_is_not_taken_for_built(
    requirements: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    requirements.write_text("./no-such-distribution\n", encoding="utf-8")
    problem = build_environment("psi")
    assert problem is not None
    assert "no-such-distribution" in problem
    assert absence_of("psi") is not None
    assert build(["psi"]) == 1
    assert "psi cannot be installed here" in capsys.readouterr().err


def test_an_unknown_environment_is_answered_with_the_nearest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert build(["tensel"]) == 2
    assert "did you mean tenseal" in capsys.readouterr().err
