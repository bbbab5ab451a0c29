"""Reads columns of a Parquet file, in the file's own types.

Rules:
 * Null is an absent value.
 * A dictionary-encoded column is one of its values' type: how a file stores them is its business.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from clients.tabular.rows import Array, Rows
from clients.tabular.wishes import Wishes


def read_parquet(path: Path, wishes: Wishes) -> Rows:
    """Read the file at ``path``.

    Raises:
        OSError: it cannot be read.
        InvalidInput: as ``wishes.invalid``: it is not Parquet; and whatever choosing raises.
    """
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            names = list(wishes.choose(path.name, file.schema_arrow.names))
            table = file.read(columns=names)
    except pa.ArrowInvalid:
        raise wishes.invalid(
            "the file is not Parquet", where=path.name, fix="write it again, or use CSV"
        ) from None
    columns = {name: _plain(table.column(name).combine_chunks()) for name in names}
    return Rows(path.name, columns, table.num_rows, row_word="row", first=1)


def _plain(array: Array) -> Array:
    encoded = pa.types.is_dictionary(array.type)
    return array.cast(array.type.value_type) if encoded else array
