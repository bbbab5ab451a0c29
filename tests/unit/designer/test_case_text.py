from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from clients.designer.case_text import case_text, plain_or_quoted
from matcher.core.catalogue import code_of_date
from matcher.core.identifiers import AttributeName
from matcher.core.programme import Case, Programme
from matcher.core.verdict import Verdict
from matcher.language import load_programme
from tests.designer_files import write_household, write_person

INCOME, KIND = AttributeName("tax.income"), AttributeName("welfare.kind")


def _with_tests(path: Path, cases: str) -> Programme:
    head = path.read_text(encoding="utf-8").partition("tests:")[0]
    path.write_text(f"{head}tests:\n{cases}\n", encoding="utf-8")
    return load_programme(path)


def test_an_example_is_written_as_a_designer_would(tmp_path: Path) -> None:
    programme = load_programme(write_person(tmp_path))
    case = Case(
        "at the limit",
        ({INCOME: 20, KIND: 2},),
        Verdict.ELIGIBLE,
        "half",
        date(2026, 6, 1),
        5000,
    )
    assert case_text(case, programme) == (
        "  - name: at the limit\n"
        "    date: 2026-06-01\n"
        "    given: {tax.income: 20, welfare.kind: mental}\n"
        "    expect: eligible\n"
        "    outcome: half\n"
        "    amount: 5000"
    )


def test_a_persons_examples_are_read_back_the_same(tmp_path: Path) -> None:
    path = write_person(tmp_path)
    programme = load_programme(path)
    text = "\n".join(case_text(case, programme) for case in programme.cases)
    assert _with_tests(path, text).cases == programme.cases


def test_a_households_examples_are_read_back_the_same(tmp_path: Path) -> None:
    path = write_household(tmp_path)
    programme = load_programme(path)
    text = "\n".join(case_text(case, programme) for case in programme.cases)
    assert _with_tests(path, text).cases == programme.cases


def test_days_are_written_as_days(tmp_path: Path) -> None:
    path = write_person(tmp_path, ("tax.income <= params.limit", "age(tax.born) >= params.limit"))
    path.write_text(
        path.read_text(encoding="utf-8").replace("tax.income:", "tax.born:").partition("tests:")[0],
        encoding="utf-8",
    )
    programme = load_programme(path)
    born = AttributeName("tax.born")
    member = {INCOME: 0, born: code_of_date(date(2000, 2, 29)), KIND: None}
    case = Case("somebody", (member,), Verdict.INELIGIBLE)
    text = case_text(case, programme)
    assert "given: {tax.born: 2000-02-29, tax.income: 0}" in text
    assert _with_tests(path, text).cases == (case,)


NAMES = {
    "words": "at the limit",
    "japanese": "限度額ちょうど",
    "a colon": "tells a: b from c",
    "an operator": "tells tax.income <= 20 from tax.income < 20",
    "a number": "20",
    "a word that YAML reads as something else": "null",
    "quotes": 'needs welfare.kind in ["physical"]',
    "a comment": "one # two",
    "a dash": "- one",
}


@pytest.mark.parametrize("case", NAMES)
def test_every_name_is_read_back_the_same(tmp_path: Path, case: str) -> None:
    path = write_person(tmp_path)
    programme = load_programme(path)
    named = replace(programme.cases[0], name=NAMES[case])
    assert _with_tests(path, case_text(named, programme)).cases == (named,)


def test_plain_words_have_no_quotes() -> None:
    assert plain_or_quoted("at the limit") == "at the limit"
    assert plain_or_quoted("true") == '"true"'
