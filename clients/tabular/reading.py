"""Reads the columns wanted of a CSV or Parquet file, with the place of every row.

Only the shape of the file is decided here: it is readable, and every line has the same fields.
Which columns it must have is for the caller, and so is what their values mean.

Rules:
 * A message names file, line and column, never what stands there: text from the file is not
   repeated, not even from the libraries' own messages.
 * The kind of a file is that of its name's ending.
"""

from __future__ import annotations

from pathlib import Path

from clients.tabular.delimited import Encoding, read_delimited
from clients.tabular.parquet import read_parquet
from clients.tabular.rows import Rows
from clients.tabular.wishes import Wishes


def read_rows(path: Path, wishes: Wishes, encoding: Encoding = Encoding.UTF_8) -> Rows:
    """Read the file at ``path``.

    Args:
        path: ends in ``.csv`` or ``.parquet``.
        wishes: which columns, and which error says what is wrong with the file.
        encoding: of a CSV file; a Parquet file knows its own.

    Raises:
        InvalidInput: as ``wishes.invalid``: the file is not readable, is neither CSV nor Parquet,
            or has a line with too many or too few fields; and whatever choosing raises.
    """
    try:
        match path.suffix.lower():
            case ".csv":
                return read_delimited(path, wishes, encoding)
            case ".parquet":
                return read_parquet(path, wishes)
    except OSError as error:
        raise wishes.invalid(
            f"the file cannot be read ({error.strerror or type(error).__name__})",
            where=str(path),
            fix="check the path and its permissions",
        ) from None
    raise wishes.invalid(
        "the kind of file is not known", where=str(path), fix="use a .csv or .parquet file"
    )
