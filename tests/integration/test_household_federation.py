"""Households and shared roles between real processes: two tax offices, one welfare office.

Members of one household are known to different tax offices, some to nobody; every decision has to
be the one that the plaintext gives.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.csv
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from clients.requester.cohort import Cohort, load_cohort
from clients.requester.command import app as match_app
from clients.requester.config import load_config
from clients.requester.draft import PreparedProgramme, prepare
from clients.requester.run import MatchResult, match
from clients.requester.session import open_session
from fusuma.federation import Federation, running
from fusuma.federation_files import FederationPlan, HeldTable
from matcher.core.errors import PermissionNotApplicable
from matcher.core.identifiers import AgencyId, AttributeName, Role
from matcher.core.programme import Programme
from matcher.core.reference import reference_decisions
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.table import Grouping, Values
from matcher.core.verdict import Verdict
from matcher.language import load_programme

TOWN, WELFARE = AgencyId("town-benefits"), AgencyId("welfare")
NORTH, SOUTH = AgencyId("north-tax"), AgencyId("south-tax")
OFFICES = (NORTH, SOUTH)
DAY = date(2026, 10, 1)
FAMILIES, MOST_MEMBERS = 400, 4

CATALOGUE = """
catalogue: town
attributes:
  tax.taxed: {type: boolean, absent: unknown, title: {en: Taxed}, source: example}
  tax.income:
    {type: integer, domain: [0, 10000000], absent: unknown, title: {en: Income}, source: example}
  tax.born:
    {type: date, domain: [1900-01-01, 2026-12-31], absent: unknown, title: {en: Born},
     source: example}
  welfare.grade: {type: integer, domain: [0, 6], absent: 0, title: {en: Grade}, source: example}
"""
HEAD = """
version: "1"
title: {en: Heating oil}
catalogue: town
requester: town-benefits
affair: heating oil
valid: {from: 2026-04-01}
"""
HOUSEHOLDS = f"""
programme: town/heating-oil
{HEAD}
procedure: application
unit: household
most_members: {MOST_MEMBERS}
parameters:
  limit: {{2026-04-01: 2000000}}
  half: {{2026-04-01: 5000}}
eligible: >-
  members.all(m, !m.tax.taxed)
  && members.exists(m, m.welfare.grade in [1, 2])
outcomes:
  pays: {{currency: JPY, every: year}}
  tiers:
    - name: full
      title: {{en: Full support}}
      when: members.exists(m, m.tax.income <= params.limit && age(m.tax.born) >= 65)
      amount: 10000
    - {{name: half, title: {{en: Half support}}, amount: params.half}}
