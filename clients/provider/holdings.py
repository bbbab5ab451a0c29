"""What an agency holds, and which of its tables a programme needs.

Rules:
 * An agency answers in the terms of its own catalogue: an entry of a programme that differs in
   type, domain, classes or in what absence means is refused, not converted.
 * Every attribute of a catalogue stands in one table only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from clients.provider.tables import AgencyTable
from matcher.core.catalogue import Attribute, Catalogue
from matcher.core.errors import InvalidConfiguration, PolicyRefused
from matcher.core.identifiers import AttributeName, Role
from matcher.core.table import Table


@dataclass(frozen=True, slots=True)
class Selection:
    """The tables one run reads, each with the attributes it gives."""

    parts: tuple[tuple[AgencyTable, tuple[AttributeName, ...]], ...]

    def look_up(self, codes: NDArray[np.uint8]) -> Table:
        """Return all selected attributes of the people behind ``codes``, shape (n, 16)."""
        found: Table = {}
        for table, attributes in self.parts:
            found = {**found, **table.look_up(codes, attributes)}
        return found


class Holdings:
    """All tables of an agency.

    Raises:
        InvalidConfiguration: two tables hold the same attribute of the same catalogue.
    """

    __slots__ = ("tables",)

    def __init__(self, tables: Sequence[AgencyTable]) -> None:
        seen: set[tuple[str, AttributeName]] = set()
        for table in tables:
            for attribute in sorted(table.attributes):
                if (table.catalogue.name, attribute) in seen:
                    raise InvalidConfiguration(
                        f"{attribute} of the catalogue {table.catalogue.name!r} is mapped twice",
                        where=table.name,
                        fix="map every attribute once",
                    )
                seen.add((table.catalogue.name, attribute))
        self.tables = tuple(tables)

    def select(self, catalogue: Catalogue, role: Role) -> Selection:
        """Return where the attributes of ``role`` in a programme's ``catalogue`` stand.

        Raises:
            PolicyRefused: an attribute is not held here, or its entry differs from the agency's.
        """
        wanted = [a for _, a in sorted(catalogue.attributes.items()) if a.role == role]
        parts: dict[int, list[AttributeName]] = {}
        for attribute in wanted:
            at = self._table_with(catalogue.name, attribute)
            parts.setdefault(at, []).append(attribute.name)
        return Selection(tuple((self.tables[at], tuple(names)) for at, names in parts.items()))

    def _table_with(self, catalogue: str, attribute: Attribute) -> int:
        for at, table in enumerate(self.tables):
            if table.catalogue.name == catalogue and attribute.name in table.attributes:
                own: Mapping[AttributeName, Attribute] = table.catalogue.attributes
                if _meaning(own[attribute.name]) != _meaning(attribute):
                    raise PolicyRefused(
                        f"the programme's entry for {attribute.name} differs from this agency's",
                        where=f"catalogue {catalogue}",
                        fix="compile the programme with the catalogue the agencies agreed on",
                    )
                return at
        raise PolicyRefused(
            f"{attribute.name} is not held here",
            where=f"catalogue {catalogue}",
            fix="map it to a column in the configuration, or ask another agency",
        )


def _meaning(attribute: Attribute) -> Attribute:
    """Return ``attribute`` without the texts that never decide anything."""
    return replace(attribute, title={}, source="")
