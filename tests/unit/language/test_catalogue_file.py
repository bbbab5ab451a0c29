from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from matcher.core.catalogue import AttributeType, date_of_code
from matcher.core.errors import FusumaError, InvalidCatalogue, InvalidFile
from matcher.core.identifiers import AttributeName
from matcher.language import load_catalogue

WHOLE = """
catalogue: city
attributes:
  tax.bracket: {type: integer, domain: [0, 7], absent: unknown, title: {en: Bracket}, source: a law}
  tax.income: {type: integer, domain: [-5, 100], bands: [0, 10, 100], absent: 0}
  tax.resident: {type: boolean, absent: false}
  welfare.adl: {type: enumeration, values: [limited, "yes"], absent: "yes"}
"""


def _entry(entry: str) -> str:
    return f"catalogue: city\nattributes:\n  tax.x: {entry}\n"


def test_a_catalogue_from_text() -> None:
    catalogue = load_catalogue(WHOLE)
    assert catalogue.name == "city"
    bracket, income, resident, adl = catalogue.attributes.values()
    assert (bracket.low, bracket.high, bracket.absent) == (0, 7, None)
    assert (bracket.title, bracket.source) == ({"en": "Bracket"}, "a law")
    assert (income.bands, income.absent) == ((0, 10, 100), 0)
    assert (resident.type, resident.low, resident.high) == (AttributeType.BOOLEAN, 0, 1)
    assert resident.absent == 0
    assert (adl.values, adl.low, adl.high, adl.absent) == (("limited", "yes"), 0, 1, 1)


def test_a_catalogue_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.yaml"
    path.write_text(WHOLE, encoding="utf-8")
    assert load_catalogue(path) == load_catalogue(WHOLE)


def test_unknown_may_be_a_value() -> None:
    text = _entry("{type: enumeration, values: [unknown, known], absent: unknown}")
    attribute = load_catalogue(text).attributes[AttributeName("tax.x")]
    assert attribute.absent == 0


def test_dates_have_a_domain_of_days() -> None:
    text = _entry("{type: date, domain: [1900-01-01, 2026-12-31], absent: 1970-01-02}")
    attribute = load_catalogue(text).attributes[AttributeName("tax.x")]
    assert attribute.type is AttributeType.DATE
    assert date_of_code(attribute.low) == date(1900, 1, 1)
    assert date_of_code(attribute.high) == date(2026, 12, 31)
    assert attribute.absent == 1
    unknown = load_catalogue(text.replace("1970-01-02", "unknown")).attributes
    assert unknown[AttributeName("tax.x")].absent is None


BROKEN = {
    "a date without domain": ("{type: date, absent: unknown}", InvalidFile, "has no domain"),
    "a date with numbers for a domain": (
        "{type: date, domain: [0, 7], absent: unknown}",
        InvalidFile,
        "an end of the domain must be a date",
    ),
    "a date with one end": (
        "{type: date, domain: [1900-01-01], absent: unknown}",
        InvalidFile,
        "a domain has two ends",
    ),
    "a date with an end that is none": (
        "{type: date, domain: [1900-01-01, 2026-02-29], absent: unknown}",
        InvalidFile,
        "must be a date",
    ),
    "a date that ends before it begins": (
        "{type: date, domain: [2026-01-01, 1900-01-01], absent: unknown}",
        InvalidCatalogue,
        "fewer than two values",
    ),
    "a date with bands": (
        "{type: date, domain: [1900-01-01, 2026-12-31], bands: [1], absent: unknown}",
        InvalidFile,
        "is of type date and has no bands",
    ),
    "a date absent in words": (
        "{type: date, domain: [1900-01-01, 2026-12-31], absent: never}",
        InvalidCatalogue,
        "neither unknown nor a value of its type",
    ),
    "a date absent outside the domain": (
        "{type: date, domain: [1900-01-01, 2026-12-31], absent: 2027-01-01}",
        InvalidCatalogue,
        "lies outside the domain",
    ),
    "no type": ("{domain: [0, 7], absent: unknown}", InvalidFile, "lacks the key 'type'"),
    "no word on absence": ("{type: integer, domain: [0, 7]}", InvalidFile, "'absent'"),
    "unknown type": ("{type: integr, absent: unknown}", InvalidFile, "did you mean integer?"),
    "unknown key": (
        "{type: boolean, absent: unknown, tittle: {en: x}}",
        InvalidFile,
        "did you mean title?",
    ),
    "integer without domain": ("{type: integer, absent: unknown}", InvalidFile, "no domain"),
    "domain of one end": (
        "{type: integer, domain: [7], absent: unknown}",
        InvalidFile,
        "two ends",
    ),
    "domain of text": (
        "{type: integer, domain: [low, high], absent: unknown}",
        InvalidFile,
        "whole number",
    ),
    "domain upside down": (
        "{type: integer, domain: [7, 0], absent: unknown}",
        InvalidCatalogue,
        "low < high",
    ),
    "boolean with a domain": (
        "{type: boolean, domain: [0, 1], absent: unknown}",
        InvalidFile,
        "boolean and has no domain",
    ),
    "enumeration without values": (
        "{type: enumeration, absent: unknown}",
        InvalidFile,
        "lists no values",
    ),
    "enumeration of one": (
        "{type: enumeration, values: [a], absent: unknown}",
        InvalidCatalogue,
        "2 to 64 different values",
    ),
    "enumeration with a repetition": (
        "{type: enumeration, values: [a, b, a], absent: unknown}",
        InvalidCatalogue,
        "different values",
    ),
    "a value that is a boolean": (
        "{type: enumeration, values: [true, false], absent: unknown}",
        InvalidFile,
        "put it in quotes",
    ),
    "bands that do not reach the end": (
        "{type: integer, domain: [0, 9], bands: [3, 8], absent: unknown}",
        InvalidCatalogue,
        "bands",
    ),
    "absence of another type": (
        "{type: integer, domain: [0, 9], absent: false}",
        InvalidCatalogue,
        "neither unknown nor a value",
    ),
    "absence outside the domain": (
        "{type: integer, domain: [0, 9], absent: 10}",
        InvalidCatalogue,
        "outside the domain",
    ),
    "absence of no value": (
        "{type: enumeration, values: [a, b], absent: c}",
        InvalidCatalogue,
        "neither unknown nor a value",
    ),
}


@pytest.mark.parametrize(("entry", "error", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_broken_entries_are_refused_with_their_place(
    entry: str, error: type[FusumaError], message: str
) -> None:
    with pytest.raises(error) as caught:
        load_catalogue(_entry(entry), "city.yaml")
    assert message in str(caught.value)
    assert caught.value.where.startswith("city.yaml:3:")


@pytest.mark.parametrize(
    "name",
    ["bracket", "tax.income.x", "Tax.x", "tax.in", "params.x", "tax-office.x", "tax.", "税.x"],
)
def test_names_that_a_predicate_could_not_use_are_refused(name: str) -> None:
    text = f"catalogue: city\nattributes:\n  {name}: {{type: boolean, absent: unknown}}\n"
    with pytest.raises(InvalidCatalogue) as caught:
        load_catalogue(text)
    assert caught.value.where.endswith(":3:3")


def test_an_empty_catalogue_is_refused() -> None:
    with pytest.raises(InvalidCatalogue, match="empty"):
        load_catalogue("catalogue: city\nattributes: {}\n")


def test_a_catalogue_needs_a_plain_name() -> None:
    with pytest.raises(InvalidCatalogue, match="not a catalogue's name"):
        load_catalogue("catalogue: My City\nattributes: {}\n")
