"""A simulation counts what the reference decides, and money by how often it is paid."""

from __future__ import annotations

import json
from collections import Counter
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from clients.designer.charting import check_picture, draw
from clients.designer.command import app
from clients.designer.population_file import load_population
from clients.designer.simulating import Simulation, simulate
from matcher.core.errors import InvalidAgencyTable, InvalidConfiguration
from matcher.core.identifiers import AttributeName
from matcher.core.programme import Programme
from matcher.core.verdict import Verdict
from matcher.language import load_programme

INCOME = AttributeName("tax.income")
CATALOGUE = """\
catalogue: town
attributes:
  tax.income: {type: integer, domain: [0, 10000], absent: unknown}
  welfare.kind: {type: enumeration, values: [none, some], absent: none}
"""
PROGRAMME = """\
programme: town/stipend
version: "1"
title: {en: Stipend}
catalogue: town
requester: town-benefits
affair: stipends
unit: person
valid: {from: 2026-04-01, to: 2027-03-31}
eligible: tax.income <= 100
outcomes:
  pays: {currency: JPY, every: EVERY}
  tiers:
    - {name: more, title: {en: More}, when: welfare.kind == "some", amount: 70}
    - {name: less, title: {en: Less}, amount: 50}
"""
HOUSEHOLD = """\
programme: town/household
version: "1"
title: {en: Household}
catalogue: town
requester: town-benefits
affair: stipends
unit: household
most_members: 3
valid: {from: 2026-04-01}
eligible: members.all(m, m.tax.income <= 100)
"""
PEOPLE = "tax.income,welfare.kind,colour\n5,some,red\n100,,red\n101,some,red\n,some,red\n7,none,\n"
FAMILIES = "subject,tax.income\nh1,5\nh1,7\nh2,5\nh2,101\nh3,\n"


def _programme(folder: Path, text: str) -> Programme:
    (folder / "catalogue.yaml").write_text(CATALOGUE, encoding="utf-8")
    (folder / "programme.yaml").write_text(text, encoding="utf-8")
    return load_programme(folder / "programme.yaml")


def _simulated(folder: Path, text: str, people: str) -> Simulation:
    programme = _programme(folder, text)
    (folder / "people.csv").write_text(people, encoding="utf-8")
    table, grouping = load_population(folder / "people.csv", programme)
    return simulate(programme, programme.valid_from, table, grouping, INCOME)


def test_verdicts_outcomes_and_money_are_counted(tmp_path: Path) -> None:
    simulation = _simulated(tmp_path, PROGRAMME.replace("EVERY", "year"), PEOPLE)
    assert simulation.verdicts == (3, 1, 1)
    assert [(o.name, o.subjects, o.money) for o in simulation.outcomes] == [
        ("more", 1, Fraction(70, 12)),
        ("less", 2, Fraction(100, 12)),
    ]
    assert simulation.money == Fraction(170, 12)


@pytest.mark.parametrize(("every", "money"), [("month", 170), ("once", 170), ("year", 14)])
def test_money_is_told_by_how_often_it_is_paid(tmp_path: Path, every: str, money: int) -> None:
    tree = _simulated(tmp_path, PROGRAMME.replace("EVERY", every), PEOPLE).to_json()
    assert tree["money"] == money
    assert tree["money_per"] == ("once" if every == "once" else "month")


def test_every_person_stands_in_one_bar(tmp_path: Path) -> None:
    rows = [str(number * number % 9973) for number in range(997)]
    people = "tax.income,welfare.kind\n" + "".join(f"{row},\n" for row in [*rows, "", "10000"])
    simulation = _simulated(tmp_path, PROGRAMME.replace("EVERY", "year"), people)
    counted = np.sum([bar.counts for bar in simulation.bars], axis=0)
    assert tuple(counted) == simulation.verdicts
    assert simulation.bars[-1].label == "absent"
    assert len(simulation.bars) == 11


def test_households_are_counted_and_not_their_members(tmp_path: Path) -> None:
    simulation = _simulated(tmp_path, HOUSEHOLD, FAMILIES)
    assert simulation.subjects == 3
    assert simulation.verdicts == (1, 1, 1)


