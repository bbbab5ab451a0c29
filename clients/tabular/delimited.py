"""Reads columns of a CSV file as text.

Rules:
 * CSV is comma-separated, with one header line and one record a line, in the encoding said; an
   empty field is an empty text.
 * A blank line anywhere but at the end is a row of empty texts, so that line numbers stay right.
 * The encodings are those in which a comma, a quote and a line end are one byte each, and that
   byte is never part of another character.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv

from clients.tabular.rows import Array, Rows
from clients.tabular.wishes import Wishes

_BLOCK = 1 << 20
_BYTE_ORDER_MARK = "\ufeff"


class Encoding(StrEnum):
    """How a CSV file writes characters."""

    UTF_8 = "utf-8"
    # What Windows calls Shift JIS; spreadsheets in Japanese offices write it.
    CP932 = "cp932"

    @property
    def shown(self) -> str:
        """Its name as people write it."""
        return self.value.upper()


def read_delimited(path: Path, wishes: Wishes, encoding: Encoding) -> Rows:
    """Read the file at ``path``.

    Raises:
        OSError: it cannot be read.
        InvalidInput: as ``wishes.invalid``: it is not CSV in ``encoding``, or a line has too many
            or too few fields; and whatever choosing raises.
    """
    names = list(wishes.choose(path.name, _header(path, wishes, encoding)))
    bad: list[tuple[int, int, int]] = []

    def note(row: Any) -> str:
        bad.append((row.number, row.expected_columns, row.actual_columns))
        return "skip"

    try:
        table = pyarrow.csv.read_csv(
            path,
            # One thread: only then does the reader know the number of a bad line.
            read_options=pyarrow.csv.ReadOptions(use_threads=False, encoding=encoding),
            parse_options=pyarrow.csv.ParseOptions(
                ignore_empty_lines=False, invalid_row_handler=note
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                include_columns=names,
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=False,
            ),
        )
    except (pa.ArrowInvalid, UnicodeDecodeError):
        raise wishes.invalid(
            f"the file is not comma-separated text in {encoding.shown}",
            where=_undecodable_line(path, encoding),
            fix=_advice(wishes, encoding),
        ) from None
    if bad:
        number, expected, actual = bad[0]
        raise wishes.invalid(
            f"the line has {actual} fields where the header has {expected}",
            where=f"{path.name}, line {number}",
            fix="separate fields by commas, and quote those that contain one",
        )
    if table.num_rows + 1 != _count_lines(path):
        raise wishes.invalid(
            "a field contains a line break, or a quote is not closed",
            where=path.name,
            fix="keep every record on one line",
        )
    columns = {name: table.column(name).combine_chunks() for name in names}
    count = _without_blank_tail(columns, table.num_rows)
    return Rows(
        path.name,
        {name: column.slice(0, count) for name, column in columns.items()},
        count,
        row_word="line",
        first=2,
    )


def _header(path: Path, wishes: Wishes, encoding: Encoding) -> Sequence[str]:
    # As bytes: a text file decodes ahead, and what follows would be blamed on the header.
    with path.open("rb") as file:
        line = file.readline(_BLOCK)
    try:
        text = line.decode(encoding).removeprefix(_BYTE_ORDER_MARK)
    except UnicodeDecodeError:
        raise wishes.invalid(
            f"the header line is not {encoding.shown}",
            where=f"{path.name}, line 1",
            fix=_advice(wishes, encoding),
        ) from None
    return next(csv.reader([text]), [])


def _advice(wishes: Wishes, encoding: Encoding) -> str:
    return ", or ".join(
        filter(None, (f"save it as CSV in {encoding.shown}", wishes.in_another_encoding))
    )


def _undecodable_line(path: Path, encoding: Encoding) -> str:
    """Return where the first line stands that is no text, or the file if all are."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode(encoding)
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


def _without_blank_tail(columns: Mapping[str, Array], count: int) -> int:
    while count and all(column[count - 1].as_py() == "" for column in columns.values()):
        count -= 1
    return count
