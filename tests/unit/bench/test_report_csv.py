"""The table has a row for everything, the same columns, and numbers in full."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from bench.report.csv_file import write_csv
from bench.results import Results
from tests.bench_results import measurement, results, scenario
from tests.benchmark_campaign import campaign


def rows(found: Results, directory: Path) -> list[dict[str, str]]:
    path = directory / "results.csv"
    write_csv(found, path)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_everything_has_a_row(tmp_path: Path) -> None:
    found = campaign()
    kinds = Counter(row["kind"] for row in rows(found, tmp_path))
    assert kinds == {
        "scenario": len(found.measurements),
        "not measured": len(found.not_measured),
        "peer": 3,
        "peer not measured": 1,
        "operation": len(found.operations),
    }


def test_a_scenario_has_its_figures_in_full(tmp_path: Path) -> None:
    row = rows(results(measurement(scenario(), 0.4)), tmp_path)[0]
    assert (row["scheme"], row["subjects"], row["parameters"]) == ("bgv", "1000", "bgv-8192-104")
    ends = [float(row[f"end_to_end_seconds_{end}"]) for end in ("median", "low", "high")]
    assert ends == pytest.approx([0.4, 0.3, 0.5])
    assert float(row["subjects_per_second"]) == pytest.approx(2500)
    assert float(row["cpu_seconds_median"]) == pytest.approx(1.6)
    assert float(row["cpu_seconds_tax"]) == pytest.approx(0.4)
    assert float(row["peak_mib_matcher"]) == 200.5
    # 1.6 seconds for 1,000 subjects at 0.05 an hour.
    assert float(row["cost_per_million_median"]) == pytest.approx(1.6 * 1000 / 3600 * 0.05)
    assert (row["bytes_up"], row["hiding_bits"], row["currency"]) == ("430000", "42", "USD")


def test_what_was_not_measured_has_a_reason_and_no_figures(tmp_path: Path) -> None:
    (row,) = (row for row in rows(results(), tmp_path) if row["kind"] == "not measured")
    assert "does not multiply" in row["reason"]
    assert row["end_to_end_seconds_median"] == row["bytes_up"] == ""


def test_every_row_says_where_it_is_from(tmp_path: Path) -> None:
    for row in rows(campaign(), tmp_path):
        assert row["cpu"] == "Example Processor 2.5 GHz"
        assert (row["started"], row["seed"], row["fusuma"]) == (
            "2026-10-01T12:00:00Z",
            "1947",
            "0.1.0",
        )


def test_text_with_commas_quotes_and_lines_comes_back(tmp_path: Path) -> None:
    name = 'a "b",\nc'
    found = results(measurement(replace(scenario(name), predicate=name)))
    row = rows(found, tmp_path)[0]
    assert (row["name"], row["predicate"]) == (name, name)
