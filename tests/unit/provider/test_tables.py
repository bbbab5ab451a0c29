from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from clients.provider.tables import AgencyTable, TableSource, load_table
from clients.tabular.delimited import Encoding
from clients.tabular.identifiers import hash_identifiers
from matcher.core.catalogue import Attribute, AttributeType, Catalogue
from matcher.core.errors import InvalidAgencyTable, InvalidConfiguration
from matcher.core.identifiers import AttributeName

BRACKET = AttributeName("tax.bracket")
REGION = AttributeName("tax.region")
MARRIED = AttributeName("tax.married")
CATALOGUE = Catalogue(
    "city",
    {
        BRACKET: Attribute(BRACKET, AttributeType.INTEGER, -1, 7),
        REGION: Attribute(
            REGION, AttributeType.ENUMERATION, 0, 2, values=("north", "south", "west")
        ),
        MARRIED: Attribute(MARRIED, AttributeType.BOOLEAN, 0, 1),
    },
)
HEADER = "person,bracket,region,married,note\n"
GOOD = "p1,3,south,yes,x\np2,,,,\np3,-1,north,FALSE,y\n"
# Stands in bad places only, so that finding it in a message means a value was repeated.
PLANTED = "8765"

Load = Callable[[Path], AgencyTable]


def load(path: Path) -> AgencyTable:
    columns = {BRACKET: "bracket", REGION: "region", MARRIED: "married"}
    return load_table(TableSource(path, "person", columns), CATALOGUE)


def load_csv(folder: Path, text: str | bytes) -> AgencyTable:
    path = folder / "residents.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load(path)


def codes_of(table: AgencyTable, people: list[str], name: AttributeName) -> list[int | None]:
    values = table.look_up(hash_identifiers(people), [name])[name]
    return [
        int(code) if there else None
        for code, there in zip(values.codes, values.present, strict=True)
    ]


def test_values_become_codes_of_the_catalogue(tmp_path: Path) -> None:
    table = load_csv(tmp_path, HEADER + GOOD)
    people = ["p3", "p1", "p2", "stranger"]
    assert len(table) == 3
    assert table.attributes == {BRACKET, REGION, MARRIED}
    assert codes_of(table, people, BRACKET) == [-1, 3, None, None]
    assert codes_of(table, people, REGION) == [0, 1, None, None]
    assert codes_of(table, people, MARRIED) == [0, 1, None, None]


@pytest.mark.parametrize(
    "text",
    [
        (HEADER + GOOD).replace("\n", "\r\n"),
        "\ufeff" + HEADER + GOOD,
        HEADER + GOOD + "\n\n",
        HEADER + GOOD.rstrip("\n"),
        (HEADER + GOOD).replace("p1", '"p1"'),
    ],
    ids=["windows line ends", "byte-order mark", "blank tail", "no last line end", "quotes"],
)
def test_usual_variants_of_csv_read_the_same(tmp_path: Path, text: str) -> None:
    table = load_csv(tmp_path, text)
    assert len(table) == 3
    assert codes_of(table, ["p1", "p2", "p3"], BRACKET) == [3, None, -1]


