import resource
import stat
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from clients.requester.decided import Decided
from clients.requester.verdicts_file import check_destination, write_verdicts
from matcher.core.errors import InvalidInput
from matcher.core.predicate import Constant
from matcher.core.programme import Interval, Outcome, Payment

SUBJECTS = pa.array(["anna", "ben", "cleo"])
VERDICTS = Decided(np.array([0, 1, 2], dtype=np.uint8))


def test_csv_has_one_line_a_subject_in_order(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    write_verdicts(path, SUBJECTS, VERDICTS, replace=False)
    assert path.read_text() == "subject,verdict\nanna,eligible\nben,ineligible\ncleo,undetermined\n"


def test_names_with_commas_are_quoted(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    write_verdicts(path, pa.array(['a,"b"']), Decided(VERDICTS.decisions[:1]), replace=False)
    assert path.read_text() == 'subject,verdict\n"a,""b""","eligible"\n'


def test_parquet_holds_the_same(tmp_path: Path) -> None:
    path = tmp_path / "out.parquet"
    write_verdicts(path, SUBJECTS, VERDICTS, replace=False)
    assert pyarrow.parquet.read_table(path).to_pydict() == {
        "subject": ["anna", "ben", "cleo"],
        "verdict": ["eligible", "ineligible", "undetermined"],
    }


OUTCOMES = (
    Outcome("full", {"en": "In full"}, Constant(value=True), "true", 20_000),
    Outcome("half", {"en": "One half"}, None, "", None),
)
PAID = Decided(
    np.array([0, 3, 1, 2], dtype=np.uint8), OUTCOMES, (20_000, None), Payment("JPY", Interval.YEAR)
)
FAMILIES = pa.array(["f1", "f2", "f3", "f4"])


def test_outcomes_and_amounts_stand_beside_the_verdict(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    write_verdicts(path, FAMILIES, PAID, replace=False)
    assert path.read_text().splitlines() == [
        "subject,verdict,outcome,amount",
        "f1,eligible,full,20000",
        "f2,eligible,half,",
        "f3,ineligible,,",
        "f4,undetermined,,",
    ]


def test_parquet_has_typed_amounts(tmp_path: Path) -> None:
    path = tmp_path / "out.parquet"
    write_verdicts(path, FAMILIES, PAID, replace=False)
    table = pyarrow.parquet.read_table(path)
    assert table.schema.field("amount").type == pa.int64()
    assert table.column("outcome").to_pylist() == ["full", "half", None, None]
    assert table.column("amount").to_pylist() == [20_000, None, None, None]


def test_only_the_owner_can_read_the_file(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    write_verdicts(path, SUBJECTS, VERDICTS, replace=False)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_existing_file_is_kept_unless_it_may_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("precious")
    with pytest.raises(InvalidInput, match="exists already"):
        write_verdicts(path, SUBJECTS, VERDICTS, replace=False)
    assert path.read_text() == "precious"
    write_verdicts(path, SUBJECTS, VERDICTS, replace=True)
    assert path.read_text().startswith("subject,verdict")


def test_nothing_is_left_beside_the_file(tmp_path: Path) -> None:
    write_verdicts(tmp_path / "out.csv", SUBJECTS, VERDICTS, replace=False)
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8, hard))
    try:
        with pytest.raises(InvalidInput, match="cannot be written"):
            write_verdicts(tmp_path / "out.csv", SUBJECTS, VERDICTS, replace=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["out.txt", "missing/out.csv", "x" * 300 + ".csv"])
def test_an_impossible_destination_is_refused_before_the_run(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInput):
        check_destination(tmp_path / name, replace=True)


def test_a_directory_in_the_files_place_is_found_before_the_run(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.mkdir()
    with pytest.raises(InvalidInput, match="this is a directory"):
        check_destination(path, replace=True)


def test_a_directory_that_cannot_be_written_to_is_found_before_the_run() -> None:
    # Nobody writes there, not even who may do everything else.
    with pytest.raises(InvalidInput, match="nothing can be written"):
        check_destination(Path("/proc/self/out.csv"), replace=False)
