"""Households, and several agencies in one role: what a cohort file then holds."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from clients.requester.cohort import Cohort, cohort_of, load_cohort
from clients.requester.cohort_terms import CohortTerms
from matcher.core.binding import link_code
from matcher.core.errors import InvalidCohort
from matcher.core.identifiers import AgencyId, Role
from matcher.core.programme import Unit

TAX, WELFARE = Role("tax"), Role("welfare")
NORTH, SOUTH = AgencyId("north"), AgencyId("south")
ONE_EACH = {TAX: (NORTH,), WELFARE: (AgencyId("welfare"),)}
SHARED = {TAX: (NORTH, SOUTH), WELFARE: (AgencyId("welfare"),)}
PERSONS = CohortTerms(Unit.PERSON, 1, SHARED)
HOUSEHOLDS = CohortTerms(Unit.HOUSEHOLD, 3, ONE_EACH)
SHARED_HOUSEHOLDS = CohortTerms(Unit.HOUSEHOLD, 3, SHARED)
# Stands in bad places only, so that finding it in a message means a name was repeated.
PLANTED = "person-4711"

FAMILIES = """subject,member,tax.agency
h1,anna,north
h1,ben,south
h2,cleo,south
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "cohort.csv"
    path.write_text(text)
    return path


def refusal(path: Path, terms: CohortTerms) -> str:
    with pytest.raises(InvalidCohort) as caught:
        load_cohort(path, terms)
    assert PLANTED not in str(caught.value)
    return str(caught.value)


def codes_of(*identifiers: str) -> np.ndarray:
    return np.array([list(link_code(identifier)) for identifier in identifiers], dtype=np.uint8)


def seats(cohort: Cohort) -> list[tuple[int, int]]:
    assert cohort.households is not None
    rows = cohort.households
    return list(zip(rows.group_of.tolist(), rows.seat_of.tolist(), strict=True))


# --- Households -----------------------------------------------------------------------------------


def test_the_rows_of_a_household_are_its_members(tmp_path: Path) -> None:
    text = "subject,member\nh1,anna\nh1,ben\nh2,cleo\nh3,dora\nh3,emil\nh3,fred\n"
    cohort = load_cohort(write(tmp_path, text), HOUSEHOLDS)
    assert len(cohort) == 3
    assert cohort.subjects.to_pylist() == ["h1", "h2", "h3"]
    assert seats(cohort) == [(0, 0), (0, 1), (1, 0), (2, 0), (2, 1), (2, 2)]
    names = codes_of("anna", "ben", "cleo", "dora", "emil", "fred")
    for role in (TAX, WELFARE):
        assert np.array_equal(cohort.asked[role].codes, names)
        assert cohort.asked[role].places is None


def test_members_go_by_an_agencys_own_identifiers_where_there_are_any(tmp_path: Path) -> None:
    # The names of members then need not differ from household to household.
    text = "subject,member,tax,welfare\nh1,1,T1,W1\nh1,2,T2,W2\nh2,1,T3,W3\n"
    cohort = load_cohort(write(tmp_path, text), HOUSEHOLDS)
    assert np.array_equal(cohort.asked[TAX].codes, codes_of("T1", "T2", "T3"))
    assert np.array_equal(cohort.asked[WELFARE].codes, codes_of("W1", "W2", "W3"))


def test_households_are_read_from_parquet_too(tmp_path: Path) -> None:
    path = tmp_path / "cohort.parquet"
    columns = {"subject": [7, 7, 8], "member": ["a", "b", "c"]}
    pyarrow.parquet.write_table(pa.table(columns), path)
    cohort = load_cohort(path, HOUSEHOLDS)
    assert cohort.subjects.to_pylist() == ["7", "8"]
    assert seats(cohort) == [(0, 0), (0, 1), (1, 0)]


@pytest.mark.parametrize(
    ("text", "expected"),
    {
        "a file of persons": (
            f"subject\n{PLANTED}\n",
            "header: there is no column 'member', and the programme decides about households",
        ),
        "a household that is too large": (
            f"subject,member\nh1,z\n{PLANTED},a\n{PLANTED},b\n{PLANTED},c\n{PLANTED},d\n",
            "line 6, column 'subject': the household has more than the 3 members",
        ),
        "a household that is torn apart": (
            f"subject,member\n{PLANTED},a\nh2,b\n{PLANTED},c\n",
            "line 4, column 'subject': the household began already in line 2",
        ),
        "a second household torn apart": (
            f"subject,member\nh1,a\n{PLANTED},b\n{PLANTED},c\nh3,d\nh4,e\n{PLANTED},f\n",
            "line 7, column 'subject': the household began already in line 3",
        ),
        "a member listed twice": (
            f"subject,member\nh1,a\nh2,{PLANTED}\nh2,b\nh2,{PLANTED}\n",
            "line 5, column 'member': the member stands already in line 3",
        ),
        "a member of two households": (
            f"subject,member\nh1,{PLANTED}\nh2,{PLANTED}\n",
            "line 3, column 'member': the identifier stands already in line 2",
        ),
        "one identifier in two households": (
            f"subject,member,tax\nh1,a,{PLANTED}\nh2,b,{PLANTED}\n",
            "line 3, column 'tax': the identifier stands already in line 2",
        ),
        "a member without a name": (
            "subject,member\nh1,a\nh1,\n",
            "line 3, column 'member': the identifier is missing",
        ),
        "a household without a name": (
            "subject,member\nh1,a\n,b\n",
            "line 3, column 'subject': the identifier is missing",
        ),
        "an unknown column": (
            f"subject,member,{PLANTED}\nh1,a,x\n",
            "column 3 is neither 'subject' nor a role of the programme",
        ),
    }.values(),
)
def test_a_file_of_households_is_refused_with_its_place(
    tmp_path: Path, text: str, expected: str
) -> None:
    assert expected in refusal(write(tmp_path, text), HOUSEHOLDS)


