"""The people a run decides about: subjects in order, and the identifier every agency knows each by.

A cohort is loaded once and may serve many runs. Identifiers are turned into link codes here and are
not needed afterwards; the requester's own names for its subjects stay on its machine.

Rules:
 * A subject has exactly one identifier a role; where a file has no column for a role, the subject's
   own name is the identifier.
 * Within one role no identifier occurs twice: an agency would answer for one person in two slots.
 * A message names the line, never the identifier.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from clients.requester.cohort_file import SUBJECT, read_cohort_rows
from clients.tabular.identifiers import hash_identifiers
from clients.tabular.rows import Array, Rows, first_where
from matcher.core.cohort import people_digest
from matcher.core.errors import InvalidCohort
from matcher.core.identifiers import Digest, Role

LONGEST_IDENTIFIER = 256


@dataclass(frozen=True, slots=True, eq=False)
class Cohort:
    """Ordered subjects and their link codes.

    Attributes:
        name: file name, for messages.
        subjects: the requester's names, an array of n texts.
        codes: link codes by role, shape (n, 16); roles without identifiers of their own share one
            array.
        people: digest of subjects and codes, which every run's cohort commitment covers.
    """

    name: str
    subjects: Array
    codes: Mapping[Role, NDArray[np.uint8]]
    people: Digest

    def __len__(self) -> int:
        return len(self.subjects)


def load_cohort(path: Path, roles: Collection[Role]) -> Cohort:
    """Read the cohort file at ``path`` for a programme with ``roles``.

    Raises:
        InvalidCohort: the file is not usable; says where.
    """
    return _checked(read_cohort_rows(path, roles), roles)


def cohort_of(
    subjects: Iterable[str],
    roles: Collection[Role],
    identifiers: Mapping[Role, Iterable[str]] | None = None,
) -> Cohort:
    """Return ``subjects`` as a cohort.

    Args:
        subjects: the requester's names, in order.
        roles: the roles of the programme.
        identifiers: by role, one a subject; a role that is missing uses the subjects' names.

    Raises:
        InvalidCohort: there are no subjects, or an identifier is empty, too long or there twice.
    """
    own = identifiers or {}
    columns = {SUBJECT: pa.array(subjects, pa.string())}
    columns |= {role: pa.array(own[role], pa.string()) for role in roles if role in own}
    if len({len(column) for column in columns.values()}) != 1:
        raise InvalidCohort("a role has more or fewer identifiers than there are subjects")
    return _checked(Rows("cohort", columns, len(columns[SUBJECT]), row_word="row", first=1), roles)


def _checked(rows: Rows, roles: Collection[Role]) -> Cohort:
    subjects = rows.columns[SUBJECT]
    if not len(subjects):
        raise InvalidCohort(
            "there are no subjects", where=rows.name, fix="list at least one subject"
        )
    for column in rows.columns:
        _check_identifiers(rows, column)
    own = {role: _link_codes(rows.columns[role]) for role in roles if role in rows.columns}
    shared = None if len(own) == len(roles) else _link_codes(subjects)
    both = {role: own.get(role, shared) for role in roles}
    codes = {role: array for role, array in both.items() if array is not None}
    return Cohort(
        rows.name, subjects, MappingProxyType(codes), people_digest(*_names(subjects), codes)
    )


def _names(subjects: Array) -> tuple[NDArray[np.uint16], memoryview]:
    """Return the lengths of the names, and all names one after the other, without copying them."""
    lengths = pc.binary_length(subjects).to_numpy(zero_copy_only=False)
    _, offsets, data = subjects.buffers()
    edges = np.frombuffer(offsets, dtype=np.int32)[
        [subjects.offset, subjects.offset + len(subjects)]
    ]
    return lengths.astype(np.uint16), memoryview(data)[edges[0] : edges[1]]


def _check_identifiers(rows: Rows, column: str) -> None:
    array = rows.columns[column]
    lengths = pc.binary_length(array)
    if (row := first_where(pc.equal(lengths, 0))) is not None:
        raise InvalidCohort(
            "the identifier is missing",
            where=rows.place(row, column),
            fix=f"give every subject one, or leave the {rows.row_word} out",
        )
    if (row := first_where(pc.greater(lengths, LONGEST_IDENTIFIER))) is not None:
        raise InvalidCohort(
            f"the identifier is longer than {LONGEST_IDENTIFIER} bytes",
            where=rows.place(row, column),
            fix="use shorter identifiers, the same at the agencies",
        )
    numbered = array.dictionary_encode()
    if len(numbered.dictionary) != len(array):
        first, second = _first_twins(numbered.indices.to_numpy(zero_copy_only=False))
        raise InvalidCohort(
            f"the identifier stands already in {rows.row_word} {first + rows.first}",
            where=rows.place(second, column),
            fix="list every person once",
        )


def _first_twins(numbers: NDArray[np.integer[Any]]) -> tuple[int, int]:
    # Dictionary numbers are given in order of first appearance, so the first number that does not
    # exceed all before it is the first repetition.
    highest = np.maximum.accumulate(numbers)
    second = int(np.flatnonzero(numbers[1:] <= highest[:-1])[0]) + 1
    return int(np.flatnonzero(numbers == numbers[second])[0]), second


def _link_codes(identifiers: Array) -> NDArray[np.uint8]:
    return hash_identifiers(identifiers.to_pylist())