BAD_ROWS = {
    "a bad integer": (f"p4,{PLANTED}x,north,yes,", "line 5, column 'bracket': not a whole number"),
    "a decimal": (f"p4,{PLANTED}.0,north,yes,", "line 5, column 'bracket': not a whole number"),
    "an endless integer": (f"p4,{PLANTED * 9},north,yes,", "line 5, column 'bracket': not a whole"),
    "out of the domain": (f"p4,{PLANTED},north,yes,", "line 5, column 'bracket': outside the dom"),
    "below the domain": (f"p4,-{PLANTED},north,yes,", "line 5, column 'bracket': outside the dom"),
    "an unknown value": (f"p4,1,{PLANTED},yes,", "line 5, column 'region': not one of the values"),
    "another case": (f"p4,1,North,yes,{PLANTED}", "line 5, column 'region': not one of the values"),
    "not a boolean": (f"p4,1,north,{PLANTED},", "line 5, column 'married': neither true nor false"),
    "an empty identifier": (
        f",1,north,yes,{PLANTED}",
        "line 5, column 'person': the identifier is",
    ),
    "a space behind an identifier": (
        "p4 ,1,north,yes,",
        "line 5, column 'person': the identifier begins or ends with a space",
    ),
    "an endless identifier": (
        f"{PLANTED * 300},1,north,yes,",
        "line 5, column 'person': the identifier is longer than 1024 bytes",
    ),
    "a duplicate": (
        "p2,1,north,yes,",
        "line 5, column 'person': the identifier stands already in line 3",
    ),
    "too few fields": (f"p4,{PLANTED}", "line 5: the line has 2 fields where the header has 5"),
    "too many fields": (
        f"p4,1,north,yes,{PLANTED},7",
        "line 5: the line has 6 fields where the header",
    ),
    "a blank line": ("", "line 5, column 'person': the identifier is empty"),
    "an open quote": (f'p4,1,north,yes,"{PLANTED}', "a field contains a line break"),
    "a line break": (f'p4,1,north,yes,"{PLANTED}\n"', "a field contains a line break"),
}


@pytest.mark.parametrize(("row", "message"), BAD_ROWS.values(), ids=BAD_ROWS.keys())
def test_a_bad_row_is_named_by_line_and_column_and_its_value_is_not(
    tmp_path: Path, row: str, message: str
) -> None:
    with pytest.raises(InvalidAgencyTable) as caught:
        load_csv(tmp_path, HEADER + GOOD + row + "\np9,1,north,yes,\n")
    assert message in str(caught.value)
    assert "residents.csv" in str(caught.value)
    assert PLANTED not in str(caught.value)
    assert caught.value.__cause__ is None


def test_text_in_another_encoding_is_refused_without_repeating_it(tmp_path: Path) -> None:
    with pytest.raises(InvalidAgencyTable, match="UTF-8") as caught:
        load_csv(tmp_path, (HEADER + GOOD).encode() + "p4,1,北,yes,\n".encode("shift_jis"))
    assert caught.value.fix == "save it as CSV in UTF-8, or say `encoding: cp932` for its table"
    assert caught.value.__suppress_context__


def test_a_file_in_cp932_is_read_where_the_configuration_says_so(tmp_path: Path) -> None:
    path = tmp_path / "residents.csv"
    path.write_bytes((HEADER + GOOD + "表,2,west,no,能\n").encode("cp932"))
    source = TableSource(path, "person", {BRACKET: "bracket"}, Encoding.CP932)
    assert codes_of(load_table(source, CATALOGUE), ["表", "p1"], BRACKET) == [2, 3]


def test_a_file_said_to_be_in_cp932_that_is_not_is_to_be_saved_anew(tmp_path: Path) -> None:
    path = tmp_path / "residents.csv"
    path.write_bytes((HEADER + GOOD).encode() + b"p4,2,\x81\x20,no,\n")
    with pytest.raises(InvalidAgencyTable) as caught:
        load_table(TableSource(path, "person", {BRACKET: "bracket"}, Encoding.CP932), CATALOGUE)
    assert caught.value.fix == "save it as CSV in CP932"


