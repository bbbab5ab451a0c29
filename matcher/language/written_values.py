"""Values as people write them, and the codes they stand for.

Rules:
 * Enumeration values are written by name, booleans as true and false, dates as YYYY-MM-DD; what is
   no value of an attribute is refused with its values.
 * None is absence, and stays None.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TypeAlias

from matcher.core.catalogue import Attribute, AttributeType, code_of_date, date_of_code
from matcher.core.errors import InvalidProgramme
from matcher.core.nearest import nearest

WrittenValue: TypeAlias = int | bool | str | None

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def code_of(attribute: Attribute, value: WrittenValue) -> int | None:
    """Return the code of a value as people write it.

    Raises:
        InvalidProgramme: it is not a value of ``attribute``.
    """
    if value is None:
        return None
    code = _code(attribute, value)
    if code is None or not attribute.low <= code <= attribute.high:
        raise InvalidProgramme(
            f"{str(value)[:80]!r} is no value of {attribute.name}",
            fix=_expected(attribute, value),
        )
    return code


def written_value(attribute: Attribute, code: int | None) -> WrittenValue:
    """Return a code as people write its value; the inverse of ``code_of``."""
    if code is None:
        return None
    match attribute.type:
        case AttributeType.ENUMERATION:
            return attribute.values[code]
        case AttributeType.BOOLEAN:
            return bool(code)
        case AttributeType.DATE:
            return date_of_code(code).isoformat()
        case AttributeType.INTEGER:
            return code


def written_domain(attribute: Attribute) -> str:
    """Return the ends of a domain as people write them."""
    low, high = attribute.low, attribute.high
    return f"from {written_value(attribute, low)} to {written_value(attribute, high)}"


def written_day(text: str) -> date | None:
    """Return the day that ``text`` writes as YYYY-MM-DD; None where it is none."""
    if not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _code(attribute: Attribute, value: int | bool | str) -> int | None:  # noqa: FBT001
    match attribute.type:
        case AttributeType.ENUMERATION if isinstance(value, str) and value in attribute.values:
            return attribute.values.index(value)
        case AttributeType.BOOLEAN if isinstance(value, bool):
            return int(value)
        case AttributeType.INTEGER if type(value) is int:
            return value
        case AttributeType.DATE if isinstance(value, str):
            day = written_day(value)
            return None if day is None else code_of_date(day)
        case _:
            return None


def _expected(attribute: Attribute, value: int | bool | str) -> str:  # noqa: FBT001
    match attribute.type:
        case AttributeType.ENUMERATION:
            return nearest(str(value), attribute.values)
        case AttributeType.BOOLEAN:
            return "use true or false"
        case AttributeType.DATE:
            return f"use a date {written_domain(attribute)}"
        case AttributeType.INTEGER:
            return f"use a whole number {written_domain(attribute)}"
