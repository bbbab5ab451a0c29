"""Predicate vectors: one scenario a file, the same expectations under every scheme.

A file has ``scenario``, ``catalogue`` and ``programme`` as their own files would, and ``date``. It
lists subjects under ``attributes`` and ``rows`` (``~`` is absence, the last entry the verdict),
or says under ``refused`` which error it ends in: at ``load``, or for one kind of column.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.core.catalogue import Catalogue
from matcher.core.identifiers import AttributeName
from matcher.core.programme import Programme
from matcher.core.table import Values
from matcher.core.verdict import Verdict
from matcher.language import document, fields
from matcher.language.written_values import code_of
from matcher.language.catalogue_file import catalogue_of
from matcher.language.document import Node
from matcher.language.programme_file import programme_of

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
    table: Mapping[AttributeName, Values]
    verdicts: NDArray[np.uint8]

    def programme(self) -> Programme:
        return programme_of(self.programme_node, [self.catalogue])


def read_vector(path: Path) -> Vector:
    section = fields.Section(
        document.read_document(path),
        "a vector",
        required=("scenario", "catalogue", "programme", "date"),
        optional=("refused", "attributes", "rows"),
    )
    catalogue = catalogue_of(_mapping(section["catalogue"]))
    refused = section.get("refused")
    stages = {
        key.text: fields.text(value, "an error")
        for key, value in (fields.entries(refused, "refused") if refused else ())
    }
    assert set(stages) <= set(STAGES), f"{path}: unknown stage"
    table, verdicts = _rows(section, catalogue)
    assert stages or len(verdicts), f"{path} expects nothing"
    return Vector(
        name=path.stem,
        scenario=fields.text(section["scenario"], "the scenario"),
        day=fields.day(section["date"], "the date"),
        refused=stages,
        catalogue=catalogue,
        programme_node=_mapping(section["programme"]),
        table=table,
        verdicts=verdicts,
    )


def all_vectors() -> list[Vector]:
    return [read_vector(path) for path in sorted(DIRECTORY.glob("*.yaml"))]


def _rows(
    section: fields.Section, catalogue: Catalogue
) -> tuple[dict[AttributeName, Values], NDArray[np.uint8]]:
    names, rows = section.get("attributes"), section.get("rows")
    if names is None or rows is None:
        return {}, np.array([], dtype=np.uint8)
    attributes = [
        catalogue.attributes[AttributeName(fields.text(node, "an attribute"))]
        for node in fields.items(names, "attributes")
    ]
    written = [
        [fields.value_of(cell, "a value") for cell in fields.items(row, "a row")]
        for row in fields.items(rows, "rows")
    ]
    table = {
        attribute.name: Values.of([code_of(attribute, row[column]) for row in written])
        for column, attribute in enumerate(attributes)
    }
    words = {verdict.word: verdict for verdict in Verdict}
    verdicts = [words[str(row[len(attributes)])] for row in written]
    return table, np.array(verdicts, dtype=np.uint8)


def _mapping(node: Node) -> document.Mapping:
    assert isinstance(node, document.Mapping)
    return node
