"""A synthetic town and what up to eight agencies know about it.

Nobody in it exists. What the first two agencies know is drawn as in ``programmes.synthetic``; what
the others know is uniform.

Rules:
 * The same seed and the same number of residents give the same town; a smaller cohort is its first
   residents.
 * Some residents are unknown to one agency, which in a closed world is an answer.
 * An agency's file holds as many residents as it will be asked about, no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np

from bench.question import attribute_of, catalogue
from fusuma.agency_files import write_holdings
from matcher.core.identifiers import AttributeName, Role
from matcher.core.table import Values
from programmes.synthetic import UNKNOWN_SHARE, synthetic_city


@dataclass(frozen=True, slots=True, eq=False)
class Town:
    """Residents, and what every agency knows about the first of them.

    Attributes:
        subjects: identifiers, one a resident.
        table: an agency's attribute of its residents, absent where it knows nothing; every
            agency has as many rows as it will be asked about.
    """

    subjects: tuple[str, ...]
    table: Mapping[AttributeName, Values]

    def first(self, subjects: int) -> Mapping[AttributeName, Values]:
        """Return what is known of the first ``subjects``, by all agencies that know so many."""
        return {
            name: Values(values.codes[:subjects], values.present[:subjects])
            for name, values in self.table.items()
            if len(values.codes) >= subjects
        }

    def write(self, directory: Path) -> Mapping[Role, Path]:
        """Write one Parquet file an agency into ``directory`` and return them by role."""
        attributes = catalogue().attributes
        paths = {}
        for name, values in self.table.items():
            attribute = attributes[name]
            paths[attribute.role] = directory / f"{attribute.role}.parquet"
            write_holdings(
                paths[attribute.role],
                self.subjects[: len(values.codes)],
                [attribute],
                {name: values},
                np.flatnonzero(values.present),
            )
        return paths


def draw_town(residents: Mapping[Role, int], seed: int) -> Town:
    """Return a town for agencies that will be asked about so many ``residents``.

    Args:
        residents: by role; at least one role, each with at least one.
        seed: of the generator.
    """
    most = max(residents.values())
    city = synthetic_city(most, seed)
    table = {}
    for role, count in residents.items():
        name = attribute_of(role)
        drawn = city.table.get(name)
        if drawn is None:
            drawn = _uniform(name, most, seed)
        table[name] = Values(drawn.codes[:count], drawn.present[:count])
    return Town(city.subjects, table)


def _uniform(name: AttributeName, residents: int, seed: int) -> Values:
    random = np.random.default_rng((seed, crc32(name.encode())))
    attribute = catalogue().attributes[name]
    known = random.random(residents) >= UNKNOWN_SHARE
    codes = random.integers(attribute.low, attribute.high, residents, np.int32, endpoint=True)
    return Values(np.where(known, codes, 0).astype(np.int32), known)