@pytest.mark.parametrize(
    ("text", "message"),
    {
        "after the header": (
            (HEADER + GOOD).encode() + b"p4,1,\xff,yes,\n",
            "line 5: the file is not comma",
        ),
        "in the header": (b"\xff" + HEADER.encode(), "line 1: the header line is not UTF-8"),
    }.values(),
)
def test_bytes_of_another_encoding_are_blamed_on_their_own_place(
    tmp_path: Path, text: bytes, message: str
) -> None:
    with pytest.raises(InvalidAgencyTable, match=message):
        load_csv(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("person,bracket,region,note\n", "there is no column 'married'"),
        ("person,bracket,region,married,person\n", "column 'person' occurs twice"),
        ("", "the file is empty"),
        (f"{PLANTED},1,north,yes,x\n", "there is no column"),
    ],
)
def test_a_header_without_the_mapped_columns_is_refused(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(InvalidAgencyTable, match=message) as caught:
        load_csv(tmp_path, text)
    assert PLANTED not in str(caught.value)


def test_a_table_of_nobody_is_allowed(tmp_path: Path) -> None:
    table = load_csv(tmp_path, HEADER)
    assert codes_of(table, ["p1"], BRACKET) == [None]


def parquet(folder: Path, **columns: pa.Array) -> Path:
    plain = {
        "person": pa.array(["p1", "p2"]),
        "bracket": pa.array([1, None], pa.int8()),
        "region": pa.array(["west", None]).dictionary_encode(),
        "married": pa.array([True, None]),
    }
    path = folder / "residents.parquet"
    pyarrow.parquet.write_table(pa.table(plain | columns), path)
    return path


def test_parquet_gives_the_same_codes(tmp_path: Path) -> None:
    table = load(parquet(tmp_path))
    people = ["p1", "p2"]
    assert codes_of(table, people, BRACKET) == [1, None]
    assert codes_of(table, people, REGION) == [2, None]
    assert codes_of(table, people, MARRIED) == [1, None]


def test_parquet_identifiers_may_be_numbers(tmp_path: Path) -> None:
    table = load(parquet(tmp_path, person=pa.array([17, 18])))
    assert codes_of(table, ["17", "18"], BRACKET) == [1, None]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"bracket": pa.array([1.5, 2.0])}, "column 'bracket': the column does not hold whole"),
        ({"bracket": pa.array([1, 8765])}, "row 2, column 'bracket': outside the domain"),
        ({"bracket": pa.array([1, 2**63 + 8765], pa.uint64())}, "does not fit 64 bits"),
        ({"region": pa.array([1, 2])}, "column 'region': the column does not hold text"),
        ({"region": pa.array(["west", "8765"])}, "row 2, column 'region': not one of"),
        ({"married": pa.array([1, 0])}, "column 'married': the column does not hold text"),
        ({"person": pa.array(["p1", None])}, "row 2, column 'person': the identifier is empty"),
        ({"person": pa.array(["p1", "p1"])}, "row 2, column 'person': the identifier stands"),
        ({"person": pa.array([0.5, 1.5])}, "identifiers are text or whole numbers"),
    ],
)
def test_a_bad_parquet_column_is_named(
    tmp_path: Path, columns: dict[str, pa.Array], message: str
) -> None:
    with pytest.raises(InvalidAgencyTable) as caught:
        load(parquet(tmp_path, **columns))
    assert message in str(caught.value)
    assert PLANTED not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("residents.xlsx", b"x", "the kind of file is not known"),
        ("residents.parquet", b"not parquet", "the file is not Parquet"),
    ],
)
def test_a_file_of_another_kind_is_refused(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidAgencyTable, match=message):
        load(tmp_path / name)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidAgencyTable, match="cannot be read"):
        load(tmp_path / "residents.csv")


def test_an_attribute_outside_the_catalogue_is_refused(tmp_path: Path) -> None:
    source = TableSource(tmp_path / "residents.csv", "person", {AttributeName("tax.age"): "age"})
    with pytest.raises(InvalidConfiguration, match=r"has no attribute 'tax\.age'"):
        load_table(source, CATALOGUE)


def test_a_table_without_attributes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfiguration, match="no attribute is mapped"):
        load_table(TableSource(tmp_path / "residents.csv", "person", {}), CATALOGUE)


def test_a_large_table_is_looked_up_like_a_small_one(tmp_path: Path) -> None:
    count = 30_000
    rng = np.random.default_rng(5)
    brackets = rng.integers(-1, 8, count)
    lines = "".join(f"p{row},{code},west,no,\n" for row, code in enumerate(brackets))
    table = load_csv(tmp_path, HEADER + lines)
    asked = rng.permutation(count)
    found = codes_of(table, [f"p{row}" for row in asked], BRACKET)
    assert found == brackets[asked].tolist()
