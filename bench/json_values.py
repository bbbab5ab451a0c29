"""Frozen dataclasses to JSON and back, by the types of their fields.

What the values mean is for those who use them; this module knows a handful of types: text, numbers,
truth values, enumerations, tuples, mappings with text or enumerations for keys, other dataclasses,
and unions of these.

Rules:
 * Figures that a dataclass derives (its properties) are written for whoever reads the file with
   other tools, and not read: they follow from the rest.
 * Everything else is exact: a missing field, one that nobody knows, or a value of another type is
   an error that says where in the file it stands.
 * Numbers are finite; whole ones may stand for fractions.
"""

from __future__ import annotations

import math
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from matcher.core.errors import InvalidFile

_T = TypeVar("_T")


def to_json(value: object) -> Any:
    """Return ``value`` as what ``json.dumps`` takes.

    Raises:
        TypeError: it holds something of a type this module does not know.
    """
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple):
        return [to_json(item) for item in value]
    if isinstance(value, Mapping):
        return {to_json(key): to_json(item) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in fields(value)] + list(_derived(type(value)))
        return {name: to_json(getattr(value, name)) for name in names}
    raise TypeError(f"{type(value).__name__} has no JSON here")


def from_json(kind: type[_T], value: object, where: str) -> _T:
    """Return ``value``, as ``json.loads`` gave it, as a ``kind``.

    Args:
        kind: a dataclass.
        value: what is to be read.
        where: the file and the place in it, for messages.

    Raises:
        InvalidFile: ``value`` is not what ``to_json`` makes of a ``kind``; says where.
    """
    return cast("_T", _read(kind, value, where))


def _read(kind: Any, value: object, where: str) -> object:
    if is_dataclass(kind):
        return _dataclass(cast("type", kind), value, where)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _one_of(arguments, value, where)
    if origin is tuple:
        if not isinstance(value, list):
            raise _unfit("a list", where)
        return tuple(_read(arguments[0], one, f"{where}[{at}]") for at, one in enumerate(value))
    if origin is Mapping:
        if not isinstance(value, dict):
            raise _unfit("an object", where)
        return {
            _read(arguments[0], key, f"{where}.{key}"): _read(arguments[1], one, f"{where}.{key}")
            for key, one in value.items()
        }
    return _single(kind, value, where)


def _single(kind: Any, value: object, where: str) -> object:
    if isinstance(kind, type) and issubclass(kind, Enum):
        known = [member.value for member in kind]
        if value not in known:
            raise _unfit(f"one of {', '.join(known)}", where)
        return kind(value)
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        if not math.isfinite(value):
            raise _unfit("a finite number", where)
        return float(value)
    if kind is type(None) and value is None:
        return None
    # A truth value is a whole number to the language, not to a reader.
    if kind in (str, int, bool) and type(value) is kind:
        return value
    names = {str: "text", int: "a whole number", bool: "true or false", float: "a number"}
    raise _unfit(names.get(kind, "null"), where)


def _dataclass(kind: type, value: object, where: str) -> object:
    if not isinstance(value, dict):
        raise _unfit("an object", where)
    hints = _hints(kind)
    for name in value:
        if name not in hints and name not in _derived(kind):
            raise InvalidFile("this field is not known", where=f"{where}.{name[:80]}")
    read = {}
    for name, hint in hints.items():
        if name not in value:
            raise InvalidFile(f"the field {name} is missing", where=where)
        read[name] = _read(hint, value[name], f"{where}.{name}")
    try:
        return kind(**read)
    except ValueError as error:
        raise InvalidFile(str(error), where=where) from None


def _one_of(kinds: tuple[Any, ...], value: object, where: str) -> object:
    """Read the union's member that fits: dataclasses are told apart by their fields."""
    if isinstance(value, dict):
        for kind in kinds:
            if is_dataclass(kind) and _hints(cast("type", kind)).keys() <= value.keys():
                return _read(kind, value, where)
        raise InvalidFile("a field is missing", where=where)
    if value is None and type(None) in kinds:
        return None
    return _read(kinds[0], value, where)


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


@cache
def _derived(kind: type) -> tuple[str, ...]:
    return tuple(name for name, member in vars(kind).items() if isinstance(member, property))


def _unfit(expected: str, where: str) -> InvalidFile:
    return InvalidFile(f"this is not {expected}", where=where)
