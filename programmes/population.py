"""A synthetic population for any catalogue: seeded people, alone or in households.

Nobody in it exists. Every attribute follows the shares of ``proportions``; attributes are drawn
independently of each other, which is not so in life, so that money counted on such a population
tells orders of magnitude and differences between rules, not budgets.

Rules:
 * The same catalogue, size, seed and unit give the same population; an attribute's values depend on
   no other attribute being asked for.
 * Some people have no record at an agency, and some records do not state a value.
 * The survey's catalogue is not drawn from shares: real people are drawn, with replacement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from matcher.core.catalogue import Attribute, Catalogue
from matcher.core.errors import InvalidConfiguration
from matcher.core.identifiers import AttributeName, Role
from matcher.core.programme import Unit
from matcher.core.table import Grouping, Table, Values
from programmes.proportions import MEMBERS, Shares, load_proportions, proportions_path
from programmes.survey import survey

SURVEY = "nmes1988"
_SURVEY_SOURCE = "National Medical Expenditure Survey 1987–88, drawn with replacement"


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """People or households, and what the agencies know of them.

    Attributes:
        subjects: identifiers of the people or households, one a slot.
        grouping: which rows belong to which household; None for people.
        table: every attribute of every row, absent where its agency does not know it.
        sources: where the shares of every attribute come from.
        illustrative: the attributes whose shares are no statistics, sorted.
    """

    subjects: tuple[str, ...]
    grouping: Grouping | None
    table: Table
    sources: Mapping[AttributeName, tuple[str, ...]]
    illustrative: tuple[AttributeName, ...]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Members of every subject, shape (subjects,); all 1 for people."""
        if self.grouping is None:
            return np.ones(len(self.subjects), dtype=np.int64)
        return np.bincount(self.grouping.group_of, minlength=self.grouping.groups)


def draw(
    catalogue: Catalogue,
    subjects: int,
    seed: int,
    unit: Unit = Unit.PERSON,
    *,
    proportions: Path | None = None,
    most_members: int | None = None,
) -> Population:
    """Draw a population whose attributes are those of ``catalogue``.

    Args:
        catalogue: all of it, or what one programme reads.
        subjects: how many people or households.
        seed: of the generator; not negative.
        unit: what a subject is.
        proportions: a file of shares; None for the one that comes with the catalogue.
        most_members: larger households are cut to this size; None for no limit.

    Raises:
        InvalidFile: the catalogue has no proportions, or the file is wrong; says where.
        InvalidConfiguration: households are asked for, but no share of their sizes is known.
    """
    name = "household" if unit is Unit.HOUSEHOLD else "person"
    width = max(len(str(subjects)), 5)
    names = tuple(f"{name[0]}{number:0{width}d}" for number in range(1, subjects + 1))
    if proportions is None and catalogue.name == SURVEY and unit is Unit.PERSON:
        return _resampled(catalogue, names, seed)
    path = proportions_path(catalogue.name) if proportions is None else proportions
    shares = load_proportions(path, catalogue.attributes)
    grouping = None
    if unit is Unit.HOUSEHOLD:
        if MEMBERS not in shares:
            raise InvalidConfiguration(
                "the proportions do not say how large households are",
                where=str(path),
                fix=f"add rows such as {MEMBERS},2,,1,household,illustrative",
            )
        grouping = _grouping(shares[MEMBERS], subjects, seed, most_members)
    table = {
        attribute.name: _values(attribute, shares, subjects, grouping, seed)
        for attribute in catalogue.attributes.values()
    }
    return Population(
        subjects=names,
        grouping=grouping,
        table=table,
        sources={name: shares[name].sources for name in table},
        illustrative=tuple(sorted(name for name in table if shares[name].illustrative)),
    )


def _grouping(shares: Shares, households: int, seed: int, most: int | None) -> Grouping:
    sizes, _ = _drawn(shares, households, seed, MEMBERS)
    if most is not None:
        sizes = np.minimum(sizes, most)
    return Grouping(households, np.repeat(np.arange(households, dtype=np.int32), sizes))


def _values(
    attribute: Attribute,
    shares: Mapping[str, Shares],
    subjects: int,
    grouping: Grouping | None,
    seed: int,
) -> Values:
    codes, stated = _rows(shares[attribute.name], subjects, grouping, seed, attribute.name)
    role: Role = attribute.role
    if role in shares:
        known, _ = _rows(shares[role], subjects, grouping, seed, role)
        stated = stated & (known == 1)
    return Values(np.where(stated, codes, 0).astype(np.int32), stated)


def _rows(
    shares: Shares, subjects: int, grouping: Grouping | None, seed: int, name: str
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return codes and presence of every row: of every subject, or of every member."""
    if grouping is None:
        return _drawn(shares, subjects, seed, name)
    if not shares.household:
        return _drawn(shares, len(grouping.group_of), seed, name)
    codes, stated = _drawn(shares, grouping.groups, seed, name)
    return codes[grouping.group_of], stated[grouping.group_of]


def _drawn(
    shares: Shares, count: int, seed: int, name: str
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    random = np.random.default_rng((seed, crc32(name.encode())))
    band = random.choice(len(shares.share), size=count, p=shares.share)
    codes = random.integers(shares.low[band], shares.high[band], endpoint=True)
    return codes, shares.stated[band]


def _resampled(catalogue: Catalogue, names: tuple[str, ...], seed: int) -> Population:
    people = survey(catalogue)
    rows = np.random.default_rng(seed).integers(len(people.subjects), size=len(names))
    return Population(
        subjects=names,
        grouping=None,
        table={
            name: Values(values.codes[rows], values.present[rows])
            for name, values in people.table.items()
        },
        sources=dict.fromkeys(people.table, (_SURVEY_SOURCE,)),
        illustrative=(),
    )
