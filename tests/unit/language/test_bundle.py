from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from matcher.core.binding import sha256
from matcher.core.canonical import canonical_json
from matcher.core.errors import (
    InvalidCatalogue,
    InvalidInput,
    InvalidMessage,
    InvalidPredicate,
    InvalidProgramme,
    UnsupportedPredicate,
)
from matcher.language import bundle_digest, dump_bundle, load_bundle, load_programme
from matcher.language.bundle import MOST_BYTES
from programmes import programme_path
from tests.programmes_of_tests import FIRST, programme_of

PROGRAMME = programme_of(
    "tax.bracket <= params.top && welfare.adl == params.adl && tax.resident",
    {"top": {FIRST: 3, date(2026, 7, 1): 4}, "adl": {FIRST: "limited"}},
)
BUNDLE = dump_bundle(PROGRAMME)


def _changed(change: Callable[[Any], object]) -> bytes:
    tree = json.loads(BUNDLE)
    change(tree)
    return canonical_json(tree)


@pytest.mark.parametrize(
    "name",
    ["city/support", "city/relief", "nmes1988/medical-support", "benchmark/support"],
)
def test_shipped_programmes_survive_the_journey(name: str) -> None:
    programme = load_programme(programme_path(name))
    data = dump_bundle(programme)
    assert load_bundle(data) == programme
    assert dump_bundle(load_bundle(data)) == data


def _dated(day: object) -> bytes:
    example = {
        "name": "later",
        "members": [{"tax.bracket": 4}],
        "expect": "undetermined",
        "outcome": None,
        "amount": None,
        "date": day,
    }
    return _changed(lambda tree: tree["programme"].update(tests=[example]))


def test_the_day_of_a_test_survives_the_journey() -> None:
    programme = load_bundle(_dated("2026-07-01"))
    assert [case.day for case in programme.cases] == [date(2026, 7, 1)]
    assert load_bundle(dump_bundle(programme)) == programme


@pytest.mark.parametrize("day", ["", "20260701", "2026-02-30", 1, "2025-12-31"])
def test_what_is_no_day_of_the_programme_is_no_day_of_a_test(day: object) -> None:
    with pytest.raises((InvalidMessage, InvalidProgramme), match=r"date|type"):
        load_bundle(_dated(day))


def test_a_bundle_is_canonical_json_and_its_digest_plain_sha256() -> None:
    assert canonical_json(json.loads(BUNDLE)) == BUNDLE
    assert bundle_digest(BUNDLE) == sha256(BUNDLE)


HIDDEN = {
    "an id": lambda tree, text: tree["programme"].update(id=text),
    "a version": lambda tree, text: tree["programme"].update(version=text),
    "an affair": lambda tree, text: tree["programme"].update(affair=text),
    "a legal basis": lambda tree, text: tree["programme"].update(legal_basis=text),
    "a title": lambda tree, text: tree["programme"].update(title={"en": text}),
    # Keys of canonical JSON are ASCII anyway.
    "a language": lambda tree, text: tree["programme"].update(
        title={text.encode("ascii", "replace").decode().replace("?", "\x7f"): "title"}
    ),
    "a catalogue's name": lambda tree, text: tree["catalogue"].update(name=text),
    "an attribute's title": lambda tree, text: tree["catalogue"]["attributes"]["tax.bracket"][
        "title"
    ].update(en=text),
    "an attribute's source": lambda tree, text: tree["catalogue"]["attributes"][
        "tax.bracket"
    ].update(source=text),
    "a comment in the predicate": lambda tree, text: tree["programme"].update(
        eligible=tree["programme"]["eligible"] + f" // {text}"
    ),
}


@pytest.mark.parametrize("hidden", ["\x1b[2K", "\u202e", "\x00", "\x85", "\u2028"])
@pytest.mark.parametrize("case", HIDDEN)
def test_no_text_of_a_peer_has_characters_that_do_not_show(case: str, hidden: str) -> None:
    with pytest.raises(InvalidProgramme, match="does not show"):
        load_bundle(_changed(lambda tree: HIDDEN[case](tree, f"a{hidden}b")))


@pytest.mark.parametrize("case", [case for case in HIDDEN if "predicate" not in case])
def test_no_text_of_a_peer_begins_a_line_of_its_own(case: str) -> None:
    forged = "city/x\ntime=2026-06-01 level=INFO event=answered"
    with pytest.raises(InvalidProgramme) as caught:
        load_bundle(_changed(lambda tree: HIDDEN[case](tree, forged)))
    assert "\n" not in str(caught.value)


