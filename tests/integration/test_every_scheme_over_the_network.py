"""One programme, one meaning: every scheme between real processes decides as the plaintext does.

A matcher, two agencies and an enclave, each a process of its own, over mutual TLS. The cohort fits
the smallest chunk there is, Paillier's.
"""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner, Result

from clients.requester.cohort import load_cohort
from clients.requester.command import app as match_app
from clients.requester.config import load_config
from clients.requester.draft import prepare
from clients.requester.run import MatchResult, match
from clients.requester.session import open_session
from fusuma.federation import Federation, running
from fusuma.federation_files import FederationPlan, HeldTable
from matcher.core.errors import TooDeep
from matcher.core.identifiers import AgencyId, AttributeName
from matcher.core.programme import Programme
from matcher.core.reference import reference_verdicts
from matcher.core.scheme import COLUMN_KINDS, ColumnKind, OfferedScheme, Scheme
from matcher.core.table import Values
from matcher.core.verdict import Verdict
from matcher.language import load_programme

ROOT = Path(__file__).resolve().parents[2]
TOWN, TAX, WELFARE = AgencyId("town"), AgencyId("tax"), AgencyId("welfare")
DAY = date(2026, 6, 1)
SUBJECTS = 40

CATALOGUE = """
catalogue: town
attributes:
  tax.bracket: {type: integer, domain: [0, 3], absent: unknown}
  tax.exempt: {type: boolean, absent: false}
  welfare.grade: {type: integer, domain: [0, 2], absent: unknown}
  welfare.listed: {type: boolean, absent: false}
"""
HEAD = """
version: "1"
title: {en: Relief}
catalogue: town
requester: town
affair: relief
unit: person
valid: {from: 2026-04-01}
"""
PROGRAMMES = {
    "sum": f"programme: town/sum\n{HEAD}eligible: tax.exempt && welfare.listed\n",
    "product": f"programme: town/product\n{HEAD}eligible: tax.bracket <= 1 || welfare.grade > 0\n",
}
GRANTS = "grants:" + "".join(
    f"""
  - requester: town
    affair: relief
    provider: {provider}
    items: [{items}]
    basis: {{ordinance: example}}
    valid: {{from: 2020-01-01}}"""
    for provider, items in (
        (TAX, "tax.bracket, tax.exempt"),
        (WELFARE, "welfare.grade, welfare.listed"),
    )
)


@dataclass(frozen=True)
class Town:
    """A running federation and what is known of its residents."""

    federation: Federation
    place: Path
    table: Mapping[AttributeName, Values]

    @property
    def cohort(self) -> Path:
        return self.place / "cohort.csv"

    def programme(self, name: str) -> Programme:
        return load_programme(self.place / f"{name}.yaml")

    def reference(self, programme: Programme) -> NDArray[np.uint8]:
        return reference_verdicts(programme, DAY, self.table)

    def decide(self, programme: Programme, scheme: Scheme, kind: ColumnKind) -> MatchResult:
        config = load_config(self.federation.configuration)
        prepared = prepare(programme, scheme, kind, DAY)
        people = load_cohort(self.cohort, config.terms_of(programme))

        async def run() -> MatchResult:
            async with open_session(config) as session:
                return await match(session, prepared, people, timeout=60)

        return asyncio.run(run())

    def match(self, name: str, out: Path, *options: str) -> Result:
        """What ``fusuma match`` does."""
        arguments = {
            "--cohort": self.cohort,
            "--out": out,
            "--config": self.federation.configuration,
            "--date": DAY,
        }
        words = [str(word) for pair in arguments.items() for word in pair]
        return CliRunner().invoke(match_app, [str(self.place / f"{name}.yaml"), *words, *options])


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    # A short path: the enclave's socket lies beneath it.
    place = tmp_path_factory.mktemp("t")
    for name, text in {"catalogue": CATALOGUE, "grants": GRANTS, **PROGRAMMES}.items():
        (place / f"{name}.yaml").write_text(text, encoding="utf-8")
    chance = np.random.default_rng(1886)
    attributes = {**load_programme(place / "sum.yaml").catalogue.attributes}
    attributes |= load_programme(place / "product.yaml").catalogue.attributes
    table = {
        name: Values(
            chance.integers(one.low, one.high + 1, SUBJECTS, dtype=np.int32),
            chance.random(SUBJECTS) < 0.8,
        )
        for name, one in attributes.items()
    }
    (place / "cohort.csv").write_text(
        "subject\n" + "".join(f"r{number}\n" for number in range(SUBJECTS)), encoding="utf-8"
    )
    plan = FederationPlan(
        requester=TOWN,
        agencies={agency: [_held(place, agency, table)] for agency in (TAX, WELFARE)},
        grants=[place / "grants.yaml"],
        schemes=tuple(map(Scheme, OfferedScheme)),
        matcher_workers=1,
    )
    directory = place / "f"
    directory.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        # Child processes find the packages of a checkout that is not installed.
        patch.setenv("PYTHONPATH", f"{ROOT}:{ROOT / 'proto'}")
        with running(directory, plan) as federation:
            yield Town(federation, place, table)


