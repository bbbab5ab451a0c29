from __future__ import annotations

import csv
from collections.abc import Iterator

import numpy as np
import pytest

from clients.designer.checking import check
from clients.designer.trying import table_of
from clients.review.decided import decided_of
from matcher.core.errors import InvalidFile
from matcher.core.grants import BasisKind
from matcher.core.identifiers import AgencyId, AttributeName
from matcher.core.plan import compile_plan
from matcher.core.programme import Programme, Unit
from matcher.core.reference import reference_decisions, reference_verdicts
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.table import Values
from matcher.core.verdict import Verdict
from matcher.language import (
    bundle_digest,
    dump_bundle,
    load_catalogue,
    load_grants,
    load_programme,
)
from programmes import programme_path
from programmes.population import draw
from tests.shipped import DAY, NAMES, ROOT

every_programme = pytest.mark.parametrize("name", NAMES)


def _programme(name: str) -> Programme:
    return load_programme(programme_path(name))


def _column(name: str, file: str, column: str) -> Values:
    attribute = _programme(name).catalogue.attributes[AttributeName(column)]
    with programme_path(file).open(encoding="utf-8", newline="") as lines:
        written = [row[column.partition(".")[2]] for row in csv.DictReader(lines)]
    codes = [attribute.values.index(text) if attribute.values else int(text) for text in written]
    return Values.of(codes)


def _titles(name: str) -> Iterator[tuple[str, set[str]]]:
    programme = _programme(name)
    catalogue = load_catalogue(programme_path(f"{name.partition('/')[0]}/catalogue"))
    yield "programme", set(programme.title)
    for attribute in catalogue.attributes.values():
        yield attribute.name, set(attribute.title)
    for outcome in programme.outcomes:
        yield outcome.name, set(outcome.title)
    for attribute_name, rule in programme.absences.items():
        yield attribute_name, set(rule.reason)


def test_every_shipped_programme_is_looked_at_here() -> None:
    other = {"catalogue", "grants"}
    found = {
        f"{path.parent.name}/{path.stem}"
        for path in ROOT.glob("*/*.yaml")
        if path.stem not in other
    }
    assert found == set(NAMES)


@every_programme
def test_examples_come_out_as_expected(name: str) -> None:
    programme = _programme(name)
    assert {case.expect for case in programme.cases} >= {Verdict.ELIGIBLE, Verdict.INELIGIBLE}
    for case in programme.cases:
        day = case.day or DAY
        table, grouping = table_of(programme, [case.members])
        decisions = reference_decisions(programme, day, table, grouping)
        (found,) = decided_of(programme, day, decisions)
        assert found.meets(case), case.name


@every_programme
def test_every_outcome_is_an_examples(name: str) -> None:
    programme = _programme(name)
    assert {case.outcome for case in programme.cases} - {None} == {
        outcome.name for outcome in programme.outcomes
    }


@every_programme
def test_titles_and_reasons_are_english_and_japanese(name: str) -> None:
    for what, languages in _titles(name):
        assert languages == {"en", "ja"}, what


@every_programme
def test_every_attribute_has_a_source_and_is_read(name: str) -> None:
    used = _programme(name).catalogue.attributes
    catalogue = load_catalogue(programme_path(f"{name.partition('/')[0]}/catalogue"))
    assert all(attribute.source for attribute in catalogue.attributes.values())
    if name.partition("/")[0] not in ("city", "nmes1988"):
        assert used == catalogue.attributes


@every_programme
def test_a_file_states_where_its_rule_comes_from(name: str) -> None:
    """An invented programme says so; a real one names its source and every simplification."""
    text = programme_path(name).read_text(encoding="utf-8")
    comment = "".join(line for line in text.splitlines(keepends=True) if line.startswith("#"))
    if name.startswith(("city/", "benchmark/", "nmes1988/")):
        assert comment
    else:
        assert "Simplified here:" in comment
        assert "Published" in comment or "Law:" in comment


@every_programme
def test_every_exchange_is_granted_from_the_first_day_to_the_last(name: str) -> None:
    programme = _programme(name)
    grants = load_grants(programme_path(name.partition("/")[0] + "/grants"))
    for day in {programme.valid_from, DAY, programme.valid_to or DAY}:
        for role, items in programme.items().items():
            assert grants.check(
                programme.requester,
                programme.affair,
                AgencyId(role),
                items,
                day,
                procedure=programme.procedure,
            )


def test_cities_go_by_ordinance_and_the_nation_by_law() -> None:
    kinds = {
        name: {grant.kind for grant in load_grants(programme_path(f"{name}/grants")).grants}
        for name in ("tomakomai", "akita", "kurume", "kagoshima", "national")
    }
    assert kinds == {
        "tomakomai": {BasisKind.ORDINANCE},
        "akita": {BasisKind.ORDINANCE},
        "kurume": {BasisKind.ORDINANCE},
        "kagoshima": {BasisKind.ORDINANCE, BasisKind.LAW},
        "national": {BasisKind.LAW},
    }


def test_several_municipalities_may_be_asked_about_people_who_moved() -> None:
    programme = _programme("kagoshima/migration")
    grants = load_grants(programme_path("kagoshima/grants"))
    items = programme.items()[next(role for role in programme.items() if role == "origin")]
    for provider in ("origin", "setagaya", "kawasaki"):
        assert grants.check(
            programme.requester,
            programme.affair,
            AgencyId(provider),
            items,
            DAY,
            procedure=programme.procedure,
        )


