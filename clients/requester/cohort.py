"""The people a run decides about: subjects in order, and the identifier every agency knows each by.

A cohort is loaded once and may serve many runs. Identifiers are turned into link codes here and are
not needed afterwards; the requester's own names for its subjects stay on its machine.

A subject is a person, or a household with its members. Whoever is asked about is called a person
here: the subject itself, or every member.

Rules:
 * A person has exactly one identifier a role; where a file has no column for a role, the person's
   own name is the identifier.
 * A person is asked about at exactly one agency of every role.
 * At one agency no identifier occurs twice: it would answer for one person in two places.
 * A message names the line, never the identifier.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from clients.requester.cohort_file import (
    MEMBER,
    SUBJECT,
    agency_column,
    check_columns,
    read_cohort_rows,
)
from clients.requester.cohort_terms import CohortTerms
from clients.requester.households import Households, households_in
from clients.tabular.identifiers import hash_identifiers
from clients.tabular.rows import Array, Rows, first_where
from clients.tabular.twins import first_twins
from matcher.core.cohort import AskedPeople, Members, Names, people_digest
from matcher.core.errors import InvalidCohort
from matcher.core.identifiers import AgencyId, Digest, Role

LONGEST_IDENTIFIER = 256


@dataclass(frozen=True, slots=True, eq=False)
class Cohort:
    """Ordered subjects, and the people to be asked about with their link codes.

    Attributes:
        name: file name, for messages.
        terms: what it was loaded for.
        subjects: the requester's names, an array of n texts.
        asked: every role's people in cohort order; roles without identifiers of their own share one
            array of codes.
        households: whose member everybody is; None where subjects are persons.
        people: digest of all this, which every run's cohort commitment covers.
    """

    name: str
    terms: CohortTerms
    subjects: Array
    asked: Mapping[Role, AskedPeople]
    households: Households | None
    people: Digest

    def __len__(self) -> int:
        return len(self.subjects)


def load_cohort(path: Path, terms: CohortTerms) -> Cohort:
    """Read the cohort file at ``path`` for a programme and agencies with ``terms``.

    Raises:
        InvalidCohort: the file is not usable; says where.
    """
    return _checked(read_cohort_rows(path, terms), terms)


def cohort_of(
    subjects: Iterable[str],
    terms: CohortTerms,
    identifiers: Mapping[Role, Iterable[str]] | None = None,
    *,
    members: Iterable[str] | None = None,
    agencies: Mapping[Role, Iterable[AgencyId]] | None = None,
) -> Cohort:
    """Return a cohort from memory, row by row as a file would have it.

    Args:
        subjects: the requester's names, in order; those of households once a member.
        terms: of the programme and its parties.
        identifiers: by role, one a row; a role that is missing uses the persons' own names.
        members: the names of households' members; None where subjects are persons.
        agencies: by role, whom to ask, one a row; needed where several answer for the role.

    Raises:
        InvalidCohort: there are no subjects, or a row would not do in a file either.
    """
    columns = {SUBJECT: list(subjects)}
    if members is not None:
        columns[MEMBER] = list(members)
    columns |= {role: list(own) for role, own in (identifiers or {}).items()}
    columns |= {agency_column(role): list(named) for role, named in (agencies or {}).items()}
    if len({len(column) for column in columns.values()}) != 1:
        raise InvalidCohort("a column has more or fewer rows than there are subjects")
    check_columns("cohort", tuple(columns), terms)
    arrays = {name: pa.array(column, pa.string()) for name, column in columns.items()}
    return _checked(Rows("cohort", arrays, len(columns[SUBJECT]), row_word="row", first=1), terms)


def _checked(rows: Rows, terms: CohortTerms) -> Cohort:
    if not rows.count:
        raise InvalidCohort(
            "there are no subjects", where=rows.name, fix="list at least one subject"
        )
    own_name = MEMBER if terms.households else SUBJECT
    identifying = {role: role if role in rows.columns else own_name for role in terms.agencies}
    for column in dict.fromkeys((SUBJECT, own_name, *identifying.values())):
        _check_filled(rows, column)
    households = None
    if terms.households:
        households = households_in(rows, SUBJECT, MEMBER, terms.most_members)
    else:
        _check_different(rows, SUBJECT)
    hashed: dict[str, NDArray[np.uint8]] = {}
    asked = {}
    for role, column in identifying.items():
        places = _places(rows, role, terms.agencies[role])
        if column != SUBJECT or households is not None or places is not None:
            _check_different(rows, column, places)
        if column not in hashed:
            hashed[column] = hash_identifiers(rows.columns[column].to_pylist())
        asked[role] = AskedPeople(hashed[column], terms.agencies[role], places)
    subjects = rows.columns[SUBJECT]
    members = None
    if households is not None:
        subjects = subjects.take(pa.array(households.starts))
        members = Members(households.sizes, _names(rows.columns[MEMBER]))
    return Cohort(
        name=rows.name,
        terms=terms,
        subjects=subjects,
        asked=MappingProxyType(asked),
        households=households,
        people=people_digest(_names(subjects), asked, members),
    )


def _names(array: Array) -> Names:
    """Return the texts one after the other, without copying them, and their lengths."""
    lengths = pc.binary_length(array).to_numpy(zero_copy_only=False)
    _, offsets, data = array.buffers()
    edges = np.frombuffer(offsets, dtype=np.int32)[[array.offset, array.offset + len(array)]]
    return Names(lengths.astype(np.uint16), memoryview(data)[edges[0] : edges[1]])


def _check_filled(rows: Rows, column: str) -> None:
    lengths = pc.binary_length(rows.columns[column])
    if (row := first_where(pc.equal(lengths, 0))) is not None:
        raise InvalidCohort(
            "the identifier is missing",
            where=rows.place(row, column),
            fix=f"give everybody one, or leave the {rows.row_word} out",
        )
    if (row := first_where(pc.greater(lengths, LONGEST_IDENTIFIER))) is not None:
        raise InvalidCohort(
            f"the identifier is longer than {LONGEST_IDENTIFIER} bytes",
            where=rows.place(row, column),
            fix="use shorter identifiers, the same at the agencies",
        )


def _check_different(rows: Rows, column: str, places: NDArray[np.uint8] | None = None) -> None:
    """Refuse an identifier that is there twice, at one agency if ``places`` says which is asked."""
    twins = first_twins(rows.columns[column], places)
    if twins is not None:
        raise InvalidCohort(
            f"the identifier stands already in {rows.row_word} {twins[0] + rows.first}",
            where=rows.place(twins[1], column),
            fix="list every person once",
        )


def _places(rows: Rows, role: Role, agencies: tuple[AgencyId, ...]) -> NDArray[np.uint8] | None:
    """Return which of ``agencies`` is asked about everybody, or None where there is only one."""
    column = agency_column(role)
    if column not in rows.columns:
        return None
    named = rows.columns[column]
    if (row := first_where(pc.equal(pc.binary_length(named), 0))) is not None:
        raise InvalidCohort(
            f"no agency is named for the role {role!r}",
            where=rows.place(row, column),
            fix=f"say whom to ask: {', '.join(agencies)}",
        )
    at = pc.index_in(named, value_set=pa.array(agencies, pa.string()))
    if (row := first_where(pc.is_null(at))) is not None:
        raise InvalidCohort(
            f"the agency is none of those that answer for the role {role!r}",
            where=rows.place(row, column),
            fix=f"choose from {', '.join(agencies)}, or add it under `providers` in the "
            "configuration",
        )
    if len(agencies) == 1:
        return None
    numbers: NDArray[np.uint8] = at.to_numpy(zero_copy_only=False).astype(np.uint8)
    return numbers
