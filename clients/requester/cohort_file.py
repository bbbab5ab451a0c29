"""Reads the columns of a cohort file, with the place of every row.

Only the shape of the file is decided here: it is readable, has the columns it may have, and every
line has the same fields. What an identifier must look like is for ``cohort``.

Rules:
 * A message names file, line and column, never what stands there: text from the file is not
   repeated, not even from the libraries' own messages.
 * CSV is comma-separated UTF-8 with one header line. Parquet columns are text or whole numbers.
 * A column that is neither ``subject`` nor a role of the programme is refused: a misspelt role
   would otherwise silently send the subject's own identifier to an agency.
 * A blank line anywhere but at the end of a CSV file is an error, so that line numbers stay right.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from matcher.core.errors import InvalidCohort

# pyarrow ships no types.
Array: TypeAlias = Any

SUBJECT = "subject"
_BLOCK = 1 << 20
_AS_UTF8 = "save it as CSV in UTF-8"


@dataclass(frozen=True, slots=True, eq=False)
class CohortRows:
    """The text columns of one cohort file, all of the same length.

    Attributes:
        name: file name, for messages.
        columns: arrays of text by column name; an empty field is an empty text.
        row_word: ``line`` or ``row``.
        first: what the first row is called: line 2 of a CSV file, row 1 of a Parquet file.
    """

    name: str
    columns: Mapping[str, Array]
    row_word: str
    first: int

    def place(self, row: int, column: str) -> str:
        """Return where ``row`` is, as a person finds it in the file."""
        return f"{self.name}, {self.row_word} {row + self.first}, column {column!r}"


def read_cohort_rows(path: Path, allowed: Collection[str]) -> CohortRows:
    """Read the file at ``path``, whose columns must be ``subject`` and any of ``allowed``.

    Raises:
        InvalidCohort: the file is not readable, is neither CSV nor Parquet, has a column it may not
            have or lacks ``subject``, or a line has too many or too few fields.
    """
    readers = {".csv": _read_csv, ".parquet": _read_parquet}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise InvalidCohort(
            "the kind of file is not known", where=str(path), fix="use a .csv or .parquet file"
        )
    try:
        return reader(path, allowed)
    except OSError as error:
        raise InvalidCohort(
            f"the file cannot be read ({error.strerror or type(error).__name__})",
            where=str(path),
            fix="check the path and its permissions",
        ) from None


def _read_csv(path: Path, allowed: Collection[str]) -> CohortRows:
    header = _csv_header(path)
    _check_header(path, header, allowed)
    bad: list[tuple[int, int, int]] = []

    def note(row: Any) -> str:
        bad.append((row.number, row.expected_columns, row.actual_columns))
        return "skip"

    try:
        table = pyarrow.csv.read_csv(
            path,
            # One thread: only then does the reader know the number of a bad line.
            read_options=pyarrow.csv.ReadOptions(use_threads=False),
            parse_options=pyarrow.csv.ParseOptions(
                ignore_empty_lines=False, invalid_row_handler=note
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        raise InvalidCohort(
            "the file is not comma-separated text in UTF-8",
            where=_undecodable_line(path),
            fix=_AS_UTF8,
        ) from None
    if bad:
        number, expected, actual = bad[0]
        raise InvalidCohort(
            f"the line has {actual} fields where the header has {expected}",
            where=f"{path.name}, line {number}",
            fix="separate fields by commas, and quote those that contain one",
        )
    if table.num_rows + 1 != _count_lines(path):
        raise InvalidCohort(
            "a field contains a line break, or a quote is not closed",
            where=path.name,
            fix="keep every record on one line",
        )
    columns = {name: table.column(name).combine_chunks() for name in header}
    return CohortRows(path.name, _without_blank_tail(columns), row_word="line", first=2)


def _read_parquet(path: Path, allowed: Collection[str]) -> CohortRows:
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            header = file.schema_arrow.names
            _check_header(path, header, allowed)
            table = file.read()
    except pa.ArrowInvalid:
        raise InvalidCohort(
            "the file is not Parquet", where=path.name, fix="write it again, or use CSV"
        ) from None
    columns = {name: _as_text(path, name, table.column(name)) for name in header}
    return CohortRows(path.name, columns, row_word="row", first=1)


def _as_text(path: Path, name: str, column: Array) -> Array:
    array = column.combine_chunks()
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    kind = array.type
    if not (
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_integer(kind)
    ):
        raise InvalidCohort(
            "identifiers are text or whole numbers",
            where=f"{path.name}, column {name!r}",
            fix="store them as text",
        )
    return pc.fill_null(array.cast(pa.string()), "")


def _csv_header(path: Path) -> list[str]:
    with path.open("rb") as file:
        line = file.readline(_BLOCK)
    try:
        return next(csv.reader([line.decode("utf-8-sig")]), [])
    except UnicodeDecodeError:
        raise InvalidCohort(
            "the header line is not UTF-8", where=f"{path.name}, line 1", fix=_AS_UTF8
        ) from None


def _check_header(path: Path, header: Sequence[str], allowed: Collection[str]) -> None:
    where = f"{path.name}, header"
    if not header:
        raise InvalidCohort("the file is empty", where=path.name, fix="list at least one subject")
    if SUBJECT not in header:
        raise InvalidCohort(
            f"there is no column {SUBJECT!r}", where=where, fix=f"name the first column {SUBJECT!r}"
        )
    if len(set(header)) != len(header):
        raise InvalidCohort(
            "two columns have the same name", where=where, fix="name every column once"
        )
    roles = sorted(allowed)
    for position, name in enumerate(header, start=1):
        if name != SUBJECT and name not in roles:
            # The header is not repeated: in a file without one it would be somebody's record.
            raise InvalidCohort(
                f"column {position} is neither {SUBJECT!r} nor a role of the programme",
                where=where,
                fix=f"keep {SUBJECT!r} and, where an agency uses its own identifiers, "
                f"{' and '.join(repr(role) for role in roles)}",
            )


def _undecodable_line(path: Path) -> str:
    """Return where the first line stands that is no text, or the file if all are."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return f"{path.name}, line {number}"
    return path.name


def _count_lines(path: Path) -> int:
    lines, last = 0, b"\n"
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            lines += block.count(b"\n")
            last = block[-1:]
    return lines + (last != b"\n")


def _without_blank_tail(columns: Mapping[str, Array]) -> Mapping[str, Array]:
    count = len(columns[SUBJECT])
    while count and all(column[count - 1].as_py() == "" for column in columns.values()):
        count -= 1
    return {name: column.slice(0, count) for name, column in columns.items()}