@every_programme
def test_a_check_finds_nothing_wrong(name: str) -> None:
    programme = _programme(name)
    grants = load_grants(programme_path(name.partition("/")[0] + "/grants"))
    report = check(programme, DAY, grants, {})
    assert report.fine, report.to_json()


@every_programme
@pytest.mark.parametrize(
    ("scheme", "kind"),
    [(Scheme.BGV, ColumnKind.DECISION), (Scheme.ENCLAVE, ColumnKind.VALUE)],
)
def test_every_scheme_carries_it(name: str, scheme: Scheme, kind: ColumnKind) -> None:
    programme = _programme(name)
    plan = compile_plan(programme, bundle_digest(dump_bundle(programme)), scheme, kind, DAY)
    assert plan.seats == programme.most_members


@pytest.mark.parametrize(
    "name", ["city/support", "city/relief", "nmes1988/medical-support", "benchmark/support"]
)
def test_small_domains_have_attribute_columns(name: str) -> None:
    programme = _programme(name)
    digest = bundle_digest(dump_bundle(programme))
    compile_plan(programme, digest, Scheme.BGV, ColumnKind.ATTRIBUTE, DAY)


def test_households_and_people_are_both_shipped() -> None:
    units = {name: _programme(name).unit for name in NAMES}
    assert {name for name, unit in units.items() if unit is Unit.HOUSEHOLD} == {
        "tomakomai/heating-oil",
        "akita/newlywed",
    }


@pytest.mark.parametrize(
    ("name", "amounts"),
    {
        "tomakomai/heating-oil": (10_000,),
        "akita/newlywed": (600_000, 300_000),
        "kurume/nursery-loan": (120_000,),
        "kagoshima/migration": (1_000_000, 600_000),
        "national/disability-allowance": (29_590,),
    }.items(),
)
def test_the_amounts_are_the_published_ones(name: str, amounts: tuple[int, ...]) -> None:
    assert _programme(name).amounts_on(DAY) == amounts


def test_the_survey_has_155_eligible_people() -> None:
    name = "nmes1988/medical-support"
    table = {
        AttributeName("tax.income_usd"): _column(name, "nmes1988/tax.csv", "tax.income_usd"),
        AttributeName("welfare.adl"): _column(name, "nmes1988/welfare.csv", "welfare.adl"),
    }
    verdicts = reference_verdicts(_programme(name), DAY, table)
    assert np.bincount(verdicts, minlength=3).tolist() == [155, 4251, 0]


def test_the_surveys_incomes_lie_in_the_domain_and_the_limit_is_an_edge() -> None:
    income = load_catalogue(programme_path("nmes1988/catalogue")).attributes[
        AttributeName("tax.income_usd")
    ]
    codes = _column("nmes1988/medical-support", "nmes1988/tax.csv", "tax.income_usd").codes
    assert income.low <= codes.min() < 0
    assert codes.max() <= income.high
    assert 5447 in income.bands
    assert income.class_count == 8


def test_the_benchmark_asks_for_one_column_from_each_of_two_agencies() -> None:
    programme = _programme("benchmark/support")
    digest = bundle_digest(dump_bundle(programme))
    decisions = compile_plan(programme, digest, Scheme.BGV, ColumnKind.DECISION, DAY)
    assert [column.role for column in decisions.columns] == ["tax", "welfare"]
    assert len(decisions.outputs) == 1
    attributes = compile_plan(programme, digest, Scheme.BGV, ColumnKind.ATTRIBUTE, DAY)
    assert [len(question.columns) for question in attributes.questions] == [8, 7]


@pytest.mark.parametrize("name", ["city/suport", "../pyproject.toml", "/etc/passwd", "city", ""])
def test_a_file_that_is_not_shipped_is_refused_with_the_ones_that_are(name: str) -> None:
    with pytest.raises(InvalidFile, match="comes with the package") as caught:
        programme_path(name)
    assert "city/support.yaml" in caught.value.fix


@every_programme
def test_a_synthetic_population_meets_every_outcome(name: str) -> None:
    programme = _programme(name)
    people = draw(
        programme.catalogue, 20_000, 1, programme.unit, most_members=programme.most_members
    )
    decisions = reference_decisions(programme, DAY, people.table, people.grouping)
    counts = np.bincount(decisions, minlength=3)
    assert len(decisions) == 20_000
    assert counts[Verdict.INELIGIBLE] > 1000
    assert counts[Verdict.ELIGIBLE] > 100
    assert (counts[3:] > 100).all()
    assert len(counts[3:]) == max(0, len(programme.outcomes) - 1)
    # The benchmark's worlds are closed, the survey knows everybody.
    complete = name in ("benchmark/support", "nmes1988/medical-support")
    assert bool(counts[Verdict.UNDETERMINED]) is not complete


@every_programme
def test_a_population_of_invented_shares_says_so(name: str) -> None:
    programme = _programme(name)
    people = draw(programme.catalogue, 10, 1, programme.unit)
    assert set(people.sources) == set(programme.catalogue.attributes)
    assert (not people.illustrative) is (name == "nmes1988/medical-support")
