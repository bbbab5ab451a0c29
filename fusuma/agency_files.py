"""Writes what an agency holds: a Parquet file with a typed column an attribute.

Rules:
 * Columns have the types the catalogue gives: dates, truth values, names of an enumeration.
 * A column goes by its attribute's name without the role; an absent value is null.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
from numpy.typing import NDArray

from fusuma.federation_files import HeldTable
from matcher.core.catalogue import Attribute, AttributeType
from matcher.core.identifiers import AttributeName
from matcher.core.table import Table, Values

IDENTIFIER = "person"


def write_holdings(
    file: Path,
    people: Sequence[str],
    attributes: Iterable[Attribute],
    table: Table,
    rows: NDArray[np.int64] | None = None,
) -> None:
    """Write what an agency knows of its people.

    Args:
        file: where to; ends in ``.parquet``.
        people: identifiers of everybody in ``table``.
        attributes: those the agency holds.
        table: their values.
        rows: who the agency has a record of; None for everybody.
    """
    own = np.arange(len(people)) if rows is None else rows
    columns = {IDENTIFIER: pa.array(people, pa.string()).take(pa.array(own))}
    for attribute in attributes:
        values = table[attribute.name]
        columns[column_name(attribute.name)] = _typed(
            attribute, Values(values.codes[own], values.present[own])
        )
    pyarrow.parquet.write_table(pa.table(columns), file)


def held(file: Path, catalogue: Path, attributes: Iterable[Attribute]) -> HeldTable:
    """Return ``file``, written by ``write_holdings``, as an agency's configuration names it."""
    columns = {str(attribute.name): column_name(attribute.name) for attribute in attributes}
    return HeldTable(file, catalogue, IDENTIFIER, columns)


def column_name(name: AttributeName) -> str:
    """Return the column of an attribute."""
    return name.partition(".")[2]


def _typed(attribute: Attribute, values: Values) -> Any:
    codes = pa.array(values.codes, mask=~values.present)
    match attribute.type:
        case AttributeType.DATE:
            return codes.cast(pa.date32())
        case AttributeType.BOOLEAN:
            return codes.cast(pa.bool_())
        case AttributeType.ENUMERATION:
            names = pa.array(attribute.values, pa.string())
            return names.take(pa.array(values.codes - attribute.low, mask=~values.present))
        case AttributeType.INTEGER:
            return codes
