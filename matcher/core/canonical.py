"""One byte string for one JSON value, so that a digest means the same to everybody.

The form is the JSON Canonicalization Scheme (RFC 8785) for the values used here. It decides
nothing about what the values mean.

Rules:
 * Text, integers below 2**53 in magnitude, booleans, null, lists, and objects with ASCII keys.
 * Floats are refused: their shortest form is the one part of the RFC that implementations get
   wrong.
 * Keys are sorted; there is no white space; text is UTF-8 and never a lone surrogate.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from matcher.core.errors import InvalidMessage

JsonValue: TypeAlias = "bool | int | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
JsonObject: TypeAlias = dict[str, JsonValue]

_LARGEST_INTEGER = 2**53 - 1


def canonical_json(value: JsonValue) -> bytes:
    """Return ``value`` in the form of RFC 8785.

    Raises:
        InvalidMessage: it holds something outside the subset above.
    """
    text = json.dumps(
        _checked(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return text.encode()


def _checked(value: object) -> object:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) > _LARGEST_INTEGER:
            raise InvalidMessage("an integer of 2^53 or more has no exact form in JSON")
        return int(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return {_key(key): _checked(child) for key, child in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return [_checked(child) for child in value]
    raise InvalidMessage(f"{type(value).__name__} has no canonical JSON form")


def _key(key: object) -> str:
    if not isinstance(key, str) or not key.isascii():
        raise InvalidMessage("the keys of a canonical JSON object are ASCII text")
    return str(key)


def _text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidMessage("text with a lone surrogate has no UTF-8 form") from error
    return str(text)
