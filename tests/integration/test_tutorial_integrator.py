"""The integrator's tutorial, run as it stands."""

from __future__ import annotations

import pytest

from fusuma.exit_codes import ExitCode
from tests.tutorial_script import ROOT, Run, blocks, run_tutorial

TUTORIAL = ROOT / "docs" / "tutorial-integrator.md"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    # A short path: the enclave's socket lies beneath it.
    return run_tutorial(TUTORIAL, tmp_path_factory.mktemp("tut"), "fusuma-tutorial", seconds=220)


def test_every_command_of_the_tutorial_succeeds(run: Run) -> None:
    assert run.status == 0, run.output


def test_the_verdicts_are_those_shown(run: Run) -> None:
    files = ("city/verdicts.csv", "city/family-verdicts.csv")
    for file, shown in zip(files, blocks(TUTORIAL, "csv"), strict=True):
        assert run.csv(file) == shown


def test_the_changed_programme_is_refused(run: Run) -> None:
    assert f"changed: no verdicts, status {ExitCode.REFUSED:d}" in run.output
    assert f"not approved: no verdicts, status {ExitCode.NO:d}" in run.output
    assert not (run.directory / "city" / "wider.csv").exists()


def test_the_processes_end_without_a_fault(run: Run) -> None:
    for party in ("matcher", "enclave", "tax", "south-tax", "welfare"):
        assert "ready: " in run.log(party)
        assert "Traceback" not in run.log(party)
