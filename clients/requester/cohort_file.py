"""Reads the columns of a cohort file as text.

What an identifier must look like is for ``cohort``.

 ================= =============================================================================
 subject           the requester's name of the person or household
 member            households: the requester's name of the member, one row a member
 ``<role>``        optional: what the role's agencies know the person by; else the name above
 ``<role>.agency`` which agency is asked, where several answer for the role; else optional
 ================= =============================================================================

Rules:
 * A column that is none of these is refused: a misspelt role would otherwise silently send the
   requester's own name for somebody to an agency.
 * Every column holds identifiers: text or whole numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from clients.requester.cohort_terms import CohortTerms
from clients.tabular.identifiers import identifiers_in
from clients.tabular.reading import read_rows
from clients.tabular.rows import Rows
from clients.tabular.wishes import Wishes
from matcher.core.errors import InvalidCohort
from matcher.core.identifiers import Role

SUBJECT = "subject"
MEMBER = "member"


def agency_column(role: Role) -> str:
    """Return the name of the column that says which agency of ``role`` is asked."""
    return f"{role}.agency"


def read_cohort_rows(path: Path, terms: CohortTerms) -> Rows:
    """Read the file at ``path``, whose columns must be those of ``terms``.

    Returns:
        Columns of text; an absent identifier is an empty text.

    Raises:
        InvalidCohort: the file is not readable, is neither CSV nor Parquet, has a column it may not
            have or lacks one it needs, or a line has too many or too few fields.
    """

    def choose(name: str, header: Sequence[str]) -> Sequence[str]:
        check_columns(name, header, terms)
        return header

    rows = read_rows(path, Wishes(choose, InvalidCohort))
    columns = {name: identifiers_in(rows, name, InvalidCohort) for name in rows.columns}
    return replace(rows, columns=columns)


def check_columns(file: str, header: Sequence[str], terms: CohortTerms) -> None:
    """Check that ``header`` is one that ``terms`` allow.

    Raises:
        InvalidCohort: a column is missing, is there twice or has no meaning; says which.
    """
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
    _check_unit(where, header, terms)
    for role, agencies in terms.agencies.items():
        if len(agencies) > 1 and agency_column(role) not in header:
            raise InvalidCohort(
                f"there is no column {agency_column(role)!r}, and {len(agencies)} agencies answer "
                f"for the role {role!r}",
                where=where,
                fix=f"add it, and say for everybody which is asked: {', '.join(agencies)}",
            )
    known = _known_columns(terms)
    for position, name in enumerate(header, start=1):
        if name not in known:
            # The header is not repeated: in a file without one it would be somebody's record.
            raise InvalidCohort(
                f"column {position} is neither {SUBJECT!r} nor a role of the programme",
                where=where,
                fix=f"the columns may be {', '.join(map(repr, known))}",
            )


def _check_unit(where: str, header: Sequence[str], terms: CohortTerms) -> None:
    if terms.households and MEMBER not in header:
        raise InvalidCohort(
            f"there is no column {MEMBER!r}, and the programme decides about households",
            where=where,
            fix=f"write one row a member, and name its column {MEMBER!r}",
        )
    if not terms.households and MEMBER in header and Role(MEMBER) not in terms.agencies:
        raise InvalidCohort(
            f"there is a column {MEMBER!r}, and the programme decides about persons",
            where=where,
            fix="write one row a person, or use a programme with `unit: household`",
        )


def _known_columns(terms: CohortTerms) -> list[str]:
    own = [SUBJECT, MEMBER] if terms.households else [SUBJECT]
    roles = sorted(terms.agencies)
    return list(dict.fromkeys([*own, *roles, *map(agency_column, roles)]))
