"""How often a value occurs: the marginal shares a synthetic population is drawn from.

A file of proportions is CSV with the columns ``attribute,value,to,weight,per,source``:

* ``attribute``: an attribute of the catalogue; a role alone, whose values are ``present`` and
  ``absent``, for having a record at that agency; or ``members`` for the size of households.
* ``value`` and ``to``: one value, or a band of them, both ends included and all equally frequent;
  an empty ``value`` is a record that does not state it.
* ``weight``: how often, in any unit.
* ``per``: ``member`` where every member of a household has a value of their own, ``household``
  where all share one.
* ``source``: the statistics it comes from, or ``illustrative`` and possibly why.

Rules:
 * Shares without a source are labelled illustrative and are reported as such.
 * Every value lies in its attribute's domain; a mistake is named with its line.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.core.catalogue import Attribute, AttributeType, code_of_date
from matcher.core.errors import InvalidFile
from matcher.core.identifiers import AttributeName
from programmes import programme_path

COLUMNS = ("attribute", "value", "to", "weight", "per", "source")
MEMBERS = "members"
ILLUSTRATIVE = "illustrative"
_SHARED = {"city": "japan", "benchmark": "japan"}


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """One marginal: bands of codes and how often each occurs.

    Attributes:
        low: smallest code of every band, shape (bands,).
        high: largest code of every band, same shape.
        stated: false for the band of records without the value, same shape.
        share: sums to 1, same shape.
        household: whether all members of a household have one value.
        sources: where the shares come from, each once, in the file's order.
    """

    low: NDArray[np.int64]
    high: NDArray[np.int64]
    stated: NDArray[np.bool_]
    share: NDArray[np.float64]
    household: bool
    sources: tuple[str, ...]

    @property
    def illustrative(self) -> bool:
        """Whether any of the shares is no statistics."""
        return any(source.startswith(ILLUSTRATIVE) for source in self.sources)


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    value: str
    to: str
    weight: float
    per: str
    source: str


def proportions_path(catalogue: str) -> Path:
    """Return the file of proportions that comes with the package for ``catalogue``.

    Raises:
        InvalidFile: there is none.
    """
    return programme_path(f"{_SHARED.get(catalogue, catalogue)}/proportions.csv")


def load_proportions(
    path: Path, attributes: Mapping[AttributeName, Attribute]
) -> Mapping[str, Shares]:
    """Read the shares at ``path`` that concern ``attributes``.

    Returns:
        shares by attribute, by role where the file says how many have a record there, and by
        ``members`` where it gives the sizes of households.

    Raises:
        InvalidFile: a row is malformed, lies outside a domain, or an attribute has no rows; says
            where.
    """
    rows = _rows(path)
    missing = [name for name in attributes if name not in rows]
    if missing:
        raise InvalidFile(
            f"there are no proportions of {missing[0]}",
            where=str(path),
            fix=f"add rows such as {missing[0]},value,,1,member,{ILLUSTRATIVE}",
        )
    wanted: dict[str, Attribute] = {str(name): value for name, value in attributes.items()}
    roles = sorted({attribute.role for attribute in attributes.values()})
    for role in roles:
        wanted[str(role)] = Attribute(
            AttributeName(str(role)),
            AttributeType.ENUMERATION,
            0,
            1,
            values=("absent", "present"),
        )
    wanted[MEMBERS] = Attribute(AttributeName(MEMBERS), AttributeType.INTEGER, 1, 1000)
    return {
        name: _shares(path, attribute, rows[name])
        for name, attribute in wanted.items()
        if name in rows
    }


def _rows(path: Path) -> Mapping[str, list[_Row]]:
    rows: dict[str, list[_Row]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise InvalidFile(
                    "this is not a file of proportions",
                    where=f"{path}:1",
                    fix=f"its first line is {','.join(COLUMNS)}",
                )
            for written in reader:
                name, row = _row(path, reader.line_num, written)
                rows.setdefault(name, []).append(row)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidFile(
            "the proportions cannot be read", where=str(path), fix="give a CSV file in UTF-8"
        ) from error
    return rows


def _row(path: Path, line: int, written: Mapping[str | None, object]) -> tuple[str, _Row]:
    fields = [written.get(column) for column in COLUMNS]
    if None in written or not all(isinstance(field, str) for field in fields):
        raise InvalidFile(
            f"a row has {len(COLUMNS)} fields", where=f"{path}:{line}", fix="add or remove commas"
        )
    name, value, to, weight, per, source = (str(field).strip() for field in fields)
    try:
        number = float(weight)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number >= 0):
        raise InvalidFile(
            f"{weight[:40]!r} is not a weight",
            where=f"{path}:{line}",
            fix="write a number that is not negative",
        )
    if per not in ("member", "household"):
        raise InvalidFile(
            f"{per[:40]!r} is neither member nor household",
            where=f"{path}:{line}",
            fix="write member, or household where all its members share the value",
        )
    if not source:
        raise InvalidFile(
            "a share has no source",
            where=f"{path}:{line}",
            fix=f"name the statistics, or write {ILLUSTRATIVE}",
        )
    return name, _Row(line, value, to, number, per, source)


def _shares(path: Path, attribute: Attribute, rows: list[_Row]) -> Shares:
    bands = [_band(path, attribute, row) for row in rows]
    weights = np.array([row.weight for row in rows])
    if not weights.sum() > 0:
        raise InvalidFile(
            f"all weights of {attribute.name} are 0",
            where=f"{path}:{rows[0].line}",
            fix="give one of its rows a weight",
        )
    if len({row.per for row in rows}) > 1:
        raise InvalidFile(
            f"{attribute.name} is given per member and per household",
            where=f"{path}:{rows[0].line}",
            fix="choose one of them for all its rows",
        )
    return Shares(
        low=np.array([low for low, _, _ in bands], dtype=np.int64),
        high=np.array([high for _, high, _ in bands], dtype=np.int64),
        stated=np.array([stated for _, _, stated in bands], dtype=np.bool_),
        share=weights / weights.sum(),
        household=rows[0].per == "household",
        sources=tuple(dict.fromkeys(row.source for row in rows)),
    )


def _band(path: Path, attribute: Attribute, row: _Row) -> tuple[int, int, bool]:
    if not row.value and not row.to:
        return attribute.low, attribute.low, False
    low = _code(path, attribute, row, row.value)
    high = _code(path, attribute, row, row.to) if row.to else low
    if not attribute.low <= low <= high <= attribute.high:
        raise InvalidFile(
            f"a band of {attribute.name} is empty or leaves its domain",
            where=f"{path}:{row.line}",
            fix="write the smaller end first, both within the catalogue's domain",
        )
    return low, high, True


def _code(path: Path, attribute: Attribute, row: _Row, written: str) -> int:
    try:
        match attribute.type:
            case AttributeType.INTEGER:
                return int(written)
            case AttributeType.BOOLEAN:
                return ("false", "true").index(written)
            case AttributeType.DATE:
                return code_of_date(date.fromisoformat(written))
            case AttributeType.ENUMERATION:
                return attribute.values.index(written)
    except ValueError:
        raise InvalidFile(
            f"{written[:40]!r} is not a value of {attribute.name}",
            where=f"{path}:{row.line}",
            fix=f"write a value of type {attribute.type.value}",
        ) from None
