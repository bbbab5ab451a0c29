"""Says what is wrong with a column of an agency's file, and in which row.

Rules:
 * The message names file, line and column; the value itself is never repeated.
"""

from __future__ import annotations

from typing import NoReturn

from clients.tabular.rows import Array, Rows, first_where
from matcher.core.errors import InvalidAgencyTable

CORRECT = "correct the row in the file, or leave it out"


def refuse(rows: Rows, column: str, wrong: Array, what: str) -> None:
    """Raise for the first row where ``wrong`` is true; null counts as not wrong.

    Raises:
        InvalidAgencyTable: there is such a row.
    """
    if (at := first_where(wrong)) is not None:
        raise InvalidAgencyTable(what, where=rows.place(at, column), fix=CORRECT)


def refuse_type(rows: Rows, column: str, expected: str) -> NoReturn:
    """Raise for a column that is not of a type that can hold what is ``expected``.

    Raises:
        InvalidAgencyTable: always.
    """
    raise InvalidAgencyTable(
        f"the column does not hold {expected}",
        where=f"{rows.name}, column {column!r}",
        fix="store it with the type the catalogue gives",
    )
