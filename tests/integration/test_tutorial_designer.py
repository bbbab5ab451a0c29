"""The designer's tutorial, run as it stands: from nothing to verdicts of real processes."""

from __future__ import annotations

import pytest

from fusuma.exit_codes import ExitCode
from tests.tutorial_script import ROOT, Run, blocks, run_tutorial

TUTORIAL = ROOT / "docs" / "tutorial-designer.md"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run_tutorial(TUTORIAL, tmp_path_factory.mktemp("tut"), "fusuma-designer", seconds=220)


def test_every_command_of_the_tutorial_succeeds(run: Run) -> None:
    assert run.status == 0, run.output


def test_the_rule_is_not_ready_before_law_and_tests_are(run: Run) -> None:
    # Without grants, tests that miss something: an answer of no; a misspelt attribute: bad input.
    assert run.output.count(f"status {ExitCode.NO:d}\n") == 2
    assert run.output.count(f"status {ExitCode.BAD_INPUT:d}\n") == 1
    assert "did you mean" in run.output


def test_the_verdicts_are_those_shown(run: Run) -> None:
    (shown,) = blocks(TUTORIAL, "csv")
    assert run.csv("town/verdicts.csv") == shown


def test_the_assessment_is_a_page_in_japanese_and_a_text_in_english(run: Run) -> None:
    page = (run.directory / "town" / "assessment.html").read_text("utf-8")
    assert '<html lang="ja">' in page
    assert "冬季生活支援" in page
    text = (run.directory / "town" / "assessment.md").read_text("utf-8")
    assert "# Impact assessment: Winter support" in text


def test_the_processes_end_without_a_fault(run: Run) -> None:
    for party in ("matcher", "tax", "welfare"):
        assert "ready: " in run.log(party)
        assert "Traceback" not in run.log(party)
