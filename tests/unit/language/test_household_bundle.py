"""What only bundles of households and outcomes have; a peer sends them, none is trusted."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from matcher.core.canonical import canonical_json
from matcher.core.errors import (
    FusumaError,
    InvalidCatalogue,
    InvalidMessage,
    InvalidPredicate,
    InvalidProgramme,
)
from matcher.language import dump_bundle, load_bundle, load_programme
from matcher.language.bundle import MOST_BYTES
from matcher.language.examples import MOST_EXAMPLES
from tests.language_scene import HOUSEHOLD, writer

Change = Callable[[Any], object]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    directory: Path = tmp_path_factory.mktemp("household")
    return dump_bundle(load_programme(writer(directory, HOUSEHOLD)()))


def _changed(bundle: bytes, change: Change) -> bytes:
    tree = json.loads(bundle)
    change(tree["programme"])
    return canonical_json(tree)


def test_everything_a_designer_wrote_travels(bundle: bytes) -> None:
    programme = json.loads(bundle)["programme"]
    assert programme["most_members"] == 6
    assert programme["parameters"]["born"] == {"2026-04-01": {"date": "1961-04-01"}}
    assert programme["parameters"]["limit"]["2026-10-01"] == {
        "first": 0,
        "values": [1100000, 1480000, 1860000],
    }
    assert programme["absent"]["welfare.grade"] == {
        "verdict": "ineligible",
        "reason": {"en": "No certificate without a record"},
    }
    assert [outcome["when"] is None for outcome in programme["outcomes"]] == [False, True]
    assert programme["pays"] == {"currency": "JPY", "every": "year"}
    assert [len(test["members"]) for test in programme["tests"]] == [2, 0]


HIDDEN: dict[str, Callable[[Any, str], object]] = {
    "a procedure": lambda p, text: p.update(procedure=text),
    "a reason": lambda p, text: p["absent"]["welfare.grade"].update(reason={"en": text}),
    "an outcome's title": lambda p, text: p["outcomes"][0].update(title={"en": text}),
    "an outcome's condition": lambda p, text: p["outcomes"][0].update(
        when=f"members.all(m, m.tax.taxed) // {text}"
    ),
    "a test's name": lambda p, text: p["tests"][0].update(name=text),
}


@pytest.mark.parametrize("hidden", ["\x1b[2K", "\u202e", "\x00", "\x85", "\u2028"])
@pytest.mark.parametrize("case", HIDDEN)
def test_no_text_of_a_peer_has_characters_that_do_not_show(
    bundle: bytes, case: str, hidden: str
) -> None:
    with pytest.raises(InvalidProgramme, match="does not show"):
        load_bundle(_changed(bundle, lambda p: HIDDEN[case](p, f"a{hidden}b")))


MALFORMED: dict[str, Change] = {
    "members of another type": lambda p: p.update(most_members="6"),
    "members as a boolean": lambda p: p.update(most_members=True),
    "no members": lambda p: p.update(most_members=None),
    "a field missing": lambda p: p.pop("absent"),
    "a table with a key too many": lambda p: _first(p["parameters"]["limit"]).update(last=2),
    "a table without values": lambda p: p["parameters"].update(half={"2026-04-01": {"first": 0}}),
    "a table of texts": lambda p: _first(p["parameters"]["limit"]).update(values=["1"]),
    "a table of booleans": lambda p: _first(p["parameters"]["limit"]).update(values=[True]),
    "a table of lists": lambda p: _first(p["parameters"]["limit"]).update(values=[[1]]),
    "a table's first as text": lambda p: _first(p["parameters"]["limit"]).update(first="0"),
    "a date and more": lambda p: _first(p["parameters"]["born"]).update(first=0),
    "no date": lambda p: _first(p["parameters"]["born"]).update(date="1961-13-01"),
    "a date as a number": lambda p: _first(p["parameters"]["born"]).update(date=1),
    "a rule with a key too many": lambda p: p["absent"]["tax.taxed"].update(more=1),
    "a rule that is text": lambda p: p["absent"].update({"tax.taxed": "ineligible"}),
    "a reason that is text": lambda p: p["absent"]["tax.taxed"].update(reason="x"),
    "outcomes as an object": lambda p: p.update(outcomes={}),
    "an outcome with a key too many": lambda p: p["outcomes"][0].update(more=1),
    "a condition that is a list": lambda p: p["outcomes"][0].update(when=["x"]),
    "an amount as a boolean": lambda p: p["outcomes"][0].update(amount=True),
    "an amount as a list": lambda p: p["outcomes"][0].update(amount=[1]),
    "pays as text": lambda p: p.update(pays="JPY"),
    "pays with a key too many": lambda p: p["pays"].update(more=1),
    "members of a test as an object": lambda p: p["tests"][0].update(members={}),
    "a member as a list": lambda p: p["tests"][0].update(members=[[]]),
    "a member's value as a list": lambda p: p["tests"][0].update(members=[{"tax.taxed": []}]),
    "an outcome as a number": lambda p: p["tests"][0].update(outcome=1),
}


BORN: dict[str, tuple[Change, type[FusumaError]]] = {
    "before the first year": (lambda a: a.update(low=-719163), InvalidCatalogue),
    "after the last year": (lambda a: a.update(high=2932897), InvalidCatalogue),
    "values": (lambda a: a.update(values=["a"]), InvalidMessage),
    "bands": (lambda a: a.update(bands=[0, a["high"]]), InvalidMessage),
}


@pytest.mark.parametrize(("change", "error"), BORN.values(), ids=BORN.keys())
def test_dates_have_the_codes_of_days(
    bundle: bytes, change: Change, error: type[FusumaError]
) -> None:
    tree = json.loads(bundle)
    change(tree["catalogue"]["attributes"]["family.born"])
    with pytest.raises(error):
        load_bundle(canonical_json(tree))


@pytest.mark.parametrize("unit", ["age", "years_since", "months_since", "days_since"])
def test_the_first_and_the_last_day_there_are_do_no_harm(bundle: bytes, unit: str) -> None:
    tree = json.loads(bundle)
    tree["catalogue"]["attributes"]["family.born"].update(low=-719162, high=2932896)
    tree["programme"]["valid"] = {"from": "0001-01-01", "to": "9999-12-31"}
    tree["programme"]["eligible"] = (
        f"members.all(m, {unit}(m.family.born) > 3 && m.welfare.grade > 1 && !m.tax.taxed"
        " && m.family.born < params.born)"
    )
    programme = load_bundle(canonical_json(tree))
    assert load_bundle(dump_bundle(programme)) == programme


def _first(dated: Any) -> Any:
    return dated[min(dated)]


@pytest.mark.parametrize("change", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_bundles_are_refused(bundle: bytes, change: Change) -> None:
    with pytest.raises(InvalidMessage):
        load_bundle(_changed(bundle, change))


TAXED = "members.exists(m, m.tax.taxed)"
SENSELESS: dict[str, tuple[Change, type[FusumaError]]] = {
    "a single member": (lambda p: p.update(most_members=1), InvalidProgramme),
    "a crowd": (lambda p: p.update(most_members=17), InvalidProgramme),
    "another unit": (lambda p: p.update(unit="dwelling"), InvalidProgramme),
    "a person with members": (lambda p: p.update(unit="person"), InvalidProgramme),
    "an empty table": (
        lambda p: p["parameters"].update(limit={"2026-04-01": {"first": 0, "values": []}}),
        InvalidProgramme,
    ),
    "a table of numbers that are too large": (
        lambda p: _first(p["parameters"]["limit"]).update(first=2**53 - 1),
        InvalidPredicate,
    ),
    "an index beyond its table": (
        lambda p: _first(p["parameters"]["limit"]).update(values=[1, 2]),
        InvalidPredicate,
    ),
    "a rule about nothing": (
        lambda p: p["absent"].update({"tax.none": {"verdict": "eligible", "reason": {"en": "x"}}}),
        InvalidProgramme,
    ),
    "a rule without a verdict": (
        lambda p: p["absent"]["tax.taxed"].update(verdict="perhaps"),
        InvalidProgramme,
    ),
    "an outcome without a name": (lambda p: p["outcomes"][0].update(name=""), InvalidProgramme),
    "outcomes of one name": (lambda p: p["outcomes"][0].update(name="half"), InvalidProgramme),
    "no condition before the last": (
        lambda p: p["outcomes"][0].update(when=None),
        InvalidProgramme,
    ),
    "a condition of the last": (lambda p: p["outcomes"][1].update(when=TAXED), InvalidProgramme),
    "a condition of another language": (
        lambda p: p["outcomes"][0].update(when="SELECT *"),
        InvalidPredicate,
    ),
    "a map": (
        lambda p: p.update(eligible="members.map(m, m.tax.taxed).size() > 1"),
        InvalidPredicate,
    ),
    "an amount of nothing": (lambda p: p["outcomes"][0].update(amount="none"), InvalidProgramme),
    "amounts that are not paid": (lambda p: p.update(pays=None), InvalidProgramme),
    "a crowd in a test": (lambda p: p["tests"][0].update(members=[{}] * 7), InvalidProgramme),
    "too many tests": (
        lambda p: p.update(
            tests=[{**p["tests"][1], "name": f"t{number}"} for number in range(MOST_EXAMPLES + 1)]
        ),
        InvalidProgramme,
    ),
    "too many outcomes": (
        lambda p: p.update(
            outcomes=[
                *({**p["outcomes"][0], "name": f"t{n}", "when": TAXED} for n in range(8)),
                p["outcomes"][1],
            ]
        ),
        InvalidProgramme,
    ),
    "too much to read": (
        lambda p: p.update(
            outcomes=[
                *(
                    {**p["outcomes"][0], "name": f"t{n}", "when": TAXED + " " * 8000}
                    for n in range(3)
                ),
                p["outcomes"][1],
            ]
        ),
        InvalidProgramme,
    ),
}


@pytest.mark.parametrize(("change", "error"), SENSELESS.values(), ids=SENSELESS.keys())
def test_a_bundle_passes_the_checks_of_a_file(
    bundle: bytes, change: Change, error: type[FusumaError]
) -> None:
    with pytest.raises(error) as caught:
        load_bundle(_changed(bundle, change))
    assert caught.value.where.startswith("programme bundle")


COSTLY: dict[str, Change] = {
    "quantifiers": lambda p: p.update(eligible=" || ".join([TAXED] * 240)),
    "thresholds in thresholds": lambda p: p.update(eligible=_nested(10)),
    "sums": lambda p: p.update(
        eligible=" && ".join([f"members.all(m, {' * '.join(['m.tax.dependants'] * 20)} > 1)"] * 18)
    ),
    "lists": lambda p: p.update(
        eligible=f"members.all(m, m.tax.income in [{', '.join(map(str, range(1500)))}])"
    ),
    "brackets": lambda p: p.update(eligible="(" * 4000 + "true" + ")" * 4000),
    "negations": lambda p: p.update(eligible="!" * 8000 + TAXED),
    "one loop in another": lambda p: p.update(eligible=_loops(200)),
    "dates and calculations": lambda p: p.update(
        parameters={
            **p["parameters"],
            **{f"p{number}": _daily(120, number) for number in range(30)},
        },
        eligible=f"members.all(m, {' || '.join(map(_calculation, range(190)))})",
    ),
    "dates of one parameter": lambda p: p["parameters"].update(half=_daily(4000, 5000)),
}


def _daily(count: int, value: int) -> dict[str, int]:
    begin = date(2026, 4, 1)
    return {(begin + timedelta(days=day)).isoformat(): value for day in range(count)}


def _calculation(number: int) -> str:
    return f"m.tax.income-{number}>params.p{number % 30}"


def _nested(levels: int) -> str:
    text = TAXED
    for _ in range(levels):
        text = f"at_least(2, [{text}, {TAXED}, {TAXED}])"
    return text


def _loops(levels: int) -> str:
    text = "m.tax.taxed"
    for _ in range(levels):
        text = f"members.exists(m, {text})"
    return text


@pytest.mark.parametrize("change", COSTLY.values(), ids=COSTLY.keys())
def test_a_bundle_is_read_or_refused_in_no_time(bundle: bytes, change: Change) -> None:
    data = _changed(bundle, change)
    assert len(data) < MOST_BYTES
    begun = time.process_time()
    with contextlib.suppress(FusumaError):
        load_bundle(data)
    # A few milliseconds are usual; a slow machine may take its time, an exponential would not end.
    assert time.process_time() - begun < 2
