from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from clients.designer.command import app
from matcher.core.errors import InvalidAgencyTable, InvalidConfiguration
from programmes import programme_path

SUPPORT = programme_path("city/support")
DAY = ("--date", "2026-06-01")


def _run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["diff", *(str(argument) for argument in arguments)])


@pytest.fixture
def wider(tmp_path: Path) -> Path:
    """The next version, with one bracket more."""
    shutil.copy(programme_path("city/catalogue"), tmp_path / "catalogue.yaml")
    text = SUPPORT.read_text()
    for old, new in (
        ('"2026.1"', '"2026.2"'),
        ("2026-04-01: 3", "2026-04-01: 4"),
        ("tax.income_bracket: 4,", "tax.income_bracket: 5,"),
    ):
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "wider.yaml"
    path.write_text(text)
    return path


def test_the_same_programme_is_status_0() -> None:
    result = _run(SUPPORT, SUPPORT, *DAY)
    assert result.exit_code == 0
    assert "the same programme" in result.output


def test_a_change_is_status_1_with_text_and_examples(wider: Path) -> None:
    result = _run(SUPPORT, wider, *DAY)
    assert result.exit_code == 1
    assert "parameters.top_bracket.2026-04-01: 3 -> 4" in result.output
    assert "version: 2026.1 -> 2026.2" in result.output
    assert "ineligible -> eligible\n    tax.income_bracket 4, welfare.disability_grade" in (
        result.output
    )


def test_a_change_of_words_alone_is_status_1_too(wider: Path) -> None:
    wider.write_text(SUPPORT.read_text().replace("en: Support", "en: Help"))
    result = _run(SUPPORT, wider, *DAY)
    assert result.exit_code == 1
    assert "Nobody is decided otherwise" in result.output


def test_people_of_a_file_are_counted(wider: Path, tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("tax.income_bracket,welfare.disability_grade\n4,1\n4,2\n3,1\n,1\n")
    result = _run(SUPPORT, wider, *DAY, "--population", people, "--json")
    assert result.exit_code == 1
    tree = json.loads(result.output)["population"]
    assert tree["subjects"] == 4
    (transition,) = tree["transitions"]
    assert transition["old"]["verdict"] == "ineligible"
    assert transition["new"]["verdict"] == "eligible"
    assert transition["subjects"] == 2


def test_people_can_be_drawn(wider: Path) -> None:
    words = (SUPPORT, wider, *DAY, "--subjects", "50000", "--seed", "7")
    tree = json.loads(_run(*words, "--json").output)
    assert tree["population"]["subjects"] == 50000
    assert tree["population"]["transitions"]
    assert json.loads(_run(*words, "--json").output) == tree
    assert "of 50,000 subjects" in _run(*words).output


def test_a_population_is_named_or_drawn(wider: Path, tmp_path: Path) -> None:
    result = _run(SUPPORT, wider, "--population", tmp_path / "a.csv", "--subjects", "5")
    assert isinstance(result.exception, InvalidConfiguration)


def test_a_population_without_an_item_is_refused(wider: Path, tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("tax.income_bracket\n4\n")
    result = _run(SUPPORT, wider, *DAY, "--population", people)
    assert isinstance(result.exception, InvalidAgencyTable)
    assert "welfare.disability_grade" in str(result.exception)


def test_a_day_on_which_neither_is_valid_is_refused(wider: Path) -> None:
    result = _run(SUPPORT, wider, "--date", "2020-01-01")
    assert isinstance(result.exception, InvalidConfiguration)
    assert "neither version is valid on 2020-01-01" in str(result.exception)
