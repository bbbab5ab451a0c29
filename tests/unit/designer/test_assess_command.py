from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from clients.designer.command import app
from matcher.core.errors import InvalidConfiguration
from programmes import programme_path

SUPPORT = programme_path("city/support")
OTHER_GRANTS = programme_path("benchmark/grants")
DAY = ("--date", "2026-06-01")


def _run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["assess", *(str(argument) for argument in arguments)])


def test_an_assessment_is_markdown_unless_something_else_is_asked_for() -> None:
    result = _run(SUPPORT, *DAY)
    assert result.exit_code == 0
    assert result.output.startswith("# Impact assessment: Support for low-income residents")
    page = _run(SUPPORT, *DAY, "--format", "html", "--lang", "ja")
    assert page.output.startswith('<!doctype html>\n<html lang="ja">')
    assert "<h1>影響評価: " in page.output


def test_the_name_of_the_file_decides_its_form(tmp_path: Path) -> None:
    page, text = tmp_path / "a.HTML", tmp_path / "a.md"
    assert _run(SUPPORT, *DAY, "--output", page).output == ""
    assert _run(SUPPORT, *DAY, "--output", text, "--scheme", "enclave").exit_code == 0
    assert page.read_text().startswith("<!doctype html>")
    assert "trusted execution environment" in text.read_text()
    result = _run(SUPPORT, *DAY, "--output", tmp_path / "a.txt")
    assert isinstance(result.exception, InvalidConfiguration)
    assert _run(SUPPORT, *DAY, "--output", tmp_path / "a.txt", "--format", "html").exit_code == 0


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_what_the_legal_table_lacks_is_status_1_and_written_all_the_same(
    tmp_path: Path, form: str
) -> None:
    out = tmp_path / "assessment"
    result = _run(SUPPORT, *DAY, "--grants", OTHER_GRANTS, "--output", out, "--format", form)
    assert result.exit_code == 1
    assert "does not allow everything" in result.output
    assert "MISSING" in out.read_text()


def test_an_assessment_is_json_for_machines() -> None:
    tree = json.loads(_run(SUPPORT, *DAY, "--json").output)
    assert tree["covered"] is True
    assert {row["item"] for row in tree["items"]} == {
        "tax.income_bracket",
        "welfare.disability_grade",
    }
    assert all(row["grant"]["basis"] for row in tree["items"])
    missing = json.loads(_run(SUPPORT, *DAY, "--json", "--provider", "tax=revenue").stdout)
    assert missing["covered"] is False
    (row,) = [row for row in missing["items"] if row["grant"] is None]
    assert (row["provider"], row["item"]) == ("revenue", "tax.income_bracket")
