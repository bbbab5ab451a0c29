from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeAlias

import pytest

from matcher.core.errors import (
    FusumaError,
    InvalidConfiguration,
    InvalidFile,
    InvalidPredicate,
    InvalidProgramme,
)
from matcher.core.programme import DatedValue
from matcher.core.verdict import Verdict
from matcher.language import load_catalogue, load_programme

Write: TypeAlias = Callable[..., Path]

CATALOGUE = """\
catalogue: city
attributes:
  tax.bracket: {type: integer, domain: [0, 7], absent: unknown}
  tax.unused: {type: integer, domain: [0, 7], absent: unknown}
  welfare.adl: {type: enumeration, values: [limited, normal], absent: unknown}
  welfare.carer: {type: boolean, absent: false}
"""
PROGRAMME = """\
programme: city/support
version: "2026.1"
title: {en: Support, ja: 支援}
catalogue: city
requester: city-benefits
affair: 福祉
unit: person
legal_basis: a law
valid: {from: 2026-04-01, to: 2027-03-31}
parameters:
  top: {2026-04-01: 3, 2026-07-01: 4}
  adl: {2026-04-01: limited}
eligible: tax.bracket <= params.top && welfare.adl == params.adl && !welfare.carer
tests:
  - name: fits
    given: {tax.bracket: 3, welfare.adl: limited, welfare.carer: false}
    expect: eligible
  - {name: nothing known, given: {tax.bracket: ~}, expect: undetermined}
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    (tmp_path / "catalogue.yaml").write_text(CATALOGUE, encoding="utf-8")

    def write(old: str = "", new: str = "") -> Path:
        assert old in PROGRAMME
        path = tmp_path / "programme.yaml"
        path.write_text(PROGRAMME.replace(old, new, 1) if old else PROGRAMME, encoding="utf-8")
        return path

    return write


def test_a_programme_is_read_whole(write: Write) -> None:
    programme = load_programme(write())
    assert (programme.id, programme.version) == ("city/support", "2026.1")
    assert programme.title == {"en": "Support", "ja": "支援"}
    assert (programme.requester, programme.affair, programme.unit) == (
        "city-benefits",
        "福祉",
        "person",
    )
    assert programme.legal_basis == "a law"
    assert (programme.valid_from, programme.valid_to) == (date(2026, 4, 1), date(2027, 3, 31))
    assert programme.parameters["top"] == (
        DatedValue(date(2026, 4, 1), 3),
        DatedValue(date(2026, 7, 1), 4),
    )
    assert programme.eligible_source.startswith("tax.bracket <= params.top")
    assert sorted(programme.catalogue.attributes) == ["tax.bracket", "welfare.adl", "welfare.carer"]


def test_what_a_test_leaves_out_is_absent(write: Write) -> None:
    fits, nothing = load_programme(write()).cases
    assert fits.members == ({"tax.bracket": 3, "welfare.adl": 0, "welfare.carer": 0},)
    assert fits.expect is Verdict.ELIGIBLE
    assert nothing.members == (dict.fromkeys(("tax.bracket", "welfare.adl", "welfare.carer")),)


@pytest.mark.parametrize("day", [date(2026, 4, 1), date(2027, 3, 31)])
def test_a_test_may_have_a_day_of_its_own(write: Write, day: date) -> None:
    path = write("{name: nothing known,", f"{{name: nothing known, date: {day},")
    assert [case.day for case in load_programme(path).cases] == [None, day]


def test_catalogues_may_be_brought(write: Write, tmp_path: Path) -> None:
    path = write()
    (tmp_path / "catalogue.yaml").unlink()
    assert load_programme(path, [load_catalogue(CATALOGUE)]).id == "city/support"
    with pytest.raises(InvalidFile, match="cannot be read"):
        load_programme(path)


BROKEN: dict[str, tuple[str, str, type[FusumaError], str, str]] = {
    "another catalogue": ("catalogue: city", "catalogue: town", InvalidProgramme, ":4:12", "city"),
    "version is a number": ('"2026.1"', "2026.1", InvalidFile, ":2:10", "put it in quotes"),
    "a key misspelt": ("affair:", "afair:", InvalidFile, ":6:1", "did you mean affair?"),
    "a key missing": ("unit: person\n", "", InvalidFile, ":1:1", "add unit"),
    "another unit": (
        "unit: person",
        "unit: persn",
        InvalidProgramme,
        ":7:7",
        "did you mean person?",
    ),
    "an id in capitals": ("city/support", "City", InvalidProgramme, ":1:12", "a-z"),
    "no agency id": ("city-benefits", "City Hall", InvalidConfiguration, ":5:12", "a-z"),
    "no date": ("2027-03-31", "next year", InvalidFile, ":9:31", "2026-04-01"),
    "an end before the begin": ("2027-03-31", "2025-01-01", InvalidFile, ":9:8", ""),
    "a parameter of two types": (": 4}", ": four}", InvalidProgramme, ":11:3", "of one type"),
    "a parameter without values": (
        "adl: {2026-04-01: limited}",
        "adl: {}",
        InvalidProgramme,
        ":12:3",
        "by the date",
    ),
    "a parameter without dates": (
        "{2026-04-01: limited}",
        "limited",
        InvalidFile,
        ":12:8",
        "{2026-04-01: 3}",
    ),
    "a title without languages": ("{en: Support, ja: 支援}", "Support", InvalidFile, ":3:8", "en:"),
    "a test given no attribute": (
        "{tax.bracket: ~}",
        "nothing",
        InvalidFile,
        ":18:34",
        "{role.attribute: value}",
    ),
    "a parameter never used": (
        "<= params.top",
        "<= 3",
        InvalidProgramme,
        ":11:3",
        "use params.top",
    ),
    "a parameter with a decimal": (": 4}", ": 4.5}", InvalidFile, ":11:36", "whole numbers"),
    "a parameter of null": (": 4}", ": ~}", InvalidFile, ":11:36", "after its date"),
    "a parameter's unknown value": (
        "2026-04-01: limited",
        "2026-04-01: limitd",
        InvalidProgramme,
        ":12:3",
        "did you mean limited?",
    ),
    "a parameter's wrong type": (
        "{2026-04-01: limited}",
        "{2026-04-01: 3}",
        InvalidPredicate,
        ":13:52",
        "own type",
    ),
    "an unknown attribute": (
        "tax.bracket <=",
        "tax.braket <=",
        InvalidPredicate,
        ":13:11",
        "did you mean tax.bracket?",
    ),
    "a test of an attribute not read": (
        "given: {tax.bracket: ~}",
        "given: {tax.unused: 1}",
        InvalidProgramme,
        ":18:35",
        "known are",
    ),
    "a test outside the domain": (
        "tax.bracket: 3,",
        "tax.bracket: 8,",
        InvalidProgramme,
        ":16:13",
        "from 0 to 7",
    ),
    "a test on a day that is none": (
        "{name: nothing known,",
        "{name: nothing known, date: 2026-02-30,",
        InvalidFile,
        ":18:33",
        "2026-04-01",
    ),
    "a test on the day before": (
        "{name: nothing known,",
        "{name: nothing known, date: 2026-03-31,",
        InvalidProgramme,
        ":18:33",
        "a day of its validity",
    ),
    "a test on the day after": (
        "{name: nothing known,",
        "{name: nothing known, date: 2027-04-01,",
        InvalidProgramme,
        ":18:33",
        "a day of its validity",
    ),
    "a test of the wrong type": (
        "welfare.carer: false",
        "welfare.carer: 0",
        InvalidProgramme,
        ":16:51",
        "true or false",
    ),
    "a test of an unknown verdict": (
        "expect: undetermined",
        "expect: undecided",
        InvalidProgramme,
        ":18:60",
        "did you mean undetermined?",
    ),
    "no tests to speak of": ("tests:\n", "tests: none\nx:\n", InvalidFile, ":15:1", ""),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_programmes_are_refused_with_their_place(write: Write, name: str) -> None:
    old, new, error, where, fix = BROKEN[name]
    with pytest.raises(error) as caught:
        load_programme(write(old, new))
    assert type(caught.value) is error
    assert caught.value.where.endswith(f"programme.yaml{where}")
    assert fix in caught.value.fix


def test_a_predicate_in_a_block_is_located_in_the_block(write: Write) -> None:
    old = "eligible: tax.bracket <= params.top && welfare.adl == params.adl && !welfare.carer"
    new = (
        "eligible: >-\n    tax.bracket <= params.top &&\n    welfare.adl == params.adl &&\n"
        "    !welfare.carrer"
    )
    with pytest.raises(InvalidPredicate) as caught:
        load_programme(write(old, new))
    assert caught.value.where.endswith("programme.yaml:16:6")
    assert "did you mean welfare.carer?" in caught.value.fix


def test_a_predicate_that_reads_nothing_is_refused(write: Write, tmp_path: Path) -> None:
    text = PROGRAMME.replace("parameters:\n  top: {2026-04-01: 3, 2026-07-01: 4}\n", "")
    text = text.replace("  adl: {2026-04-01: limited}\n", "")
    head, _, _ = text.partition("eligible:")
    path = tmp_path / "constant.yaml"
    path.write_text(f"{head}eligible: 1 < 2\n", encoding="utf-8")
    write()
    with pytest.raises(InvalidProgramme, match=r"constant\.yaml:10:11: .* asks nobody"):
        load_programme(path)