"""
PERSONS = f"""
programme: town/elderly
{HEAD}
procedure: application
unit: person
eligible: age(tax.born) >= 65 && tax.income <= 5000000 && welfare.grade <= 2
"""
RENEWAL = PERSONS.replace("town/elderly", "town/renewal").replace("application", "renewal")
GRANTS = "grants:" + "".join(
    f"""
  - requester: town-benefits
    affair: heating oil
    procedure: {procedure}
    provider: {provider}
    items: [{items}]
    basis: {{ordinance: example}}
    valid: {{from: 2020-01-01}}"""
    for procedure, provider, items in (
        ("application", NORTH, "tax.taxed, tax.income, tax.born"),
        ("application", SOUTH, "tax.taxed, tax.income, tax.born"),
        ("application", WELFARE, "welfare.grade"),
        ("renewal", NORTH, "tax.income, tax.born"),
        ("renewal", WELFARE, "welfare.grade"),
    )
)


@dataclass(frozen=True)
class Town:
    """Households, members with what is known about them, and a federation that knows it."""

    federation: Federation
    programmes: Path
    families: Path
    people: Path
    group_of: NDArray[np.int32]
    table: Mapping[AttributeName, Values]

    def programme(self, name: str) -> Programme:
        return load_programme(self.programmes / f"{name}.yaml")

    def reference(self, programme: Programme) -> NDArray[np.uint8]:
        grouping = Grouping(FAMILIES, self.group_of) if programme.most_members > 1 else None
        return reference_decisions(programme, DAY, self.table, grouping)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    place = tmp_path_factory.mktemp("town")
    for name, text in {
        "catalogue": CATALOGUE,
        "heating-oil": HOUSEHOLDS,
        "elderly": PERSONS,
        "renewal": RENEWAL,
        "grants": GRANTS,
    }.items():
        (place / f"{name}.yaml").write_text(text)
    rng = np.random.default_rng(1868)
    group_of = np.repeat(
        np.arange(FAMILIES, dtype=np.int32), rng.integers(1, MOST_MEMBERS + 1, FAMILIES)
    )
    people = len(group_of)
    present = rng.random(people) < 0.95
    table = {
        AttributeName("tax.taxed"): Values((rng.random(people) < 0.15).astype(np.int32), present),
        AttributeName("tax.income"): Values(
            rng.integers(0, 4_000_000, people, dtype=np.int32),
            present & (rng.random(people) < 0.95),
        ),
        AttributeName("tax.born"): Values(
            rng.integers(-15_000, 15_000, people, dtype=np.int32), present
        ),
        AttributeName("welfare.grade"): Values(
            rng.integers(0, 7, people, dtype=np.int32), rng.random(people) < 0.8
        ),
    }
    office_of = rng.integers(0, 2, people)
    names = [f"p{number}" for number in range(people)]
    _write_agencies(place, names, office_of, table)
    offices = [OFFICES[number] for number in office_of]
    families, persons = place / "families.csv", place / "people.csv"
    families.write_text(
        "subject,member,tax.agency\n"
        + "".join(
            f"family-{group},{name},{office}\n"
            for group, name, office in zip(group_of, names, offices, strict=True)
        )
    )
    persons.write_text(
        "subject,tax.agency\n"
        + "".join(f"{name},{office}\n" for name, office in zip(names, offices, strict=True))
    )
    plan = FederationPlan(
        requester=TOWN,
        agencies={
            **{office: [_held(place, office, "taxed", "income", "born")] for office in OFFICES},
            WELFARE: [_held(place, WELFARE, "grade")],
        },
        grants=[place / "grants.yaml"],
        providers={Role("tax"): OFFICES},
        matcher_workers=1,
    )
    directory = place / "federation"
    directory.mkdir()
    with running(directory, plan) as federation:
        yield Town(federation, place, families, persons, group_of, table)


def _held(place: Path, agency: AgencyId, *columns: str) -> HeldTable:
    role = agency if agency == WELFARE else "tax"
    mapped = {f"{role}.{column}": column for column in columns}
    return HeldTable(place / f"{agency}.csv", place / "catalogue.yaml", "person", mapped)


def _write_agencies(
    place: Path,
    names: Sequence[str],
    office_of: NDArray[np.int64],
    table: Mapping[AttributeName, Values],
) -> None:
    """Write what every agency holds; who has no value anywhere is not listed at all."""
    for agency, role in ((NORTH, "tax"), (SOUTH, "tax"), (WELFARE, "welfare")):
        attributes = [name for name in table if name.startswith(role)]
        lines = [",".join(["person", *(name.partition(".")[2] for name in attributes)])]
        for row, name in enumerate(names):
            if agency == WELFARE or OFFICES[office_of[row]] == agency:
                fields = [_field(table, attribute, row) for attribute in attributes]
                if any(fields):
                    lines.append(",".join([name, *fields]))
        (place / f"{agency}.csv").write_text("\n".join(lines) + "\n")


def _field(table: Mapping[AttributeName, Values], name: AttributeName, row: int) -> str:
    if not table[name].present[row]:
        return ""
    code = int(table[name].codes[row])
    if name == "tax.born":
        return str(np.datetime64(code, "D"))
    return ("false", "true")[code] if name == "tax.taxed" else str(code)


def decided(town: Town, programme: Programme, scheme: Scheme, cohort: Path) -> MatchResult:
    config = load_config(town.federation.configuration)
    terms = config.terms_of(programme)
    prepared = prepare(programme, scheme, ColumnKind.DECISION, DAY, agencies=terms.agency_counts)
    people = load_cohort(cohort, terms)

    async def run() -> MatchResult:
        async with open_session(config) as session:
            return await match(session, prepared, people, timeout=60)

    return asyncio.run(run())


@pytest.mark.parametrize("scheme", [Scheme.BGV, Scheme.ENCLAVE])
def test_households_across_two_offices_are_decided_as_in_the_clear(
    town: Town, scheme: Scheme
) -> None:
    programme = town.programme("heating-oil")
    result = decided(town, programme, scheme, town.families)
    expected = town.reference(programme)
    # Both tiers, the ineligible and the undetermined all occur.
    assert set(np.unique(expected)) == {0, 1, 2, 3}
    assert np.array_equal(result.decided.decisions, expected)
    counts = result.decided.outcome_counts()
    assert [(one.outcome.name, one.amount) for one in counts] == [("full", 10_000), ("half", 5_000)]
    assert [one.subjects for one in counts] == [int((expected == code).sum()) for code in (0, 3)]


@pytest.mark.parametrize("scheme", [Scheme.BGV, Scheme.ENCLAVE])
def test_persons_of_two_offices_are_decided_as_in_the_clear(town: Town, scheme: Scheme) -> None:
    programme = town.programme("elderly")
    result = decided(town, programme, scheme, town.people)
    expected = town.reference(programme)
    assert set(np.unique(expected)) == set(Verdict)
    assert np.array_equal(result.decided.decisions, expected)


def test_the_command_writes_outcomes_and_amounts(town: Town, tmp_path: Path) -> None:
    out = tmp_path / "verdicts.csv"
    arguments = [
        str(town.programmes / "heating-oil.yaml"),
        *("--cohort", str(town.families), "--out", str(out), "--date", DAY.isoformat()),
        *("--config", str(town.federation.configuration), "--json"),
    ]
    ended = CliRunner().invoke(match_app, arguments)
    assert ended.exit_code == 0, ended.output
    expected = town.reference(town.programme("heating-oil"))
    table = pyarrow.csv.read_csv(
        out, convert_options=pyarrow.csv.ConvertOptions(strings_can_be_null=True)
    )
    assert table.column_names == ["subject", "verdict", "outcome", "amount"]
    outcomes = {0: ("full", 10_000), 3: ("half", 5_000)}
    wanted = [outcomes.get(int(code), (None, None)) for code in expected]
    written = zip(table["outcome"].to_pylist(), table["amount"].to_pylist(), strict=True)
    assert list(written) == wanted
    assert table["subject"].to_pylist() == [f"family-{number}" for number in range(FAMILIES)]
    summary = json.loads(ended.stdout)
    assert summary["outcomes"] == [
        {"name": "full", "subjects": int((expected == 0).sum()), "amount": 10_000},
        {"name": "half", "subjects": int((expected == 3).sum()), "amount": 5_000},
    ]
    assert (summary["currency"], summary["every"]) == ("JPY", "year")


def _renewal(town: Town) -> tuple[PreparedProgramme, Cohort]:
    config = load_config(town.federation.configuration)
    programme = town.programme("renewal")
    terms = config.terms_of(programme)
    prepared = prepare(
        programme, Scheme.BGV, ColumnKind.DECISION, DAY, agencies=terms.agency_counts
    )
    return prepared, load_cohort(town.people, terms)


@pytest.mark.parametrize("checks_itself", [True, False], ids=["by the requester", "by the matcher"])
def test_a_procedure_without_a_grant_at_one_office_is_refused(
    town: Town, *, checks_itself: bool
) -> None:
    prepared, people = _renewal(town)
    config = load_config(town.federation.configuration)
    if not checks_itself:
        config = replace(config, grants=None)

    async def run() -> None:
        async with open_session(config) as session:
            await match(session, prepared, people, timeout=60)

    with pytest.raises(PermissionNotApplicable):
        asyncio.run(run())
