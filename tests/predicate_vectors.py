"""Predicate vectors: one scenario a file, the same expectations under every scheme.

A file has ``scenario``, ``catalogue`` and ``programme`` as their own files would, and ``date``. It
lists subjects under ``attributes`` and ``rows`` (``~`` is absence, the last entry the verdict, or
the outcome of an eligible subject), or says under ``refused`` which error it ends in: at ``load``,
or for one kind of column.

Households are listed under ``households``: a list of their members' rows and the verdict. Under
``agencies`` roles may have several; people then take turns with them in the order of their rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.core.catalogue import Catalogue
from matcher.core.identifiers import AttributeName, Role
from matcher.core.programme import Programme
from matcher.core.table import Grouping, Values
from matcher.core.verdict import Verdict, decision_of_tier
from matcher.language import document, fields
from matcher.language.catalogue_file import catalogue_of
from matcher.language.document import Node
from matcher.language.programme_file import programme_of
from matcher.language.written_values import code_of

DIRECTORY = Path(__file__).parent / "vectors" / "predicates"
STAGES = ("load", "decision", "attribute", "value")


@dataclass(frozen=True)
class Vector:
    """One scenario."""

    name: str
    scenario: str
    day: date
    refused: Mapping[str, str]
    catalogue: Catalogue
    programme_node: document.Mapping
    agencies: Mapping[Role, int]
    table: Mapping[AttributeName, Values]
    grouping: Grouping | None
    words: tuple[str, ...]

    def programme(self) -> Programme:
        return programme_of(self.programme_node, [self.catalogue])

    @property
    def decisions(self) -> NDArray[np.uint8]:
        """What is expected of every subject."""
        codes = {verdict.word: int(verdict) for verdict in Verdict}
        for tier, outcome in enumerate(self.programme().outcomes):
            codes[outcome.name] = decision_of_tier(tier)
        return np.array([codes[word] for word in self.words], dtype=np.uint8)


def read_vector(path: Path) -> Vector:
    section = fields.Section(
        document.read_document(path),
        "a vector",
        required=("scenario", "catalogue", "programme", "date"),
        optional=("refused", "attributes", "rows", "households", "agencies"),
    )
    catalogue = catalogue_of(_mapping(section["catalogue"]))
    refused = section.get("refused")
    stages = {
        key.text: fields.text(value, "an error")
        for key, value in (fields.entries(refused, "refused") if refused else ())
    }
    assert set(stages) <= set(STAGES), f"{path}: unknown stage"
    counts = section.get("agencies")
    agencies = {
        Role(key.text): fields.integer(value, "a number of agencies")
        for key, value in (fields.entries(counts, "agencies") if counts else ())
    }
    rows = _rows(section, catalogue)
    assert stages or len(rows.words), f"{path} expects nothing"
    return Vector(
        name=path.stem,
        scenario=fields.text(section["scenario"], "the scenario"),
        day=fields.day(section["date"], "the date"),
        refused=stages,
        catalogue=catalogue,
        programme_node=_mapping(section["programme"]),
        agencies=agencies,
        table=rows.table,
        grouping=rows.grouping,
        words=rows.words,
    )


def all_vectors() -> list[Vector]:
    return [read_vector(path) for path in sorted(DIRECTORY.glob("*.yaml"))]


@dataclass(frozen=True)
class _Rows:
    table: dict[AttributeName, Values]
    grouping: Grouping | None
    words: tuple[str, ...]


def _rows(section: fields.Section, catalogue: Catalogue) -> _Rows:
    names = section.get("attributes")
    if names is None:
        return _Rows({}, None, ())
    attributes = [
        catalogue.attributes[AttributeName(fields.text(node, "an attribute"))]
        for node in fields.items(names, "attributes")
    ]
    people: list[list[Node]] = []
    words: list[str] = []
    household_of: list[int] = []
    rows, households = section.get("rows"), section.get("households")
    for row in fields.items(rows, "rows") if rows is not None else ():
        *values, decision = fields.items(row, "a row")
        people.append(values)
        words.append(fields.text(decision, "a decision"))
    for household in fields.items(households, "households") if households is not None else ():
        *members, decision = fields.items(household, "a household")
        people += [list(fields.items(member, "a member")) for member in members]
        household_of += [len(words)] * len(members)
        words.append(fields.text(decision, "a decision"))
    table = {
        attribute.name: Values.of(
            [code_of(attribute, fields.value_of(row[column], "a value")) for row in people]
        )
        for column, attribute in enumerate(attributes)
    }
    grouping = None
    if households is not None:
        grouping = Grouping(len(words), np.array(household_of, dtype=np.int32))
    return _Rows(table, grouping, tuple(words))


def _mapping(node: Node) -> document.Mapping:
    assert isinstance(node, document.Mapping)
    return node
