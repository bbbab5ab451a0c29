"""Reads the columns an agency mapped from one of its files.

Rules:
 * Every mapped column stands in the header, once; what else the file has is not looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from clients.tabular.delimited import Encoding
from clients.tabular.reading import read_rows
from clients.tabular.rows import Rows
from clients.tabular.wishes import Wishes
from matcher.core.errors import InvalidAgencyTable


def read_mapped(path: Path, columns: Sequence[str], encoding: Encoding) -> Rows:
    """Read ``columns`` of the file at ``path``; ``encoding`` is that of a CSV file.

    Raises:
        InvalidAgencyTable: the file is not readable, is neither CSV nor Parquet, lacks a column or
            has a line with too many or too few fields.
    """

    def choose(name: str, header: Sequence[str]) -> Sequence[str]:
        for column in columns:
            _check_once(name, header, column)
        return columns

    # Office software in Japanese writes it without being asked.
    other = f"say `encoding: {Encoding.CP932}` for its table" if encoding is Encoding.UTF_8 else ""
    return read_rows(path, Wishes(choose, InvalidAgencyTable, other), encoding)


def _check_once(name: str, header: Sequence[str], column: str) -> None:
    if not header:
        raise InvalidAgencyTable("the file is empty", where=name, fix="begin it with a header line")
    found = list(header).count(column)
    if found != 1:
        # The header is not repeated: in a file without one it would be somebody's record.
        raise InvalidAgencyTable(
            f"there is no column {column!r}" if not found else f"column {column!r} occurs twice",
            where=name,
            fix="check the header, the commas in it, and the mapping in the agency's configuration",
        )
