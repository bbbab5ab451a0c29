"""Reads the column of a date attribute as codes: days since 1970-01-01.

Rules:
 * Text is a date as ISO 8601 writes it, 2026-04-01, and nothing else.
 * A Parquet column may hold dates, or points in time that are all at midnight and of no time zone;
   whoever stored a time of day meant something else than a date.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clients.tabular.refusals import refuse, refuse_type
from clients.tabular.rows import Array, Rows, is_text

_ISO = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_NOT_ISO = "not a date as 2026-04-01"


def date_codes(rows: Rows, column: str, array: Array, absent: Array) -> Array:
    """Return the codes of ``array``, null where ``absent``.

    Args:
        rows: the file, for messages.
        column: the column's name.
        array: its values.
        absent: where there is none, truth values.

    Raises:
        InvalidAgencyTable: a value is no date; says in which row.
    """
    if is_text(array):
        malformed = pc.invert(pc.or_(absent, pc.match_substring_regex(array, _ISO)))
        refuse(rows, column, malformed, _NOT_ISO)
        days = _parsed(rows, column, pc.if_else(absent, None, array))
    elif pa.types.is_date(array.type):
        days = array.cast(pa.date32())
    elif pa.types.is_timestamp(array.type) and array.type.tz is None:
        days = pc.floor_temporal(array, unit="day").cast(array.type)
        refuse(rows, column, pc.not_equal(days, array), "a time of day where a date is expected")
        days = days.cast(pa.date32())
    else:
        refuse_type(rows, column, "dates, without time of day and time zone")
    return days.cast(pa.int32()).cast(pa.int64())


def _parsed(rows: Rows, column: str, texts: Array) -> Array:
    try:
        return texts.cast(pa.date32())
    except pa.ArrowInvalid:
        wrong = np.zeros(len(texts), dtype=np.bool_)
        wrong[_first_unreadable(texts)] = True
        refuse(rows, column, pa.array(wrong), _NOT_ISO)
        raise


def _first_unreadable(texts: Array) -> int:
    """Return the first row that is no day of the calendar, such as 2026-02-30; there is one."""
    low, high = 0, len(texts)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            texts.slice(low, middle - low).cast(pa.date32())
        except pa.ArrowInvalid:
            high = middle
        else:
            low = middle
    return low
