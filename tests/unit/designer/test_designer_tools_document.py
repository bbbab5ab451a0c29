"""The reference of a designer's commands: complete, and its commands run as they stand."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from clients.designer.command import COMMANDS
from fusuma.programme_command import app

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "designer-tools.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXPECTED = re.compile(r" \|\| test \$\? = (\d)$")
_KEYS = re.compile(r"^JSON: (.*?)\.(?:\s|$)", re.MULTILINE | re.DOTALL)


def _commands(section: str) -> Iterator[tuple[list[str], int]]:
    for block in _BLOCK.findall(SECTIONS[section]):
        for line in block.splitlines():
            expected = _EXPECTED.search(line)
            written = _EXPECTED.sub("", line).removeprefix("fusuma programme ")
            yield written.split(), int(expected[1]) if expected else 0


SHOWN = [(name, *shown) for name in SECTIONS for shown in _commands(name)]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(ROOT / "programmes", tmp_path / "programmes")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_command_has_a_section() -> None:
    assert set(SECTIONS) == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_named_and_no_other(name: str) -> None:
    group = typer.main.get_group(app)
    command = group.get_command(typer.Context(group), name)
    assert command is not None
    options = {
        option
        for parameter in command.params
        for option in parameter.opts
        if option.startswith("--")
    }
    prose = _BLOCK.sub("", SECTIONS[name])
    named = set(re.findall(r"`(--[a-z-]+)", prose))
    assert named == options - {"--json", "--help"}


@pytest.mark.usefixtures("checkout")
@pytest.mark.parametrize(("name", "words", "status"), SHOWN, ids=lambda value: str(value)[:60])
def test_commands_end_as_shown(name: str, words: list[str], status: int) -> None:
    assert words[0] == name
    result = CliRunner().invoke(app, words)
    assert result.exit_code == status, result.output


@pytest.mark.usefixtures("checkout")
@pytest.mark.parametrize("name", [name for name in COMMANDS if _KEYS.search(SECTIONS[name])])
def test_json_has_the_keys_that_are_listed(name: str) -> None:
    words, _ = next(_commands(name))
    found = _KEYS.search(SECTIONS[name])
    assert found is not None
    listed = re.sub(r"\(.*?\)", "", found[1], flags=re.DOTALL)
    report = json.loads(CliRunner().invoke(app, [*words, "--json"]).output)
    assert list(report) == re.findall(r"`(\w+)`", listed)