# --- Several agencies in one role -----------------------------------------------------------------


def test_the_file_says_which_agency_is_asked_about_whom(tmp_path: Path) -> None:
    text = "subject,tax.agency\nanna,south\nben,north\ncleo,south\n"
    cohort = load_cohort(write(tmp_path, text), PERSONS)
    asked = cohort.asked[TAX]
    assert asked.agencies == (NORTH, SOUTH)
    assert asked.places is not None
    assert asked.places.tolist() == [1, 0, 1]
    assert cohort.asked[WELFARE].places is None


def test_two_agencies_may_know_different_people_by_one_identifier(tmp_path: Path) -> None:
    text = "subject,tax,tax.agency\nanna,17,south\nben,17,north\n"
    cohort = load_cohort(write(tmp_path, text), PERSONS)
    assert np.array_equal(cohort.asked[TAX].codes, codes_of("17", "17"))


def test_the_only_agency_of_a_role_may_be_named_too(tmp_path: Path) -> None:
    terms = replace(PERSONS, agencies=ONE_EACH)
    cohort = load_cohort(write(tmp_path, "subject,tax.agency\nanna,north\n"), terms)
    assert cohort.asked[TAX].places is None


def test_members_of_one_household_may_be_asked_of_different_agencies(tmp_path: Path) -> None:
    cohort = load_cohort(write(tmp_path, FAMILIES), SHARED_HOUSEHOLDS)
    assert cohort.asked[TAX].places is not None
    assert cohort.asked[TAX].places.tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    ("text", "expected"),
    {
        "no column": (
            f"subject\n{PLANTED}\n",
            "header: there is no column 'tax.agency', and 2 agencies answer for the role 'tax'",
        ),
        "an empty field": (
            f"subject,tax.agency\nanna,north\n{PLANTED},\n",
            "line 3, column 'tax.agency': no agency is named for the role 'tax'",
        ),
        "an unknown agency": (
            f"subject,tax.agency\nanna,north\nben,{PLANTED}\n",
            "line 3, column 'tax.agency': the agency is none of those that answer for the role",
        ),
        "an agency of another role": (
            "subject,tax.agency\nanna,welfare\n",
            "line 2, column 'tax.agency': the agency is none of those",
        ),
        "one person twice at one agency": (
            f"subject,tax,tax.agency\na,{PLANTED},south\nb,{PLANTED},north\nc,{PLANTED},south\n",
            "line 4, column 'tax': the identifier stands already in line 2",
        ),
        "another agency where one answers": (
            "subject,tax.agency,welfare.agency\nanna,north,north\n",
            "line 2, column 'welfare.agency': the agency is none of those",
        ),
    }.values(),
)
def test_an_assignment_is_refused_with_its_place(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in refusal(write(tmp_path, text), PERSONS)


# --- The digest of the people ---------------------------------------------------------------------


def test_a_cohort_in_memory_is_committed_to_like_the_file(tmp_path: Path) -> None:
    loaded = load_cohort(write(tmp_path, FAMILIES), SHARED_HOUSEHOLDS)
    made = cohort_of(
        ["h1", "h1", "h2"],
        SHARED_HOUSEHOLDS,
        members=["anna", "ben", "cleo"],
        agencies={TAX: [NORTH, SOUTH, SOUTH]},
    )
    assert made.people == loaded.people


def test_the_digest_covers_households_members_and_agencies(tmp_path: Path) -> None:
    changed = {
        "as it is": FAMILIES,
        "another household": FAMILIES.replace("h1,ben", "h2,ben"),
        "another name": FAMILIES.replace("h2", "h9"),
        "another member": FAMILIES.replace("cleo", "carl"),
        "another agency": FAMILIES.replace("cleo,south", "cleo,north"),
        "another order": "subject,member,tax.agency\nh2,cleo,south\nh1,anna,north\nh1,ben,south\n",
    }
    digests = {
        load_cohort(write(tmp_path, text), SHARED_HOUSEHOLDS).people for text in changed.values()
    }
    assert len(digests) == len(changed)


def test_other_names_of_members_are_other_people_under_equal_identifiers(tmp_path: Path) -> None:
    text = "subject,member,tax,welfare\nh1,anna,T1,W1\nh1,ben,T2,W2\n"
    one = load_cohort(write(tmp_path, text), HOUSEHOLDS)
    other = load_cohort(write(tmp_path, text.replace("ben", "carl")), HOUSEHOLDS)
    assert one.people != other.people


def test_a_column_of_another_length_is_refused() -> None:
    with pytest.raises(InvalidCohort, match="more or fewer rows"):
        cohort_of(["h1", "h1"], HOUSEHOLDS, members=["anna"])
