"""Columns of a file as codes of the catalogue, in one pass a column.

Rules:
 * A bad row is refused with file, line and column; the value itself is never repeated.
 * Null and empty text are absent, and stay so; what absence means is the catalogue's business.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clients.tabular.dates import date_codes
from clients.tabular.refusals import CORRECT, refuse, refuse_type
from clients.tabular.rows import Array, Rows, is_text
from matcher.core.catalogue import Attribute, AttributeType, date_of_code
from matcher.core.errors import InvalidAgencyTable
from matcher.core.table import Values

_INTEGER = r"^[+-]?[0-9]{1,10}$"
_BOOLEANS = {"true": 1, "yes": 1, "1": 1, "false": 0, "no": 0, "0": 0}


def absent_in(array: Array) -> Array:
    """Return which entries of ``array`` are absent: null, or an empty text."""
    absent = pc.is_null(array)
    return pc.or_(absent, pc.equal(pc.fill_null(array, ""), "")) if is_text(array) else absent


def values_of(rows: Rows, column: str, attribute: Attribute) -> Values:
    """Return ``column`` as values of ``attribute``, one a row.

    Raises:
        InvalidAgencyTable: a value is not of the attribute's type or domain; says in which row.
    """
    array = rows.columns[column]
    absent = absent_in(array)
    match attribute.type:
        case AttributeType.INTEGER:
            codes = _integers(rows, column, array, absent)
        case AttributeType.ENUMERATION:
            names = {name: attribute.low + at for at, name in enumerate(attribute.values)}
            wrong = f"not one of the values the catalogue lists for {attribute.name}"
            codes = _named(rows, column, _text(rows, column, array), names, wrong=wrong)
        case AttributeType.BOOLEAN:
            codes = _booleans(rows, column, array)
        case AttributeType.DATE:
            codes = date_codes(rows, column, array, absent)
    outside = pc.or_(pc.less(codes, attribute.low), pc.greater(codes, attribute.high))
    refuse(rows, column, outside, f"outside the domain {_domain(attribute)} of {attribute.name}")
    return Values(
        pc.fill_null(codes, 0).to_numpy(zero_copy_only=False).astype(np.int32),
        pc.invert(absent).to_numpy(zero_copy_only=False).astype(np.bool_),
    )


def _domain(attribute: Attribute) -> str:
    if attribute.type is AttributeType.DATE:
        return f"[{date_of_code(attribute.low)}, {date_of_code(attribute.high)}]"
    return f"[{attribute.low}, {attribute.high}]"


def _integers(rows: Rows, column: str, array: Array, absent: Array) -> Array:
    if is_text(array):
        malformed = pc.invert(pc.or_(absent, pc.match_substring_regex(array, _INTEGER)))
        refuse(rows, column, malformed, "not a whole number of at most ten digits")
        array = pc.if_else(absent, None, array)
    elif not pa.types.is_integer(array.type):
        refuse_type(rows, column, "whole numbers")
    try:
        return array.cast(pa.int64())
    except pa.ArrowInvalid:
        raise InvalidAgencyTable(
            "a number does not fit 64 bits",
            where=f"{rows.name}, column {column!r}",
            fix=CORRECT,
        ) from None


def _booleans(rows: Rows, column: str, array: Array) -> Array:
    if pa.types.is_boolean(array.type):
        return array.cast(pa.int64())
    lower = pc.utf8_lower(_text(rows, column, array))
    return _named(rows, column, lower, _BOOLEANS, wrong="neither true nor false")


def _named(rows: Rows, column: str, array: Array, codes: Mapping[str, int], *, wrong: str) -> Array:
    at = pc.index_in(array, value_set=pa.array(list(codes), pa.string()))
    unknown = pc.and_(pc.is_null(at), pc.invert(absent_in(array)))
    refuse(rows, column, unknown, wrong)
    return pc.take(pa.array(list(codes.values()), pa.int64()), at)


def _text(rows: Rows, column: str, array: Array) -> Array:
    if not is_text(array):
        refuse_type(rows, column, "text")
    return array.cast(pa.string())
