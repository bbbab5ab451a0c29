from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from clients.requester.cohort import cohort_of, load_cohort
from clients.requester.cohort_terms import CohortTerms
from matcher.core.binding import link_code
from matcher.core.errors import InvalidCohort
from matcher.core.identifiers import AgencyId, Role
from matcher.core.programme import Unit

TAX, WELFARE = Role("tax"), Role("welfare")
ROLES = (TAX, WELFARE)
TERMS = CohortTerms(Unit.PERSON, 1, {role: (AgencyId(role),) for role in ROLES})
PLANTED = "person-4711"


def write(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "cohort.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(path: Path) -> str:
    with pytest.raises(InvalidCohort) as caught:
        load_cohort(path, TERMS)
    assert PLANTED not in str(caught.value)
    return str(caught.value)


def codes_of(*identifiers: str) -> np.ndarray:
    return np.array([list(link_code(identifier)) for identifier in identifiers], dtype=np.uint8)


def test_subjects_are_the_identifiers_where_a_role_has_no_column(tmp_path: Path) -> None:
    cohort = load_cohort(write(tmp_path, "subject\nanna\nben\n"), TERMS)
    assert cohort.subjects.to_pylist() == ["anna", "ben"]
    for role in ROLES:
        assert np.array_equal(cohort.asked[role].codes, codes_of("anna", "ben"))


def test_a_role_column_gives_the_identifiers_of_that_role(tmp_path: Path) -> None:
    cohort = load_cohort(write(tmp_path, "welfare,subject\nW1,anna\nW2,ben\n"), TERMS)
    assert np.array_equal(cohort.asked[WELFARE].codes, codes_of("W1", "W2"))
    assert np.array_equal(cohort.asked[TAX].codes, codes_of("anna", "ben"))


def test_quoted_and_japanese_identifiers_are_read(tmp_path: Path) -> None:
    cohort = load_cohort(write(tmp_path, '\ufeffsubject\n"a,b"\n山田\n'), TERMS)
    assert cohort.subjects.to_pylist() == ["a,b", "山田"]


@pytest.mark.parametrize("name", [f"{PLANTED} ", f" {PLANTED}", f"{PLANTED}\u3000", "\t"])
def test_a_space_at_an_end_of_an_identifier_is_refused(tmp_path: Path, name: str) -> None:
    message = refusal(write(tmp_path, f"subject\nanna\n{name}\n"))
    assert "line 3, column 'subject': the identifier begins or ends with a space" in message


def test_blank_lines_at_the_end_are_tolerated(tmp_path: Path) -> None:
    assert len(load_cohort(write(tmp_path, "subject\nanna\n\n\n"), TERMS)) == 1


def test_parquet_of_whole_numbers_equals_their_text(tmp_path: Path) -> None:
    path = tmp_path / "cohort.parquet"
    pyarrow.parquet.write_table(pa.table({"subject": [17, 4]}), path)
    cohort = load_cohort(path, TERMS)
    assert np.array_equal(cohort.asked[TAX].codes, codes_of("17", "4"))


def test_a_cohort_in_memory_equals_the_file(tmp_path: Path) -> None:
    loaded = load_cohort(write(tmp_path, "subject,tax\nanna,1\nben,2\n"), TERMS)
    made = cohort_of(["anna", "ben"], TERMS, {TAX: ["1", "2"]})
    assert made.subjects.equals(loaded.subjects)
    for role in ROLES:
        assert np.array_equal(made.asked[role].codes, loaded.asked[role].codes)


@pytest.mark.parametrize(
    ("text", "expected"),
    {
        "nothing at all": ("", "cohort.csv: the file is empty"),
        "a header alone": ("subject\n", "cohort.csv: there are no subjects"),
        "no subject column": (f"{PLANTED}\nx\n", "there is no column 'subject'"),
        "an unknown column": (f"subject,{PLANTED}\nx,y\n", "column 2 is neither 'subject' nor"),
        "members of persons": (
            f"subject,member\n{PLANTED},a\n",
            "there is a column 'member', and the programme decides about persons",
        ),
        "two subject columns": ("subject,subject\nx,y\n", "two columns have the same name"),
        "an empty identifier": ("subject,tax\na,1\nb,\n", "line 3, column 'tax'"),
        "a blank line inside": ("subject\na\n\nb\n", "line 3, column 'subject'"),
        "the same subject twice": (
            f"subject\n{PLANTED}\nb\n{PLANTED}\n",
            "line 4, column 'subject': the identifier stands already in line 2",
        ),
        "the same code twice in one role": (
            f"subject,tax\na,1\nb,{PLANTED}\nc,{PLANTED}\n",
            "line 4, column 'tax': the identifier stands already in line 3",
        ),
        "a field too many": (f"subject\na\nb,{PLANTED}\n", "line 3: the line has 2 fields"),
        "an endless identifier": (f"subject\n{PLANTED * 40}\n", "line 2, column 'subject'"),
        "a line break in quotes": (f'subject\n"a\n{PLANTED}"\n', "line break"),
        "bytes that are not UTF-8": (b"subject\n\xff\xfe\n", "not comma-separated text in UTF-8"),
        "a header that is not UTF-8": (b"\xff\xfe\nx\n", "the header line is not UTF-8"),
    }.values(),
)
def test_an_unusable_file_is_refused_with_its_place(
    tmp_path: Path, text: str | bytes, expected: str
) -> None:
    assert expected in refusal(write(tmp_path, text))


def test_an_unknown_kind_of_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cohort.xlsx"
    path.write_bytes(b"")
    assert "use a .csv or .parquet file" in refusal(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path / "none.csv")


def test_parquet_with_a_null_identifier_is_refused_with_its_row(tmp_path: Path) -> None:
    path = tmp_path / "cohort.parquet"
    pyarrow.parquet.write_table(pa.table({"subject": ["a", None]}), path)
    assert "row 2, column 'subject': the identifier is missing" in refusal(path)


def test_parquet_with_real_numbers_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cohort.parquet"
    pyarrow.parquet.write_table(pa.table({"subject": [1.5]}), path)
    assert "text or whole numbers" in refusal(path)


def test_identifiers_that_do_not_fit_the_subjects_are_refused() -> None:
    with pytest.raises(InvalidCohort, match="more or fewer"):
        cohort_of(["a", "b"], TERMS, {TAX: ["1"]})
