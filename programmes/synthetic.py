"""A synthetic Japanese city: seeded residents and what two agencies know about them.

Nobody in it exists. The disability grades follow published proportions, the income brackets are
illustrative (``japan/README.md``).

Rules:
 * The same size and seed give the same city.
 * A few residents are unknown to one agency, and a few certificates state no grade, so that all
   three verdicts occur.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from numpy.typing import NDArray

from matcher.core.errors import InvalidConfiguration
from matcher.core.identifiers import AttributeName, Role
from matcher.core.table import Values
from programmes import programme_path

BRACKET = AttributeName("tax.income_bracket")
GRADE = AttributeName("welfare.disability_grade")
UNKNOWN_SHARE = 0.004
SUFFIXES = (".csv", ".parquet")


@dataclass(frozen=True, slots=True, eq=False)
class SyntheticCity:
    """Residents and registers.

    Attributes:
        subjects: identifiers, one a resident.
        registered: for each role, which residents it has a record of; shape (residents,).
        table: every attribute of every resident as the agencies know it, absent where they do
            not: what the plaintext reference decides from.
    """

    subjects: tuple[str, ...]
    registered: Mapping[Role, NDArray[np.bool_]]
    table: Mapping[AttributeName, Values]

    def write(self, directory: Path, suffix: str = ".csv") -> Mapping[str, Path]:
        """Write ``cohort`` and one file a role into ``directory``, which exists.

        Agencies' files have the columns ``person`` and the attribute's own name; an empty field
        is an absent value. The cohort lists every resident, registered or not.

        Returns:
            paths by ``cohort`` and role.

        Raises:
            InvalidConfiguration: the suffix is neither ``.csv`` nor ``.parquet``.
        """
        if suffix not in SUFFIXES:
            raise InvalidConfiguration(
                f"files of type {suffix[:20]!r} are not written", fix=f"use {' or '.join(SUFFIXES)}"
            )
        people = pa.array(self.subjects)
        paths = {"cohort": directory / f"cohort{suffix}"}
        _write(pa.table({"subject": people}), paths["cohort"])
        for role, known in self.registered.items():
            columns = {"person": people}
            for name, values in self.table.items():
                head, _, attribute = name.partition(".")
                if head == role:
                    columns[attribute] = pa.array(values.codes, mask=~values.present)
            paths[role] = directory / f"{role}{suffix}"
            _write(pa.table(columns).filter(pa.array(known)), paths[role])
        return paths


def synthetic_city(
    residents: int, seed: int, unknown_share: float = UNKNOWN_SHARE
) -> SyntheticCity:
    """Return a city of ``residents``.

    Args:
        residents: how many.
        seed: of the generator.
        unknown_share: share of residents without a record, drawn anew for each agency.
    """
    random = np.random.default_rng(seed)
    registered = {}
    table = {}
    for name in (BRACKET, GRADE):
        codes, weights = _proportions(name)
        drawn = random.choice(len(codes), size=residents, p=weights / weights.sum())
        known = random.random(residents) >= unknown_share
        stated = codes[drawn] >= 0
        registered[Role(name.partition(".")[0])] = known
        table[name] = Values(np.where(stated, codes[drawn], 0).astype(np.int32), known & stated)
    width = max(len(str(residents)), 5)
    subjects = tuple(f"r{number:0{width}d}" for number in range(1, residents + 1))
    return SyntheticCity(subjects, registered, table)


def _proportions(name: AttributeName) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return codes, -1 for a value that is not stated, and their weights."""
    codes, weights = [], []
    with programme_path("japan/proportions.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["attribute"] == name:
                codes.append(int(row["value"] or -1))
                weights.append(float(row["weight"]))
    return np.array(codes, dtype=np.int32), np.array(weights)


def _write(table: pa.Table, path: Path) -> None:
    if path.suffix == ".csv":
        # No quotes: identifiers and numbers need none, and an empty field stays an absent value.
        options = pa.csv.WriteOptions(quoting_style="none")
        pa.csv.write_csv(table, path, options)
    else:
        pa.parquet.write_table(table, path)
