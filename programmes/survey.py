"""The real survey that comes with the package, joined as no agency could.

Rules:
 * Subjects stand in the order of the tax file; a person only one agency knows is absent elsewhere.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass

from matcher.core.catalogue import Attribute, AttributeType, Catalogue
from matcher.core.identifiers import AttributeName
from matcher.core.table import Values
from programmes import programme_path


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """People and what both agencies together know of them.

    Attributes:
        subjects: identifiers.
        table: the attributes of one catalogue, absent where a person has no row.
    """

    subjects: tuple[str, ...]
    table: Mapping[AttributeName, Values]


def survey(catalogue: Catalogue) -> Survey:
    """Return the survey, for the attributes of ``catalogue``."""
    records = {role: _records(role) for role in ("tax", "welfare")}
    subjects = tuple(records["tax"])
    table = {}
    for name, attribute in catalogue.attributes.items():
        role, _, column = name.partition(".")
        rows = [records[role].get(subject) for subject in subjects]
        table[name] = Values.of(
            None if row is None else _code(attribute, row[column]) for row in rows
        )
    return Survey(subjects, table)


def _records(role: str) -> dict[str, dict[str, str]]:
    with programme_path(f"nmes1988/{role}.csv").open(encoding="utf-8", newline="") as file:
        return {row["person"]: row for row in csv.DictReader(file)}


def _code(attribute: Attribute, written: str) -> int:
    if attribute.type is AttributeType.ENUMERATION:
        return attribute.values.index(written)
    return int(written)
