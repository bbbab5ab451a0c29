"""Reads the columns of a cohort file as text.

What an identifier must look like is for ``cohort``.

Rules:
 * A column that is neither ``subject`` nor a role of the programme is refused: a misspelt role
   would otherwise silently send the subject's own identifier to an agency.
 * Every column holds identifiers: text or whole numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from clients.tabular.identifiers import identifiers_in
from clients.tabular.reading import read_rows
from clients.tabular.rows import Rows
from clients.tabular.wishes import Wishes
from matcher.core.errors import InvalidCohort

SUBJECT = "subject"


def read_cohort_rows(path: Path, allowed: Collection[str]) -> Rows:
    """Read the file at ``path``, whose columns must be ``subject`` and any of ``allowed``.

    Returns:
        Columns of text; an absent identifier is an empty text.

    Raises:
        InvalidCohort: the file is not readable, is neither CSV nor Parquet, has a column it may not
            have or lacks ``subject``, or a line has too many or too few fields.
    """

    def choose(name: str, header: Sequence[str]) -> Sequence[str]:
        _check_header(name, header, sorted(allowed))
        return header

    rows = read_rows(path, Wishes(choose, InvalidCohort))
    columns = {name: identifiers_in(rows, name, InvalidCohort) for name in rows.columns}
    return replace(rows, columns=columns)


def _check_header(file: str, header: Sequence[str], roles: Sequence[str]) -> None:
    where = f"{file}, header"
    if not header:
        raise InvalidCohort("the file is empty", where=file, fix="list at least one subject")
    if SUBJECT not in header:
        raise InvalidCohort(
            f"there is no column {SUBJECT!r}", where=where, fix=f"name the first column {SUBJECT!r}"
        )
    if len(set(header)) != len(header):
        raise InvalidCohort(
            "two columns have the same name", where=where, fix="name every column once"
        )
    for position, name in enumerate(header, start=1):
        if name != SUBJECT and name not in roles:
            # The header is not repeated: in a file without one it would be somebody's record.
            raise InvalidCohort(
                f"column {position} is neither {SUBJECT!r} nor a role of the programme",
                where=where,
                fix=f"keep {SUBJECT!r} and, where an agency uses its own identifiers, "
                f"{' and '.join(repr(role) for role in roles)}",
            )
