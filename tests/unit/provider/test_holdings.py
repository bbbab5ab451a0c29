from dataclasses import replace
from pathlib import Path

import pytest

from clients.provider.holdings import Holdings
from clients.provider.tables import TableSource, load_table
from clients.tabular.identifiers import hash_identifiers
from matcher.core.catalogue import Attribute, AttributeType, Catalogue
from matcher.core.errors import InvalidConfiguration, PolicyRefused
from matcher.core.identifiers import AttributeName, Role

TAX = Role("tax")
BRACKET = AttributeName("tax.bracket")
AGE = AttributeName("tax.age")


def changed(catalogue: Catalogue, **changes: object) -> Catalogue:
    entry = replace(catalogue.attributes[BRACKET], **changes)  # type: ignore[arg-type]
    return replace(catalogue, attributes={**catalogue.attributes, BRACKET: entry})


def test_titles_and_sources_do_not_have_to_agree(holdings: Holdings, catalogue: Catalogue) -> None:
    renamed = changed(catalogue, title={"en": "Bracket"}, source="Income Tax Act")
    found = holdings.select(renamed, TAX).look_up(hash_identifiers(["p3", "nobody"]))
    assert found[BRACKET].codes[0] == 7
    assert found[BRACKET].present.tolist() == [True, False]


@pytest.mark.parametrize(
    "changes",
    [{"high": 8}, {"low": -1}, {"absent": 0}, {"bands": (3, 7)}],
    ids=["domain", "low end", "meaning of absence", "classes"],
)
def test_an_entry_that_means_something_else_is_refused(
    holdings: Holdings, catalogue: Catalogue, changes: dict[str, object]
) -> None:
    with pytest.raises(PolicyRefused, match=r"entry for tax\.bracket differs"):
        holdings.select(changed(catalogue, **changes), TAX)


def test_an_attribute_of_another_catalogue_is_not_held(
    holdings: Holdings, catalogue: Catalogue
) -> None:
    with pytest.raises(PolicyRefused, match="not held here"):
        holdings.select(replace(catalogue, name="county"), TAX)


def test_an_attribute_without_a_column_is_not_held(
    holdings: Holdings, catalogue: Catalogue
) -> None:
    with pytest.raises(PolicyRefused, match=r"welfare\.grade is not held here"):
        holdings.select(catalogue, Role("welfare"))


def test_attributes_may_stand_in_several_files(
    holdings: Holdings, catalogue: Catalogue, tmp_path: Path
) -> None:
    age = Attribute(AGE, AttributeType.INTEGER, 0, 120)
    wider = replace(catalogue, attributes={**catalogue.attributes, AGE: age})
    file = tmp_path / "ages.csv"
    file.write_text("who,age\np3,71\n")
    ages = load_table(TableSource(file, "who", {AGE: "age"}), wider)
    both = Holdings([*holdings.tables, ages])
    found = both.select(wider, TAX).look_up(hash_identifiers(["p0", "p3"]))
    assert found[BRACKET].present.tolist() == [True, True]
    assert found[AGE].present.tolist() == [False, True]
    assert found[AGE].codes[1] == 71


def test_one_attribute_in_two_tables_is_refused(holdings: Holdings) -> None:
    with pytest.raises(InvalidConfiguration, match="mapped twice"):
        Holdings([*holdings.tables, *holdings.tables])
