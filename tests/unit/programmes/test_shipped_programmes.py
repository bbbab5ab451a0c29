from __future__ import annotations

import csv
from datetime import date

import numpy as np
import pytest

from matcher.core.errors import InvalidFile
from matcher.core.identifiers import AgencyId, AttributeName
from matcher.core.plan import compile_plan
from matcher.core.programme import Programme
from matcher.core.reference import reference_verdicts
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

NAMES = ("city/support", "city/relief", "nmes1988/medical-support", "benchmark/support")
DAY = date(2026, 6, 1)
every_programme = pytest.mark.parametrize("name", NAMES)


def _programme(name: str) -> Programme:
    return load_programme(programme_path(name))


def _column(name: str, file: str, column: str) -> Values:
    attribute = _programme(name).catalogue.attributes[AttributeName(column)]
    with programme_path(file).open(encoding="utf-8", newline="") as lines:
        written = [row[column.partition(".")[2]] for row in csv.DictReader(lines)]
    codes = [attribute.values.index(text) if attribute.values else int(text) for text in written]
    return Values.of(codes)


@every_programme
def test_examples_come_out_as_expected(name: str) -> None:
    programme = _programme(name)
    assert {case.expect for case in programme.cases} >= {Verdict.ELIGIBLE, Verdict.INELIGIBLE}
    for case in programme.cases:
        table = {attribute: Values.of([code]) for attribute, code in case.members[0].items()}
        assert reference_verdicts(programme, DAY, table).tolist() == [case.expect], case.name


@every_programme
def test_titles_are_english_and_japanese(name: str) -> None:
    programme = _programme(name)
    assert set(programme.title) == {"en", "ja"}
    for attribute in programme.catalogue.attributes.values():
        assert set(attribute.title) == {"en", "ja"}
        assert attribute.source


@every_programme
def test_every_exchange_is_granted(name: str) -> None:
    programme = _programme(name)
    grants = load_grants(programme_path(name.partition("/")[0] + "/grants"))
    for role, items in programme.items().items():
        assert grants.check(
            programme.requester,
            programme.affair,
            AgencyId(role),
            items,
            DAY,
            procedure=programme.procedure,
        )


@every_programme
@pytest.mark.parametrize(
    ("scheme", "kind"),
    [
        (Scheme.BGV, ColumnKind.DECISION),
        (Scheme.BGV, ColumnKind.ATTRIBUTE),
        (Scheme.ENCLAVE, ColumnKind.VALUE),
    ],
)
def test_every_scheme_carries_it(name: str, scheme: Scheme, kind: ColumnKind) -> None:
    programme = _programme(name)
    compile_plan(programme, bundle_digest(dump_bundle(programme)), scheme, kind, DAY)


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
