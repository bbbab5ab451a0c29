"""Columns read from a file, and where in it each of their rows stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

# pyarrow ships no types.
Array: TypeAlias = Any


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Columns of one file, all of the same length.

    Attributes:
        name: file name, for messages.
        columns: by name; text from CSV, the file's own types from Parquet.
        count: number of rows.
        row_word: ``line`` or ``row``.
        first: what the first row is called: line 2 of a CSV file, row 1 of a Parquet file.
    """

    name: str
    columns: Mapping[str, Array]
    count: int
    row_word: str
    first: int

    def place(self, row: int, column: str) -> str:
        """Return where ``row`` is, as a person finds it in the file."""
        return f"{self.name}, {self.row_word} {row + self.first}, column {column!r}"


def is_text(array: Array) -> bool:
    """Return whether ``array`` holds text."""
    return bool(pa.types.is_string(array.type) or pa.types.is_large_string(array.type))


def first_where(condition: Array) -> int | None:
    """Return the first row where ``condition`` is true, if any; null is not true."""
    row = pc.index(pc.fill_null(condition, False), True).as_py()  # noqa: FBT003 - arrow scalars
    return row if row >= 0 else None
