from __future__ import annotations

from datetime import date

import pytest

from matcher.core.errors import InvalidConfiguration, InvalidFile
from matcher.language import fields
from matcher.language.document import Node, parse_document
from matcher.language.fields import Section


def _node(text: str) -> Node:
    return parse_document(f"key: {text}".encode(), "f").entries[0][1]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("-3", -3),
        ("+3", 3),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("yes", "yes"),
        ("on", "on"),
        ("'3'", "3"),
        ('"true"', "true"),
        ("2026-04-01", "2026-04-01"),
        ("9" * 18, 10**18 - 1),
    ],
)
def test_the_core_schema(text: str, value: object) -> None:
    assert fields.value_of(_node(text), "it") == value
    assert type(fields.value_of(_node(text), "it")) is type(value)


@pytest.mark.parametrize("text", ["1.5", "1e3", "0x1f", "0o17", ".5", "9" * 19])
def test_numbers_that_are_not_used_are_refused(text: str) -> None:
    with pytest.raises(InvalidFile, match="a number that is not used here"):
        fields.value_of(_node(text), "it")


@pytest.mark.parametrize("text", ["2026.1", "3", "true", "null", "~"])
def test_text_that_looks_like_something_else_needs_quotes(text: str) -> None:
    with pytest.raises(InvalidFile) as caught:
        fields.text(_node(text), "the version")
    assert (caught.value.what, caught.value.fix) == ("the version must be text", "put it in quotes")
    assert fields.text(_node(f'"{text}"'), "the version") == text


@pytest.mark.parametrize("text", ["''", "'  '"])
def test_empty_text_is_missing(text: str) -> None:
    with pytest.raises(InvalidFile, match="the version is missing; write it"):
        fields.text(_node(text), "the version")


@pytest.mark.parametrize("text", ["[a]", "{a: b}"])
def test_structured_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidFile, match="the version must be text; write it without"):
        fields.text(_node(text), "the version")


def test_long_text_is_refused() -> None:
    assert fields.text(_node("x" * 10), "it", 10)
    with pytest.raises(InvalidFile, match="longer than 10"):
        fields.text(_node("x" * 11), "it", 10)


@pytest.mark.parametrize("text", ["2026-04-01", "'2026-04-01'"])
def test_dates(text: str) -> None:
    assert fields.day(_node(text), "it") == date(2026, 4, 1)


@pytest.mark.parametrize("text", ["2026-4-1", "2026-02-30", "01.04.2026", "20260401", "[1]", "~"])
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(InvalidFile, match="it must be a date"):
        fields.day(_node(text), "it")


def test_a_period_may_be_open() -> None:
    assert fields.period(_node("{from: 2026-04-01}")) == (date(2026, 4, 1), None)
    with pytest.raises(InvalidFile, match="before the first"):
        fields.period(_node("{from: 2026-04-01, to: 2026-03-31}"))


@pytest.mark.parametrize("text", ["true", "x", "1.0"])
def test_integers_are_whole_numbers(text: str) -> None:
    with pytest.raises(InvalidFile):
        fields.integer(_node(text), "it")


def test_an_unknown_key_is_refused_with_the_nearest() -> None:
    with pytest.raises(InvalidFile) as caught:
        Section(_node("{titel: x}"), "a programme", required=(), optional=("title", "unit"))
    assert caught.value.fix == "did you mean title?"
    assert caught.value.where == "f:1:7"


def test_a_missing_key_is_named() -> None:
    with pytest.raises(InvalidFile, match="a programme lacks the key 'unit'"):
        Section(_node("{title: x}"), "a programme", required=("title", "unit"))


def test_titles_are_by_language() -> None:
    assert fields.title(_node("{en: A, ja: い, zh-Hant: 字}")) == {
        "en": "A",
        "ja": "い",
        "zh-Hant": "字",
    }
    with pytest.raises(InvalidFile, match="not a language tag"):
        fields.title(_node("{English: A}"))


def test_an_agency_id_gets_a_place() -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        fields.agency(_node("City Hall"), "the requester")
    assert caught.value.where == "f:1:6"
