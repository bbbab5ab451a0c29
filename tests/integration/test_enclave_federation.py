"""Enclave runs through the whole house: who accepts the enclave, and who does not."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from enclave_sim.platform import ROOT_CERTIFICATE
from fusuma.federation import Federation, running
from fusuma.federation_files import FederationPlan, HeldTable
from matcher.core.identifiers import AgencyId, AttributeName
from matcher.core.reference import reference_verdicts
from matcher.core.table import Values
from matcher.core.verdict import Verdict
from matcher.language.programme_file import load_programme
from programmes import programme_path
from tests.enclave_scene import DAY

ROOT = Path(__file__).resolve().parents[2]
SUBJECTS = 300
COLUMNS = {"tax": "tax.income_bracket", "welfare": "welfare.disability_grade"}


@dataclass(frozen=True)
class City:
    """A running federation, its cohort, and what its residents should be told."""

    federation: Federation
    cohort: Path
    expected: list[str]

    def match(self, out: Path) -> subprocess.CompletedProcess[str]:
        options = {
            "--cohort": self.cohort,
            "--out": out,
            "--config": self.federation.configuration,
            "--scheme": "enclave",
            "--date": DAY,
        }
        arguments = [str(word) for option in options.items() for word in option]
        programme = str(programme_path("city/support"))
        return subprocess.run(
            [sys.executable, "-m", "fusuma", "match", programme, *arguments, "--json"],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


@pytest.fixture(scope="module", autouse=True)
def _importable() -> Iterator[None]:
    """Let child processes find the packages of a checkout that is not installed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", f"{ROOT}:{ROOT / 'proto'}")
        yield


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    yield from start(tmp_path_factory.mktemp("f"), {})


@pytest.fixture(scope="module")
def city_whose_tax_office_pins_another_measurement(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[City]:
    directory = tmp_path_factory.mktemp("p")
    root = directory / "federation" / "platform" / ROOT_CERTIFICATE
    policy = {"platform_root": str(root), "measurements": ["ab" * 48]}
    yield from start(directory, {"tax": {"enclave": policy}})


def start(directory: Path, extra: dict[str, dict[str, object]]) -> Iterator[City]:
    """Run a city of residents with random values, some unknown to one agency."""
    chance = np.random.default_rng(7)
    catalogue = programme_path("city/catalogue")
    programme = load_programme(programme_path("city/support"))
    agencies: dict[AgencyId, list[HeldTable]] = {}
    table: dict[AttributeName, Values] = {}
    for agency, name in COLUMNS.items():
        attribute = programme.catalogue.attributes[AttributeName(name)]
        codes = chance.integers(attribute.low, attribute.high + 1, SUBJECTS).astype(np.int32)
        known = chance.random(SUBJECTS) > 0.1
        table[AttributeName(name)] = Values(codes, known)
        file = directory / f"{agency}.csv"
        rows = [(f"r{i}", codes[i]) for i in np.flatnonzero(known)]
        write(file, ("resident", "value"), rows)
        agencies[AgencyId(agency)] = [HeldTable(file, catalogue, "resident", {name: "value"})]
    cohort = directory / "cohort.csv"
    everyone = [(f"r{i}", f"r{i}", f"r{i}") for i in range(SUBJECTS)]
    write(cohort, ("subject", *sorted(COLUMNS)), everyone)
    plan = FederationPlan(
        requester=programme.requester,
        agencies=agencies,
        grants=[programme_path("city/grants")],
        matcher_workers=1,
        extra=extra,
    )
    verdicts = reference_verdicts(programme, DAY, table)
    with running(directory / "federation", plan) as federation:
        yield City(federation, cohort, [Verdict(verdict).name.lower() for verdict in verdicts])


def write(path: Path, header: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def test_verdicts_through_the_enclave_are_those_of_the_reference(
    city: City, tmp_path: Path
) -> None:
    out = tmp_path / "verdicts.csv"

    ran = city.match(out)

    assert ran.returncode == 0, ran.stderr
    with out.open(newline="") as file:
        told = [(row["subject"], row["verdict"]) for row in csv.DictReader(file)]
    assert told == [(f"r{i}", verdict) for i, verdict in enumerate(city.expected)]
    assert set(city.expected) == {"eligible", "ineligible", "undetermined"}


def test_agency_refuses_an_enclave_outside_its_policy(
    city_whose_tax_office_pins_another_measurement: City, tmp_path: Path
) -> None:
    out = tmp_path / "verdicts.csv"

    ran = city_whose_tax_office_pins_another_measurement.match(out)

    assert ran.returncode == 1
    assert not out.exists()
    assert "EVIDENCE_REFUSED" in json.loads(ran.stderr.splitlines()[-1])["what"]
