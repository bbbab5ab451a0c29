"""Reads the columns an agency mapped from a CSV or Parquet file, with the place of every row.

Only the shape of the file is decided here: it is readable, has the columns, and every line has the
same fields. What the values mean is for ``tables``.

Rules:
 * A message names file, line and column, never what stands there: text from the file is not
   repeated, not even from the libraries' own messages.
 * CSV is comma-separated UTF-8 with one header line; an empty field is an absent value. Parquet
   keeps its types; null is an absent value.
 * Blank lines are tolerated at the end of a CSV file only, so that line numbers stay right.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from matcher.core.errors import InvalidAgencyTable

# pyarrow ships no types.
Array: TypeAlias = Any

_BLOCK = 1 << 20
_AS_UTF8 = "save it as CSV in UTF-8"


@dataclass(frozen=True, slots=True, eq=False)
class FileRows:
    """Columns of one file, all of the same length.

    Attributes:
        name: file name, for messages.
        columns: by name; strings from CSV, the file's own types from Parquet.
        count: number of rows.
        row_word: ``line`` or ``row``.
        first: what the first row is called: line 2 of a CSV file, row 1 of a Parquet file.
    """

    name: str
    columns: Mapping[str, Array]
    count: int
    row_word: str
    first: int

    def place(self, row: int, column: str = "") -> str:
        """Return where ``row`` is, as a person finds it in the file."""
        where = f"{self.name}, {self.row_word} {row + self.first}"
        return f"{where}, column {column!r}" if column else where


def read_rows(path: Path, columns: Sequence[str]) -> FileRows:
    """Read ``columns`` of the file at ``path``.

    Raises:
        InvalidAgencyTable: the file is not readable, is neither CSV nor Parquet, lacks a column or
            has a line with too many or too few fields.
    """
    readers = {".csv": _read_csv, ".parquet": _read_parquet}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise InvalidAgencyTable(
            "the kind of file is not known", where=str(path), fix="use a .csv or .parquet file"
        )
    try:
        return reader(path, columns)
    except OSError as error:
        raise InvalidAgencyTable(
            f"the file cannot be read ({error.strerror or type(error).__name__})",
            where=str(path),
            fix="check the path and its permissions",
        ) from None


def _read_csv(path: Path, columns: Sequence[str]) -> FileRows:
    _check_header(path, _csv_header(path), columns)
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
                include_columns=list(columns),
                column_types=dict.fromkeys(columns, pa.string()),
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        raise InvalidAgencyTable(
            "the file is not comma-separated text in UTF-8",
            where=_undecodable_line(path),
            fix=_AS_UTF8,
        ) from None
    if bad:
        number, expected, actual = bad[0]
        raise InvalidAgencyTable(
            f"the line has {actual} fields where the header has {expected}",
            where=f"{path.name}, line {number}",
            fix="separate fields by commas, and quote those that contain one",
        )
    if table.num_rows + 1 != _count_lines(path):
        raise InvalidAgencyTable(
            "a field contains a line break, or a quote is not closed",
            where=path.name,
            fix="keep every record on one line",
        )
    arrays = {name: table.column(name).combine_chunks() for name in columns}
    count = _without_blank_tail(arrays, table.num_rows)
    return FileRows(
        path.name,
        {name: array.slice(0, count) for name, array in arrays.items()},
        count,
        row_word="line",
        first=2,
    )


def _read_parquet(path: Path, columns: Sequence[str]) -> FileRows:
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            _check_header(path, file.schema_arrow.names, columns)
            table = file.read(columns=list(columns))
    except pa.ArrowInvalid:
        raise InvalidAgencyTable(
            "the file is not Parquet", where=path.name, fix="write it again, or use CSV"
        ) from None
    arrays = {name: _plain(table.column(name).combine_chunks()) for name in columns}
    return FileRows(path.name, arrays, table.num_rows, row_word="row", first=1)


def _plain(array: Array) -> Array:
    encoded = pa.types.is_dictionary(array.type)
    return array.cast(array.type.value_type) if encoded else array


def _csv_header(path: Path) -> list[str]:
    # In bytes: reading text decodes whatever follows the header, too.
    with path.open("rb") as file:
        line = file.readline(_BLOCK)
    try:
        return next(csv.reader([line.decode("utf-8-sig")]), [])
    except UnicodeDecodeError:
        raise InvalidAgencyTable(
            "the header line is not UTF-8", where=f"{path.name}, line 1", fix=_AS_UTF8
        ) from None


def _check_header(path: Path, header: Sequence[str], columns: Sequence[str]) -> None:
    for name in columns:
        found = list(header).count(name)
        if found != 1:
            # The header is not repeated: in a file without one it would be somebody's record.
            raise InvalidAgencyTable(
                f"there is no column {name!r}" if not found else f"column {name!r} occurs twice",
                where=path.name,
                fix="check the header and the mapping in the agency's configuration",
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
    for block in _blocks(path):
        lines += block.count(b"\n")
        last = block[-1:]
    return lines + (last != b"\n")


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


def _without_blank_tail(arrays: Mapping[str, Array], count: int) -> int:
    while count and all(array[count - 1].as_py() == "" for array in arrays.values()):
        count -= 1
    return count


def absent_in(array: Array) -> Array:
    """Return which entries of ``array`` are absent: null, or an empty text."""
    absent = pc.is_null(array)
    return pc.or_(absent, pc.equal(pc.fill_null(array, ""), "")) if is_text(array) else absent


def is_text(array: Array) -> bool:
    """Return whether ``array`` holds text."""
    return bool(pa.types.is_string(array.type) or pa.types.is_large_string(array.type))
