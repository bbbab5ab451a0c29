from __future__ import annotations

from pathlib import Path

import pytest

from matcher.core.errors import InvalidProgramme
from matcher.core.programme import Programme
from matcher.language import dump_bundle, load_bundle, load_programme

CATALOGUE = """\
catalogue: town
attributes:
  tax.income: {type: integer, domain: [0, 100], absent: unknown}
"""
PROGRAMME = """\
programme: town/grant
version: "1"
title: {en: A grant}
catalogue: town
requester: town
affair: grants
unit: person
valid: {from: 2026-04-01}
eligible: tax.income <= 20
OUTCOMES
tests:
  - {name: at the limit, given: {tax.income: 20}, expect: EXPECT, amount: AMOUNT}
  - {name: at the limit again, given: {tax.income: 20}, expect: EXPECT}
"""
PAID = """\
outcomes:
  pays: {currency: JPY, every: year}
  tiers:
    - {name: full, title: {en: Full}, amount: 500}
"""


def _load(
    folder: Path, amount: str = "500", expect: str = "eligible", outcomes: str = PAID
) -> Programme:
    (folder / "catalogue.yaml").write_text(CATALOGUE, encoding="utf-8")
    text = PROGRAMME.replace("AMOUNT", amount).replace("EXPECT", expect)
    (folder / "grant.yaml").write_text(text.replace("OUTCOMES\n", outcomes), encoding="utf-8")
    return load_programme(folder / "grant.yaml")


def test_a_test_may_say_what_is_paid(tmp_path: Path) -> None:
    assert [case.amount for case in _load(tmp_path).cases] == [500, None]


def test_an_expected_amount_travels_in_the_bundle(tmp_path: Path) -> None:
    programme = _load(tmp_path)
    assert load_bundle(dump_bundle(programme)).cases == programme.cases


REFUSED = {
    "nobody pays the ineligible": ({"expect": "ineligible"}, "only the eligible are paid"),
    "the programme pays nothing": ({"outcomes": ""}, "the programme pays nothing"),
    "a negative amount": ({"amount": "-1"}, "no outcome can have"),
    "an amount that is too large": ({"amount": "9007199254740992"}, "no outcome can have"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_amount_that_cannot_be_is_refused_at_its_place(tmp_path: Path, case: str) -> None:
    changes, message = REFUSED[case]
    with pytest.raises(InvalidProgramme, match=message) as refusal:
        _load(tmp_path, **changes)
    assert refusal.value.where.rpartition(":")[0].startswith(str(tmp_path / "grant.yaml"))


def test_two_amounts_for_the_same_values_contradict_each_other(tmp_path: Path) -> None:
    _load(tmp_path)
    path = tmp_path / "grant.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("expect: eligible}", "expect: eligible, amount: 400}"), encoding="utf-8"
    )
    with pytest.raises(InvalidProgramme, match="contradicts"):
        load_programme(path)
