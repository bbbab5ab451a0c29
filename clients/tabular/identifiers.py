"""People's identifiers as files hold them, and the codes they go by between agencies.

Rules:
 * An identifier is text or a whole number, and a number is the text that writes it in decimal; so
   the same person has the same code whichever kind of file an agency keeps.
 * Nothing is trimmed or normalised, and a space at either end is refused: nobody sees it, and the
   person would be another one, about whom nothing is known.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from clients.tabular.rows import Array, Rows, first_where, is_text
from matcher.core.binding import link_codes
from matcher.core.errors import InvalidInput
from matcher.core.roster import CODE_BYTES


def identifiers_in(rows: Rows, column: str, invalid: type[InvalidInput]) -> Array:
    """Return the identifiers in ``column`` as text; one that is absent is an empty text.

    Raises:
        InvalidInput: as ``invalid``: the column holds neither text nor whole numbers, or an
            identifier has a space at an end.
    """
    array = rows.columns[column]
    if not (is_text(array) or pa.types.is_integer(array.type)):
        raise invalid(
            "identifiers are text or whole numbers",
            where=f"{rows.name}, column {column!r}",
            fix="store them as text",
        )
    names = pc.fill_null(array.cast(pa.string()), "")
    row = first_where(pc.not_equal(names, pc.utf8_trim_whitespace(names)))
    if row is not None:
        raise invalid(
            "the identifier begins or ends with a space",
            where=rows.place(row, column),
            fix="take the space out of the file",
        )
    return names


def hash_identifiers(identifiers: Iterable[str]) -> NDArray[np.uint8]:
    """Return the link codes of ``identifiers``, shape (n, 16), in their order."""
    return np.frombuffer(link_codes(identifiers), dtype=np.uint8).reshape(-1, CODE_BYTES)
