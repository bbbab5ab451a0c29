from __future__ import annotations

from pathlib import Path

import pytest

from matcher.core.catalogue import Attribute, AttributeType
from matcher.core.errors import InvalidFile
from matcher.core.identifiers import AttributeName
from programmes.proportions import load_proportions, proportions_path

HEADER = "attribute,value,to,weight,per,source\n"
ATTRIBUTES = {
    attribute.name: attribute
    for attribute in (
        Attribute(AttributeName("tax.income"), AttributeType.INTEGER, 0, 1000),
        Attribute(AttributeName("tax.taxed"), AttributeType.BOOLEAN, 0, 1),
        Attribute(AttributeName("tax.born"), AttributeType.DATE, -25567, 20000),
        Attribute(AttributeName("welfare.kind"), AttributeType.ENUMERATION, 0, 1, ("none", "a")),
    )
}
ROWS = """\
members,1,,3,household,census
members,2,,1,household,census
tax,present,,98,member,illustrative
tax,absent,,2,member,illustrative
tax.income,0,,1,member,statistics
tax.income,1,1000,2,member,illustrative tail
tax.income,,,1,member,statistics
tax.taxed,true,,1,member,illustrative
tax.taxed,false,,1,member,illustrative
tax.born,1970-01-01,1970-01-31,1,member,statistics
welfare.kind,none,,9,household,statistics
welfare.kind,a,,1,household,statistics
school.year,1,,1,member,statistics
"""


def _written(directory: Path, text: str) -> Path:
    path = directory / "proportions.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_shares_are_read_by_attribute_role_and_size(tmp_path: Path) -> None:
    shares = load_proportions(_written(tmp_path, HEADER + ROWS), ATTRIBUTES)
    assert set(shares) == {"members", "tax", *ATTRIBUTES}
    income = shares["tax.income"]
    assert income.low.tolist() == [0, 1, 0]
    assert income.high.tolist() == [0, 1000, 0]
    assert income.stated.tolist() == [True, True, False]
    assert income.share.tolist() == [0.25, 0.5, 0.25]
    assert income.sources == ("statistics", "illustrative tail")
    assert income.illustrative
    born = shares["tax.born"]
    assert (born.low.tolist(), born.high.tolist()) == ([0], [30])
    assert not born.illustrative
    assert not born.household
    assert shares["welfare.kind"].household
    assert shares["welfare.kind"].low.tolist() == [0, 1]
    assert shares["tax.taxed"].low.tolist() == [1, 0]
    assert shares["tax"].low.tolist() == [1, 0]
    assert shares["members"].low.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("row", "message"),
    {
        "a value of another type": ("tax.income,many,,1,member,x", "not a value"),
        "no date": ("tax.born,1970-13-01,,1,member,x", "not a value"),
        "an unknown name": ("welfare.kind,b,,1,household,x", "not a value"),
        "a boolean in capitals": ("tax.taxed,True,,1,member,x", "not a value"),
        "a record neither here nor there": ("tax,maybe,,1,member,x", "not a value"),
        "outside the domain": ("tax.income,1001,,1,member,x", "leaves its domain"),
        "a band beyond the domain": ("tax.income,5,1001,1,member,x", "leaves its domain"),
        "a band the wrong way round": ("tax.income,9,8,1,member,x", "empty"),
        "an end without a beginning": ("tax.income,,8,1,member,x", "not a value"),
        "a household of nobody": ("members,0,,1,household,x", "leaves its domain"),
        "a negative weight": ("tax.income,0,,-1,member,x", "not a weight"),
        "a weight that is no number": ("tax.income,0,,nan,member,x", "not a weight"),
        "no weight": ("tax.income,0,,,member,x", "not a weight"),
        "an unknown unit": ("tax.income,0,,1,person,x", "neither member nor household"),
        "no source": ("tax.income,0,,1,member,", "no source"),
        "a field too many": ("tax.income,0,,1,member,x,y", "6 fields"),
        "a field too few": ("tax.income,0,,1,member", "6 fields"),
    }.values(),
    ids=str,
)
def test_a_wrong_row_is_named(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(InvalidFile, match=message) as caught:
        load_proportions(_written(tmp_path, f"{HEADER}{row}\n{ROWS}"), ATTRIBUTES)
    assert caught.value.where.endswith("proportions.csv:2")
    assert caught.value.fix


def test_weights_that_are_all_nothing_are_refused(tmp_path: Path) -> None:
    text = HEADER + ROWS.replace("tax.born,1970-01-01,1970-01-31,1", "tax.born,1970-01-01,,0")
    with pytest.raises(InvalidFile, match=r"all weights of tax\.born are 0"):
        load_proportions(_written(tmp_path, text), ATTRIBUTES)


def test_an_attribute_is_drawn_one_way_only(tmp_path: Path) -> None:
    text = HEADER + ROWS + "tax.taxed,true,,1,household,illustrative\n"
    with pytest.raises(InvalidFile, match="per member and per household"):
        load_proportions(_written(tmp_path, text), ATTRIBUTES)


def test_an_attribute_without_rows_is_refused_with_a_row_to_add(tmp_path: Path) -> None:
    text = HEADER + "".join(
        f"{row}\n" for row in ROWS.splitlines() if not row.startswith("tax.born")
    )
    with pytest.raises(InvalidFile, match=r"no proportions of tax\.born") as caught:
        load_proportions(_written(tmp_path, text), ATTRIBUTES)
    assert "tax.born,value,,1,member,illustrative" in caught.value.fix


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "attribute,code,weight\ntax.income,0,1\n"])
def test_another_kind_of_file_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidFile, match="not a file of proportions"):
        load_proportions(_written(tmp_path, text), ATTRIBUTES)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match="cannot be read"):
        load_proportions(tmp_path / "none.csv", ATTRIBUTES)
    (tmp_path / "bytes.csv").write_bytes(HEADER.encode() + b"\xff\xfe,,,,,\n")
    with pytest.raises(InvalidFile, match="cannot be read"):
        load_proportions(tmp_path / "bytes.csv", ATTRIBUTES)


@pytest.mark.parametrize(
    "catalogue",
    ["akita", "benchmark", "city", "kagoshima", "kurume", "national", "tomakomai"],
)
def test_a_shipped_catalogue_has_proportions(catalogue: str) -> None:
    assert proportions_path(catalogue).name == "proportions.csv"


def test_a_catalogue_nobody_counted_has_none() -> None:
    with pytest.raises(InvalidFile, match="comes with the package"):
        proportions_path("atlantis")