def _held(place: Path, agency: AgencyId, table: Mapping[AttributeName, Values]) -> HeldTable:
    """Write what ``agency`` holds; who has no value is left blank."""
    columns = {name: name.partition(".")[2] for name in table if name.startswith(agency)}
    path = place / f"{agency}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["person", *columns.values()])
        for row in range(SUBJECTS):
            writer.writerow([f"r{row}", *(_field(name, table[name], row) for name in columns)])
    return HeldTable(path, place / "catalogue.yaml", "person", columns)


def _field(name: AttributeName, values: Values, row: int) -> str:
    if not values.present[row]:
        return ""
    code = int(values.codes[row])
    return ("false", "true")[code] if name in ("tax.exempt", "welfare.listed") else str(code)


# Paillier's classes are one-hot columns of single ciphertexts: minutes of work and nothing new.
SUMS = [
    (scheme, kind)
    for scheme in map(Scheme, OfferedScheme)
    for kind in COLUMN_KINDS[scheme]
    if (scheme, kind) != (Scheme.PAILLIER, ColumnKind.ATTRIBUTE)
]
PRODUCTS = [(scheme, kind) for scheme, kind in SUMS if scheme is not Scheme.PAILLIER]


@pytest.mark.parametrize(("scheme", "kind"), SUMS)
def test_a_sum_is_decided_as_in_the_clear(town: Town, scheme: Scheme, kind: ColumnKind) -> None:
    programme = town.programme("sum")
    result = town.decide(programme, scheme, kind)
    expected = town.reference(programme)
    assert set(expected) == {Verdict.ELIGIBLE, Verdict.INELIGIBLE}
    assert result.plan.scheme is scheme
    assert np.array_equal(result.verdicts, expected)


@pytest.mark.parametrize(("scheme", "kind"), PRODUCTS)
def test_a_product_is_decided_as_in_the_clear(town: Town, scheme: Scheme, kind: ColumnKind) -> None:
    programme = town.programme("product")
    result = town.decide(programme, scheme, kind)
    expected = town.reference(programme)
    assert set(expected) == set(Verdict)
    assert np.array_equal(result.verdicts, expected)


def test_the_command_takes_a_scheme_and_its_parameters(town: Town, tmp_path: Path) -> None:
    out = tmp_path / "verdicts.csv"
    ended = town.match("product", out, "--scheme", "bfv", "--parameters", "bfv-8192-192")
    assert ended.exit_code == 0, ended.output
    with out.open(encoding="utf-8", newline="") as file:
        written = [row["verdict"] for row in csv.DictReader(file)]
    expected = town.reference(town.programme("product"))
    assert written == [Verdict(code).word for code in expected]


def test_a_product_is_refused_under_paillier_before_anybody_is_asked(
    town: Town, tmp_path: Path
) -> None:
    out = tmp_path / "verdicts.csv"
    error = town.match("product", out, "--scheme", "paillier").exception
    assert isinstance(error, TooDeep)
    assert error.what.startswith("tax.bracket <= 1 || welfare.grade > 0: Paillier's scheme adds")
    assert "use the scheme bgv or bfv" in error.fix
    assert not out.exists()
