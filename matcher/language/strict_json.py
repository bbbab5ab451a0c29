"""JSON from a peer: canonical bytes, exact keys, exact types.

Rules:
 * Bytes that are not the canonical form of what they say are refused, so that one value has one
   digest.
 * An object has exactly the keys it should have; ``true`` is not 1.
"""

from __future__ import annotations

import json
from typing import NoReturn, TypeVar

from matcher.core.canonical import canonical_json
from matcher.core.errors import InvalidMessage

_T = TypeVar("_T")


def parse_canonical(data: bytes, what: str) -> object:
    """Return the value of canonical JSON.

    Raises:
        InvalidMessage: ``data`` is not JSON, or not canonical; names it as ``what``.
    """
    try:
        tree = json.loads(data, parse_float=_refuse_number, parse_constant=_refuse_number)
        canonical = canonical_json(tree)
    except (ValueError, RecursionError) as error:
        raise InvalidMessage(f"{what} is not JSON") from error
    if canonical != data:
        raise InvalidMessage(f"{what} is not in canonical form")
    return tree


class Fields:
    """A JSON object with exactly the given keys."""

    def __init__(self, tree: object, *keys: str) -> None:
        if not isinstance(tree, dict) or set(tree) != set(keys):
            raise InvalidMessage("a JSON object lacks a field or has one too many")
        self._tree = tree

    def of(self, kind: type[_T], key: str) -> _T:
        """Return the value of ``key``, which is exactly of type ``kind``."""
        return exactly(kind, self._tree[key])

    def raw(self, key: str) -> object:
        """Return the value of ``key`` as it is."""
        return self._tree[key]

    def texts(self, key: str) -> dict[str, str]:
        """Return an object of texts."""
        return {name: exactly(str, text) for name, text in self.of(dict, key).items()}


def exactly(kind: type[_T], value: object) -> _T:
    """Return ``value``, which is exactly of type ``kind``.

    Raises:
        InvalidMessage: it is not.
    """
    # bool is a subclass of int: compare types, not instances.
    if type(value) is not kind:
        raise InvalidMessage("a JSON field has the wrong type")
    return value


def _refuse_number(_: str) -> NoReturn:
    raise InvalidMessage("a JSON number is not whole")
