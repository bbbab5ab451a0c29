"""The whole demo, on a smaller city: every verdict agrees and the report says what it promises."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCHEMES = ("bgv", "bgv-attribute", "enclave")
HOUSEHOLD_SCHEMES = ("bgv", "enclave")
FIGURES = {
    "subjects",
    "eligible",
    "ineligible",
    "undetermined",
    "mismatches",
    "seconds",
    "bytes_per_subject_per_column",
}


def fusuma(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fusuma", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Any]:
    report = tmp_path_factory.mktemp("demo") / "demo.json"
    finished = fusuma("demo", "--residents", "3000", "--report", str(report))
    return finished, json.loads(report.read_text())


def test_the_demo_ends_well_and_says_that_all_verdicts_agree(demo: Any) -> None:
    finished, _ = demo
    assert finished.returncode == 0, finished.stderr
    assert "all 32,218 verdicts agree" in finished.stdout


def test_the_report_has_every_figure_for_every_cohort_under_every_scheme(demo: Any) -> None:
    _, report = demo
    assert set(report["cohorts"]) == {"nmes1988", "city", "heating-oil"}
    for name, cohort in report["cohorts"].items():
        assert tuple(cohort) == (HOUSEHOLD_SCHEMES if name == "heating-oil" else SCHEMES)
        for figures in cohort.values():
            assert set(figures) >= FIGURES
            assert set(figures["seconds"]) == {
                "encrypt",
                "transfer",
                "evaluate",
                "decrypt",
                "end_to_end",
            }
            assert figures["bytes_per_subject_per_column"] > 0


def test_the_survey_has_its_known_answer_under_every_scheme(demo: Any) -> None:
    _, report = demo
    for figures in report["cohorts"]["nmes1988"].values():
        assert (figures["subjects"], figures["eligible"]) == (4406, 155)
        assert figures["mismatches"] == 0


def test_the_city_has_all_three_verdicts_and_no_mismatch(demo: Any) -> None:
    _, report = demo
    for figures in report["cohorts"]["city"].values():
        assert figures["subjects"] == 3000
        assert min(figures[word] for word in ("eligible", "ineligible", "undetermined")) > 0
        assert figures["mismatches"] == 0


def test_households_across_two_tax_offices_have_all_three_verdicts_and_no_mismatch(
    demo: Any,
) -> None:
    _, report = demo
    for figures in report["cohorts"]["heating-oil"].values():
        assert figures["subjects"] == 5000
        assert min(figures[word] for word in ("eligible", "ineligible", "undetermined")) > 0
        assert figures["mismatches"] == 0


def test_the_report_shows_what_every_party_saw(demo: Any) -> None:
    _, report = demo
    seen = report["seen"]
    assert {sight["party"] for sight in seen} == {
        "matcher",
        "tax",
        "welfare",
        "enclave",
        "assistance",
        "chitose-tax",
        "city-benefits",
        "tomakomai-welfare",
    }
    columns = next(
        sight for sight in seen if (sight["party"], sight["what"]) == ("matcher", "columns")
    )
    assert columns["reads"] == "nothing"
    assert columns["bytes"] > 1_000_000


def test_a_report_in_a_missing_directory_is_refused_before_anything_starts(tmp_path: Path) -> None:
    finished = fusuma("demo", "--report", str(tmp_path / "nowhere" / "demo.json"))
    assert finished.returncode == 2
    assert "there is no such directory" in finished.stderr
