"""A population that a designer brings as a file: one row a person, columns named as attributes.

Rules:
 * Every attribute the programme reads has a column; others are not looked at.
 * In a household programme the column ``subject`` says whose rows belong together; they stand one
   after the other.
 * A message names file, line and column, never what stands there: real records may be in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from clients.tabular.identifiers import identifiers_in
from clients.tabular.reading import read_rows
from clients.tabular.rows import Rows
from clients.tabular.typed import values_of
from clients.tabular.wishes import Wishes
from matcher.core.errors import InvalidAgencyTable
from matcher.core.programme import Programme, Unit
from matcher.core.table import Grouping, Table

SUBJECT = "subject"


def load_population(path: Path, programme: Programme) -> tuple[Table, Grouping | None]:
    """Read the population at ``path``, a CSV or Parquet file.

    Raises:
        InvalidAgencyTable: it lacks a column, or a row is not usable; says where.
    """
    household = programme.unit is Unit.HOUSEHOLD
    wanted = [*programme.catalogue.attributes, *([SUBJECT] if household else [])]

    def choose(name: str, header: Sequence[str]) -> Sequence[str]:
        for column in wanted:
            if list(header).count(column) != 1:
                raise InvalidAgencyTable(
                    f"there is not exactly one column {column!r}",
                    where=f"{name}, header",
                    fix="name the columns as the attributes the programme reads"
                    + (f", and {SUBJECT!r} for the household of a row" if household else ""),
                )
        return wanted

    rows = read_rows(path, Wishes(choose, InvalidAgencyTable))
    if not rows.count:
        raise InvalidAgencyTable("there are no rows", where=rows.name, fix="list somebody")
    table = {
        attribute.name: values_of(rows, attribute.name, attribute)
        for attribute in programme.catalogue.attributes.values()
    }
    return table, _grouping(rows, programme) if household else None


def _grouping(rows: Rows, programme: Programme) -> Grouping:
    named = identifiers_in(rows, SUBJECT, InvalidAgencyTable).dictionary_encode()
    numbers = named.indices.to_numpy(zero_copy_only=False).astype(np.int32)
    # Dictionary numbers are given in order of first appearance: adjacent rows make them ascend.
    apart = np.flatnonzero(np.diff(numbers) < 0)
    if apart.size:
        raise InvalidAgencyTable(
            "the rows of a household do not stand one after the other",
            where=rows.place(int(apart[0]) + 1, SUBJECT),
            fix="sort the file by household",
        )
    sizes = np.bincount(numbers)
    if sizes.max() > programme.most_members:
        first = int(np.flatnonzero(numbers == int(np.argmax(sizes)))[0])
        raise InvalidAgencyTable(
            f"a household has more than {programme.most_members} members",
            where=rows.place(first, SUBJECT),
            fix="raise most_members in the programme, or leave the household out",
        )
    return Grouping(len(sizes), numbers)
