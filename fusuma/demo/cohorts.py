"""The cohorts of the demo, and what the plaintext says about them.

Rules:
 * The survey is real data shipped with the package; its answer is known from outside.
 * City and households are synthetic and seeded; a few people are unknown to one agency.
 * Some members of households were taxed by another town, whose office is asked about them.
 * The reference is computed from the very files that the agencies read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from ruamel.yaml import YAML

from fusuma.agency_files import held, write_holdings
from fusuma.federation_files import HeldTable
from matcher.core.errors import InvalidConfiguration
from matcher.core.identifiers import AgencyId, Role
from matcher.core.programme import Programme
from matcher.core.reference import reference_decisions
from matcher.language import load_programme
from programmes import programme_path
from programmes.population import draw
from programmes.survey import survey
from programmes.synthetic import synthetic_city

TAX = AgencyId("tax")
OTHER_TAX = AgencyId("chitose-tax")
WELFARE = AgencyId("welfare")
ASSISTANCE = AgencyId("assistance")
CITY_RESIDENTS = 50_000
CITY_SEED = 1947
REFERENCE_DATE = date(2026, 10, 1)
SURVEY_ELIGIBLE = 155
HOUSEHOLDS = 5_000
# Of all members, who had lived in the other town on 1 January and was taxed there.
_MOVED_SHARE = 0.08


@dataclass(frozen=True, slots=True, eq=False)
class DemoCohort:
    """One cohort: what is asked, of whom, about whom, and the right answer.

    Attributes:
        name: key in the report.
        title: one line for people.
        programme: what is decided.
        providers: the agencies of a role, where they are not one of the role's own name.
        grants: the legal rows it needs.
        cohort: file with the subjects.
        tables: what each agency holds.
        expected: decisions of the plaintext reference, in the cohort's order.
        known_eligible: the answer known from outside, if any.
    """

    name: str
    title: str
    programme: Programme
    providers: Mapping[Role, tuple[AgencyId, ...]]
    grants: tuple[Path, ...]
    cohort: Path
    tables: Mapping[AgencyId, HeldTable]
    expected: NDArray[np.uint8]
    known_eligible: int | None


def demo_cohorts(directory: Path, residents: int = CITY_RESIDENTS) -> tuple[DemoCohort, ...]:
    """Write the agencies' files below ``directory`` and return all cohorts."""
    return (
        _survey(directory / "survey"),
        _city(directory / "city", residents),
        _households(directory / "households"),
    )


def _survey(directory: Path) -> DemoCohort:
    directory.mkdir(parents=True)
    programme = load_programme(programme_path("nmes1988/medical-support"))
    people = survey(programme.catalogue)
    cohort = directory / "cohort.csv"
    cohort.write_text("subject\n" + "\n".join(people.subjects) + "\n", encoding="utf-8")
    catalogue = programme_path("nmes1988/catalogue")
    tables = {
        TAX: HeldTable(
            programme_path("nmes1988/tax.csv"),
            catalogue,
            "person",
            {"tax.income_usd": "income_usd"},
        ),
        WELFARE: HeldTable(
            programme_path("nmes1988/welfare.csv"), catalogue, "person", {"welfare.adl": "adl"}
        ),
    }
    return DemoCohort(
        name="nmes1988",
        title=f"US medical survey of 1987-88, {len(people.subjects):,} real people",
        programme=programme,
        providers={},
        grants=(programme_path("nmes1988/grants"),),
        cohort=cohort,
        tables=tables,
        expected=reference_decisions(programme, REFERENCE_DATE, people.table),
        known_eligible=SURVEY_ELIGIBLE,
    )


def _city(directory: Path, residents: int) -> DemoCohort:
    directory.mkdir(parents=True)
    city = synthetic_city(residents, CITY_SEED)
    files = city.write(directory, ".csv")
    catalogue = programme_path("city/catalogue")
    tables = {
        TAX: HeldTable(files["tax"], catalogue, "person", {"tax.income_bracket": "income_bracket"}),
        WELFARE: HeldTable(
            files["welfare"], catalogue, "person", {"welfare.disability_grade": "disability_grade"}
        ),
    }
    programme = load_programme(programme_path("city/support"))
    return DemoCohort(
        name="city",
        title=f"synthetic Japanese city, {residents:,} residents",
        programme=programme,
        providers={},
        grants=(programme_path("city/grants"),),
        cohort=files["cohort"],
        tables=tables,
        expected=reference_decisions(programme, REFERENCE_DATE, city.table),
        known_eligible=None,
    )


def _households(directory: Path) -> DemoCohort:
    directory.mkdir(parents=True)
    programme = load_programme(programme_path("tomakomai/heating-oil"))
    most = programme.most_members
    drawn = draw(programme.catalogue, HOUSEHOLDS, CITY_SEED, programme.unit, most_members=most)
    if drawn.grouping is None:
        raise InvalidConfiguration("the programme does not decide about households")
    group_of = drawn.grouping.group_of
    people = [f"m{number:06d}" for number in range(len(group_of))]
    moved = np.random.default_rng(CITY_SEED).random(len(people)) < _MOVED_SHARE
    cohort = directory / "cohort.csv"
    offices = np.where(moved, OTHER_TAX, TAX)
    rows = zip(np.array(drawn.subjects)[group_of], people, offices, strict=True)
    cohort.write_text(
        "subject,member,tax.agency\n" + "".join(f"{','.join(row)}\n" for row in rows),
        encoding="utf-8",
    )
    tables = {}
    for agency, role, known in (
        (TAX, Role("tax"), ~moved),
        (OTHER_TAX, Role("tax"), moved),
        (WELFARE, Role("welfare"), np.ones_like(moved)),
        (ASSISTANCE, Role("assistance"), np.ones_like(moved)),
    ):
        attributes = [programme.catalogue.attributes[name] for name in programme.items()[role]]
        file = directory / f"{agency}.parquet"
        write_holdings(file, people, attributes, drawn.table, np.flatnonzero(known))
        tables[agency] = held(file, programme_path("tomakomai/catalogue"), attributes)
    return DemoCohort(
        name="heating-oil",
        title=f"synthetic northern town, {HOUSEHOLDS:,} households of {len(people):,} people",
        programme=programme,
        providers={Role("tax"): (OTHER_TAX, TAX)},
        grants=(programme_path("tomakomai/grants"), _grants_of_other_town(directory)),
        cohort=cohort,
        tables=tables,
        expected=reference_decisions(programme, REFERENCE_DATE, drawn.table, drawn.grouping),
        known_eligible=None,
    )


def _grants_of_other_town(directory: Path) -> Path:
    """Write the rows that let the city ask the other town's tax office what it may ask its own."""
    yaml = YAML(typ="safe")
    rows = yaml.load(programme_path("tomakomai/grants"))["grants"]
    path = directory / "grants.yaml"
    others = [{**row, "provider": str(OTHER_TAX)} for row in rows if row["provider"] == TAX]
    yaml.dump({"grants": others}, path)
    return path