BAD_FILES = {
    "a column is missing": ("tax.income\n1\n", "welfare.kind", "header"),
    "nobody is listed": ("tax.income,welfare.kind\n", "no rows", "people.csv"),
    "a value outside the domain": ("tax.income,welfare.kind\n1,\n10001,\n", "outside", "line 3"),
    "a name that is no value": ("tax.income,welfare.kind\n1,other\n", "not one of", "line 2"),
}


@pytest.mark.parametrize(("people", "what", "where"), BAD_FILES.values(), ids=BAD_FILES)
def test_an_unusable_population_is_refused_with_its_place(
    tmp_path: Path, people: str, what: str, where: str
) -> None:
    with pytest.raises(InvalidAgencyTable) as refused:
        _simulated(tmp_path, PROGRAMME.replace("EVERY", "year"), people)
    assert what in refused.value.what
    assert where in refused.value.where
    assert "10001" not in str(refused.value)
    assert "other" not in str(refused.value)


SCATTERED = {
    "rows of a household apart": ("h1,1\nh2,1\nh1,1\n", "line 4"),
    "more members than declared": ("h1,1\nh2,1\nh2,1\nh2,1\nh2,1\n", "line 3"),
}


@pytest.mark.parametrize(("rows", "where"), SCATTERED.values(), ids=SCATTERED)
def test_an_unusable_household_is_refused_with_its_place(
    tmp_path: Path, rows: str, where: str
) -> None:
    with pytest.raises(InvalidAgencyTable) as refused:
        _simulated(tmp_path, HOUSEHOLD, "subject,tax.income\n" + rows)
    assert where in refused.value.where


def test_pictures_are_drawn_as_their_ending_says(tmp_path: Path) -> None:
    simulation = _simulated(tmp_path, PROGRAMME.replace("EVERY", "year"), PEOPLE)
    draw(simulation, tmp_path / "a.png")
    draw(simulation, tmp_path / "a.svg")
    draw(simulation, tmp_path / "b.svg")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    svg = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert all(word in svg for word in ("<svg", "tax.income", *(v.word for v in Verdict)))
    assert svg == (tmp_path / "b.svg").read_text(encoding="utf-8")


def test_another_kind_of_picture_is_refused_before_anything_is_computed(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfiguration, match="not drawn"):
        check_picture(tmp_path / "a.gif")


def test_the_command_draws_the_same_people_for_the_same_seed(tmp_path: Path) -> None:
    _programme(tmp_path, PROGRAMME.replace("EVERY", "year"))
    (tmp_path / "proportions.csv").write_text(
        "attribute,value,to,weight,per,source\n"
        "tax.income,0,200,1,member,illustrative\n"
        "welfare.kind,none,,1,member,a census\n"
        "welfare.kind,some,,1,member,a census\n",
        encoding="utf-8",
    )

    def run(*options: str) -> str:
        arguments = ["simulate", str(tmp_path / "programme.yaml"), *options]
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, result.output
        return result.output

    first = run("--subjects", "2000", "--json")
    assert first == run("--subjects", "2000", "--json")
    assert first != run("--subjects", "2000", "--json", "--seed", "2")
    tree = json.loads(first)
    assert tree["illustrative"] == [INCOME]
    assert Counter(o["name"] for o in tree["outcomes"]) == {"more": 1, "less": 1}
    assert 0.4 < tree["verdicts"]["eligible"] / 2000 < 0.6
    shown = run("--subjects", "2000", "--by", "welfare.kind")
    assert "illustrative shares, not statistics: tax.income" in shown
    assert "by welfare.kind" in shown


def test_a_histogram_by_something_unread_is_refused(tmp_path: Path) -> None:
    _programme(tmp_path, PROGRAMME.replace("EVERY", "year"))
    result = CliRunner().invoke(
        app, ["simulate", str(tmp_path / "programme.yaml"), "--by", "tax.incom"]
    )
    assert isinstance(result.exception, InvalidConfiguration)
    assert result.exception.fix == "did you mean tax.income?"
