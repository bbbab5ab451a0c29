"""The page for designers: its files are fine, its output is what the command says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from clients.designer.command import app

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "programmes.md").read_text("utf-8")
_BLOCK = re.compile(r"^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for match in _BLOCK.finditer(PAGE):
        if match["kind"] == "yaml":
            path = tmp_path / match["text"].partition("\n")[0].removeprefix("# ")
            path.parent.mkdir(exist_ok=True)
            path.write_text(match["text"], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_every_command_of_the_page_succeeds() -> None:
    (commands,) = (m["text"] for m in _BLOCK.finditer(PAGE) if m["kind"] == "sh")
    for command in commands.splitlines():
        words = command.removeprefix("fusuma programme ").split()
        result = CliRunner().invoke(app, [*words, *(() if "--date" in words else _DATE)])
        assert result.exit_code == 0, result.output


@pytest.mark.usefixtures("folder")
def test_the_explanation_is_the_one_shown() -> None:
    (shown,) = (m["text"] for m in _BLOCK.finditer(PAGE) if m["kind"] == "text")
    result = CliRunner().invoke(app, ["explain", "region/allowance.yaml", *_DATE])
    assert result.output == shown


@pytest.mark.usefixtures("folder")
def test_every_scheme_but_the_one_that_only_adds_can_carry_it() -> None:
    output = CliRunner().invoke(app, ["check", "region/allowance.yaml", *_DATE]).output
    assert output.count("not possible") == output.count("Paillier's scheme adds") == 1
    assert output.count(": plan ") == 7
    assert " ".join(_REFUSAL.split()).partition(" …;")[0] in " ".join(output.split())


(_REFUSAL,) = (m["text"] for m in _BLOCK.finditer(PAGE) if m["kind"] == "console")
_DATE = ("--date", "2026-06-01")


@pytest.mark.usefixtures("folder")
def test_the_household_of_the_page_is_ready_to_run() -> None:
    result = CliRunner().invoke(app, ["check", "region/winter.yaml", *_DATE])
    assert result.exit_code == 0, result.output
