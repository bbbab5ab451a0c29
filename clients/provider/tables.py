"""An agency's file as codes of the catalogue, ready to be looked up.

Every value is checked against the catalogue once, when the agent starts. After that nothing about
a row can go wrong in the middle of a run.

Rules:
 * A bad row stops the agent with file, line and column; the value itself is never repeated.
 * An absent value stays absent; what absence means is the catalogue's business.
 * Every person has one row; the identifier is kept only as its link code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from clients.provider.files import read_mapped
from clients.provider.lookup import CodeIndex
from clients.tabular.delimited import Encoding
from clients.tabular.identifiers import hash_identifiers, identifiers_in
from clients.tabular.refusals import refuse
from clients.tabular.rows import Rows
from clients.tabular.typed import values_of
from matcher.core.catalogue import Catalogue
from matcher.core.errors import InvalidAgencyTable, InvalidConfiguration
from matcher.core.identifiers import AttributeName
from matcher.core.table import Table, Values

_LONGEST_IDENTIFIER = 1024


@dataclass(frozen=True, slots=True)
class TableSource:
    """Where a table comes from, as configured.

    Attributes:
        file: CSV or Parquet.
        identifier: name of the column with the residents' identifiers.
        columns: name of the file's column, by attribute.
        encoding: of a CSV file; a Parquet file knows its own.
    """

    file: Path
    identifier: str
    columns: Mapping[AttributeName, str]
    encoding: Encoding = Encoding.UTF_8


class AgencyTable:
    """One file of an agency: link codes to rows, rows to values.

    Attributes:
        name: file name.
        catalogue: the agency's own catalogue; its entries, not a programme's, typed the file.
        attributes: what the file holds.
    """

    __slots__ = ("_index", "_values", "attributes", "catalogue", "name")

    def __init__(
        self,
        name: str,
        catalogue: Catalogue,
        index: CodeIndex,
        values: Mapping[AttributeName, Values],
    ) -> None:
        self.name = name
        self.catalogue = catalogue
        self.attributes = frozenset(values)
        self._index = index
        # One absent row behind the last, where row -1 points: unknown people need no special case.
        self._values = {
            attribute: Values(np.append(one.codes, np.int32(0)), np.append(one.present, np.False_))
            for attribute, one in values.items()
        }

    def __len__(self) -> int:
        return self._index.count

    def look_up(self, codes: NDArray[np.uint8], attributes: Sequence[AttributeName]) -> Table:
        """Return ``attributes`` of the people behind ``codes``, shape (n, 16).

        A code that is not in the table gives absence in all of them.
        """
        rows = self._index.rows_of(codes)
        return {
            name: Values(self._values[name].codes[rows], self._values[name].present[rows])
            for name in attributes
        }


def load_table(source: TableSource, catalogue: Catalogue) -> AgencyTable:
    """Read and check the file of ``source`` against ``catalogue``.

    Raises:
        InvalidConfiguration: the mapping names an attribute the catalogue does not have, or none.
        InvalidAgencyTable: the file or one of its rows is not usable.
    """
    for name in source.columns:
        if name not in catalogue.attributes:
            raise InvalidConfiguration(
                f"the catalogue {catalogue.name!r} has no attribute {name!r}",
                where=source.file.name,
                fix="map attributes of the catalogue to columns of the file",
            )
    if not source.columns:
        raise InvalidConfiguration(
            "no attribute is mapped to a column",
            where=source.file.name,
            fix="map at least one attribute under `columns`",
        )
    wanted = dict.fromkeys((source.identifier, *source.columns.values()))
    rows = read_mapped(source.file, tuple(wanted), source.encoding)
    index = _index_of(rows, source.identifier)
    values = {
        name: values_of(rows, column, catalogue.attributes[name])
        for name, column in source.columns.items()
    }
    return AgencyTable(rows.name, catalogue, index, values)


def _index_of(rows: Rows, column: str) -> CodeIndex:
    names = identifiers_in(rows, column, InvalidAgencyTable)
    lengths = pc.binary_length(names)
    refuse(rows, column, pc.equal(lengths, 0), "the identifier is empty")
    too_long = pc.greater(lengths, _LONGEST_IDENTIFIER)
    refuse(rows, column, too_long, f"the identifier is longer than {_LONGEST_IDENTIFIER} bytes")
    index = CodeIndex(hash_identifiers(names.to_pylist()))
    if (twins := index.duplicate) is not None:
        raise InvalidAgencyTable(
            f"the identifier stands already in {rows.row_word} {twins[0] + rows.first}",
            where=rows.place(twins[1], column),
            fix="give every person one row",
        )
    return index
