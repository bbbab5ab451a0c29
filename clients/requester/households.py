"""Which rows of a cohort are the members of one household.

Rules:
 * The rows of a household stand together, one a member, and no member of it is there twice.
 * A household has at most as many members as its programme says; who has more is never cut off.
 * A message names lines, never a household or a member.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clients.tabular.rows import Rows
from clients.tabular.twins import first_twins
from matcher.core.errors import InvalidCohort


@dataclass(frozen=True, slots=True, eq=False)
class Households:
    """Households row by row.

    Attributes:
        starts: first row of every household, ascending, shape (households,).
        sizes: members of every household, shape (households,).
        group_of: the household of every row, ascending, shape (rows,).
        seat_of: which member of its household every row is, counted from 0, shape (rows,).
    """

    starts: NDArray[np.int64]
    sizes: NDArray[np.uint8]
    group_of: NDArray[np.int32]
    seat_of: NDArray[np.int64]


def households_in(rows: Rows, subject: str, member: str, most_members: int) -> Households:
    """Return the households of ``rows``.

    Args:
        rows: at least one; all texts are filled.
        subject: the column that names households.
        member: the column that names members.
        most_members: of one household.

    Raises:
        InvalidCohort: a rule above is broken; says in which line.
    """
    named = rows.columns[subject].dictionary_encode()
    numbers = named.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    starts = np.flatnonzero(np.diff(numbers, prepend=-1))
    if len(starts) != len(named.dictionary):
        _refuse_torn(rows, subject, numbers, starts)
    sizes = np.diff(starts, append=rows.count)
    if (sizes > most_members).any():
        crowded = int(np.argmax(sizes > most_members))
        raise InvalidCohort(
            f"the household has more than the {most_members} members the programme provides for",
            where=rows.place(int(starts[crowded]) + most_members, subject),
            fix="decide about it by hand, or ask for a version with a larger `most_members`",
        )
    group_of = np.repeat(np.arange(len(starts), dtype=np.int32), sizes)
    twins = first_twins(rows.columns[member], group_of)
    if twins is not None:
        raise InvalidCohort(
            f"the member stands already in {rows.row_word} {twins[0] + rows.first}",
            where=rows.place(twins[1], member),
            fix="list every member of a household once",
        )
    seats = np.arange(rows.count) - np.repeat(starts, sizes)
    return Households(starts, sizes.astype(np.uint8), group_of, seats)


def _refuse_torn(
    rows: Rows, subject: str, numbers: NDArray[np.int64], starts: NDArray[np.int64]
) -> None:
    # Numbers are given in order of first appearance: a household that begins anew has one that does
    # not exceed all before it.
    begun = numbers[starts]
    again = int(starts[1:][begun[1:] <= np.maximum.accumulate(begun)[:-1]][0])
    before = int(np.flatnonzero(numbers == numbers[again])[0])
    raise InvalidCohort(
        f"the household began already in {rows.row_word} {before + rows.first}, and others stand "
        "between",
        where=rows.place(again, subject),
        fix="keep the rows of one household together",
    )