def test_a_predicate_may_be_laid_out_in_lines() -> None:
    laid_out = PROGRAMME.eligible_source.replace(" && ", "\n\t&& ")
    load_bundle(_changed(lambda tree: tree["programme"].update(eligible=laid_out)))


def test_only_what_the_predicate_reads_travels() -> None:
    assert sorted(json.loads(BUNDLE)["catalogue"]["attributes"]) == [
        "tax.bracket",
        "tax.resident",
        "welfare.adl",
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff",
        b'{"a":1.0}',
        b'{"a":NaN}',
        b'{"a":1e5}',
        b'{"a":"\\ud800"}',
        b'{"a":1,"a":1}',
        b"[" * 100_000,
        b'{"a":' + b"9" * 5000 + b"}",
        BUNDLE + b"\n",
        BUNDLE.replace(b":", b": ", 1),
        BUNDLE[:-1],
        BUNDLE + b" " * MOST_BYTES,
    ],
)
def test_what_is_not_a_canonical_bundle_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidMessage):
        load_bundle(data)


MALFORMED: dict[str, Callable[[Any], object]] = {
    "another version": lambda t: t.update(bundle=1),
    "a field too many": lambda t: t.update(extra=1),
    "a field missing": lambda t: t["programme"].pop("unit"),
    "a number for text": lambda t: t["programme"].update(id=3),
    "text for a number": lambda t: _bracket(t).update(low="0"),
    "a boolean for a number": lambda t: _bracket(t).update(low=False),
    "an unknown type": lambda t: _bracket(t).update(type="float"),
    "no date": lambda t: t["programme"]["valid"].update({"from": "today"}),
    "a date in another form": lambda t: t["programme"]["valid"].update({"from": "20260101"}),
    "a list for text": lambda t: t["programme"].update(eligible=["x"]),
    "an attribute not read": lambda t: t["catalogue"]["attributes"].update(
        {"tax.more": _bracket(t)}
    ),
    "values for an integer": lambda t: _bracket(t).update(values=["a"]),
    "an enumeration with other codes": lambda t: _adl(t).update(high=5),
    "an enumeration with a repetition": lambda t: _adl(t).update(values=["a", "a"]),
    "bands for an enumeration": lambda t: _adl(t).update(bands=[1]),
    "a parameter that is a list": lambda t: t["programme"]["parameters"].update(top=[]),
    "a parameter's value that is null": lambda t: t["programme"]["parameters"].update(
        top={"2026-01-01": None}
    ),
}


def _bracket(tree: Any) -> Any:
    return tree["catalogue"]["attributes"]["tax.bracket"]


def _adl(tree: Any) -> Any:
    return tree["catalogue"]["attributes"]["welfare.adl"]


@pytest.mark.parametrize("change", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_bundles_are_refused(change: Callable[[Any], object]) -> None:
    with pytest.raises(InvalidMessage):
        load_bundle(_changed(change))


SENSELESS: dict[str, tuple[Callable[[Any], object], type[InvalidInput]]] = {
    "an unknown attribute": (
        lambda t: t["programme"].update(eligible="tax.bracket < 2 && tax.none == 1"),
        InvalidPredicate,
    ),
    "roles mixed": (
        lambda t: t["programme"].update(eligible="tax.resident == welfare.adl"),
        InvalidPredicate,
    ),
    "a parameter left out": (
        lambda t: t["programme"]["parameters"].pop("top"),
        InvalidPredicate,
    ),
    "a parameter without values": (
        lambda t: t["programme"]["parameters"].update(top={}),
        InvalidProgramme,
    ),
    "another unit": (lambda t: t["programme"].update(unit="household"), InvalidProgramme),
    "bands that do not partition": (lambda t: _bracket(t).update(bands=[3]), InvalidCatalogue),
    "presence": (
        lambda t: t["programme"].update(eligible="has(tax.bracket)"),
        UnsupportedPredicate,
    ),
}


@pytest.mark.parametrize(("change", "error"), SENSELESS.values(), ids=SENSELESS.keys())
def test_a_bundle_passes_the_checks_of_a_file(
    change: Callable[[Any], object], error: type[InvalidInput]
) -> None:
    with pytest.raises(error) as caught:
        load_bundle(_changed(change))
    assert type(caught.value) is error
    assert caught.value.where.startswith("programme bundle")
