import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from clients.provider.tables import AgencyTable, TableSource, load_table
from clients.tabular.identifiers import hash_identifiers
from matcher.core.catalogue import Attribute, AttributeType, Catalogue, code_of_date
from matcher.core.errors import InvalidAgencyTable
from matcher.core.identifiers import AttributeName

BORN = AttributeName("family.born")
LOW, HIGH = dt.date(1900, 1, 1), dt.date(2026, 12, 31)
CATALOGUE = Catalogue(
    "city",
    {BORN: Attribute(BORN, AttributeType.DATE, code_of_date(LOW), code_of_date(HIGH))},
)


def load(path: Path) -> AgencyTable:
    return load_table(TableSource(path, "person", {BORN: "born"}), CATALOGUE)


def csv(folder: Path, *dates: str) -> Path:
    path = folder / "family.csv"
    lines = [f"p{number},{date}" for number, date in enumerate(dates)]
    path.write_text("\n".join(["person,born", *lines]) + "\n")
    return path


def parquet(folder: Path, column: Any) -> Path:
    path = folder / "family.parquet"
    people = [f"p{number}" for number in range(len(column))]
    pyarrow.parquet.write_table(pa.table({"person": people, "born": column}), path)
    return path


def dates_in(table: AgencyTable) -> list[int | None]:
    codes = hash_identifiers([f"p{number}" for number in range(len(table))])
    values = table.look_up(codes, [BORN])[BORN]
    return [
        int(code) if there else None
        for code, there in zip(values.codes, values.present, strict=True)
    ]


def test_dates_become_days_since_1970(tmp_path: Path) -> None:
    table = load(csv(tmp_path, "1970-01-01", "", "1900-01-01", "2024-02-29"))
    assert dates_in(table) == [0, None, -25567, 19782]


@pytest.mark.parametrize(
    "kind",
    [pa.date32(), pa.date64(), *(pa.timestamp(unit) for unit in ("s", "ms", "us", "ns"))],
    ids=str,
)
def test_parquet_dates_and_midnights_read_the_same(tmp_path: Path, kind: Any) -> None:
    written = [dt.date(1969, 12, 31), None, dt.date(2024, 2, 29)]
    column = pa.array(written, pa.date32()).cast(kind)
    assert dates_in(load(parquet(tmp_path, column))) == [-1, None, 19782]


def test_dates_as_text_in_parquet_read_the_same(tmp_path: Path) -> None:
    assert dates_in(load(parquet(tmp_path, pa.array(["1970-01-02", None])))) == [1, None]


BAD_TEXTS = {
    "a day the month does not have": "2026-02-30",
    "29 February of another year": "2023-02-29",
    "a month too many": "2026-13-01",
    "day, month, year": "01-04-2026",
    "slashes": "2026/04/01",
    "no hyphens": "20260401",
    "a time behind it": "2026-04-01T00:00:00",
    "one digit": "2026-4-1",
    "an era": "R8-04-01",
}


@pytest.mark.parametrize("text", BAD_TEXTS.values(), ids=BAD_TEXTS.keys())
def test_what_is_no_date_is_named_by_line_and_not_repeated(tmp_path: Path, text: str) -> None:
    path = csv(tmp_path, "2026-04-01", "", "2024-02-29", text, "2026-04-01", "2026-02-31")
    with pytest.raises(InvalidAgencyTable) as caught:
        load(path)
    assert "line 5, column 'born': not a date as 2026-04-01" in str(caught.value)
    assert text not in str(caught.value)


@pytest.mark.parametrize("text", ["1899-12-31", "2027-01-01"])
def test_a_date_outside_the_domain_is_refused_with_the_domain_in_dates(
    tmp_path: Path, text: str
) -> None:
    with pytest.raises(InvalidAgencyTable) as caught:
        load(csv(tmp_path, "2026-04-01", text))
    expected = "line 3, column 'born': outside the domain [1900-01-01, 2026-12-31] of family.born"
    assert expected in str(caught.value)
    assert text not in str(caught.value)


def test_a_time_of_day_is_refused(tmp_path: Path) -> None:
    midnight, noon = dt.datetime(2026, 4, 1), dt.datetime(2026, 4, 1, 12)  # noqa: DTZ001
    column = pa.array([midnight, noon], pa.timestamp("us"))
    with pytest.raises(InvalidAgencyTable, match="row 2, column 'born': a time of day"):
        load(parquet(tmp_path, column))


@pytest.mark.parametrize(
    "column",
    [
        pa.array([20_000]),
        pa.array([dt.datetime(2026, 4, 1, tzinfo=dt.UTC)], pa.timestamp("us", tz="UTC")),
        pa.array([True]),
    ],
    ids=["numbers", "a time zone", "truth values"],
)
def test_a_column_of_another_type_is_refused(tmp_path: Path, column: Any) -> None:
    with pytest.raises(InvalidAgencyTable, match="column 'born': the column does not hold dates"):
        load(parquet(tmp_path, column))


def test_one_bad_row_among_many_is_found(tmp_path: Path) -> None:
    days = np.random.default_rng(1).integers(code_of_date(LOW), code_of_date(HIGH), 200_000)
    written = pa.array(days.astype(np.int32), pa.int32()).cast(pa.date32())
    texts = written.cast(pa.string()).to_pylist()
    assert dates_in(load(csv(tmp_path, *texts))) == days.tolist()
    texts[123_456] = "2025-04-31"
    with pytest.raises(InvalidAgencyTable, match="line 123458, column 'born': not a date"):
        load(csv(tmp_path, *texts))
