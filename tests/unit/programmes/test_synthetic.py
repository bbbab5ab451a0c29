from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest

from matcher.core.errors import InvalidConfiguration
from matcher.core.reference import reference_verdicts
from matcher.core.table import Values
from matcher.language import load_programme
from programmes import programme_path
from programmes.synthetic import BRACKET, GRADE, SyntheticCity, synthetic_city

CITY = synthetic_city(50_000, seed=1)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _same(first: SyntheticCity, second: SyntheticCity) -> bool:
    return all(
        np.array_equal(first.table[name].codes, second.table[name].codes)
        and np.array_equal(first.table[name].present, second.table[name].present)
        for name in first.table
    )


def test_the_same_seed_gives_the_same_city() -> None:
    assert _same(synthetic_city(2000, seed=7), synthetic_city(2000, seed=7))
    assert not _same(synthetic_city(2000, seed=7), synthetic_city(2000, seed=8))


def test_all_three_verdicts_occur() -> None:
    programme = load_programme(programme_path("city/support"))
    verdicts = reference_verdicts(programme, date(2026, 6, 1), CITY.table)
    counts = np.bincount(verdicts, minlength=3)
    assert counts.sum() == 50_000
    assert counts.min() > 100


def test_proportions_are_those_of_the_source() -> None:
    grades = CITY.table[GRADE]
    share = np.bincount(grades.codes[grades.present], minlength=7) / grades.present.sum()
    assert share[1] == pytest.approx(1407 / 124752, rel=0.15)
    assert share[0] == pytest.approx(120741 / 124752, rel=0.01)
    brackets = CITY.table[BRACKET]
    assert brackets.codes.max() == 7
    assert np.mean(brackets.codes[brackets.present] == 0) == pytest.approx(0.45, rel=0.03)


def test_some_residents_are_unknown_to_one_agency() -> None:
    tax, welfare = CITY.registered.values()
    assert 100 < np.count_nonzero(~tax) < 400
    assert np.any(~tax & welfare)
    assert np.any(tax & ~welfare)


def test_written_files_say_what_the_table_says(tmp_path: Path) -> None:
    city = synthetic_city(3000, seed=3, unknown_share=0.1)
    paths = city.write(tmp_path)
    assert [row["subject"] for row in _rows(paths["cohort"])] == list(city.subjects)
    known = {row["person"]: row["disability_grade"] for row in _rows(paths["welfare"])}
    read = Values.of(
        [int(known[subject]) if known.get(subject) else None for subject in city.subjects]
    )
    assert np.array_equal(read.present, city.table[GRADE].present)
    assert np.array_equal(read.codes[read.present], city.table[GRADE].codes[read.present])
    assert "" in known.values(), "some certificates state no grade"
    assert len(known) == np.count_nonzero(city.registered[next(reversed(city.registered))])


def test_parquet_keeps_absence(tmp_path: Path) -> None:
    city = synthetic_city(3000, seed=3)
    table = pyarrow.parquet.read_table(city.write(tmp_path, ".parquet")["tax"])
    assert table.column_names == ["person", "income_bracket"]
    assert table["income_bracket"].null_count == 0
    assert table.num_rows == np.count_nonzero(city.registered[next(iter(city.registered))])


def test_other_files_are_not_written(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfiguration, match="xlsx"):
        CITY.write(tmp_path, ".xlsx")
