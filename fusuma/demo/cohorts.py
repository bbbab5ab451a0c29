"""The two cohorts of the demo, and what the plaintext says about them.

Rules:
 * The survey is real data shipped with the package; its answer is known from outside.
 * The city is synthetic and seeded; a few residents are unknown to one agency.
 * The reference is computed from the very files that the agencies read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fusuma.federation_files import HeldTable
from matcher.core.identifiers import AgencyId
from matcher.core.programme import Programme
from matcher.core.reference import reference_verdicts
from matcher.language import load_programme
from programmes import programme_path
from programmes.survey import survey
from programmes.synthetic import synthetic_city

REQUESTER = AgencyId("city-benefits")
TAX = AgencyId("tax")
WELFARE = AgencyId("welfare")
CITY_RESIDENTS = 50_000
CITY_SEED = 1947
REFERENCE_DATE = date(2026, 10, 1)
SURVEY_ELIGIBLE = 155


@dataclass(frozen=True, slots=True, eq=False)
class DemoCohort:
    """One cohort: what is asked, of whom, about whom, and the right answer.

    Attributes:
        name: key in the report.
        title: one line for people.
        programme: what is decided.
        grants: the legal rows it needs.
        cohort: file with the subjects.
        tables: what each agency holds.
        expected: verdict codes of the plaintext reference, in the cohort's order.
        known_eligible: the answer known from outside, if any.
    """

    name: str
    title: str
    programme: Programme
    grants: Path
    cohort: Path
    tables: Mapping[AgencyId, HeldTable]
    expected: NDArray[np.uint8]
    known_eligible: int | None


def demo_cohorts(directory: Path, residents: int = CITY_RESIDENTS) -> tuple[DemoCohort, ...]:
    """Write the agencies' files below ``directory`` and return both cohorts."""
    return _survey(directory / "survey"), _city(directory / "city", residents)


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
        grants=programme_path("nmes1988/grants"),
        cohort=cohort,
        tables=tables,
        expected=reference_verdicts(programme, REFERENCE_DATE, people.table),
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
        grants=programme_path("city/grants"),
        cohort=files["cohort"],
        tables=tables,
        expected=reference_verdicts(programme, REFERENCE_DATE, city.table),
        known_eligible=None,
    )
