"""Reading typed fields from a YAML tree, with messages that say where and what was expected.

Rules:
 * Every section names its keys; a missing or unknown one is refused, the latter with the nearest
   known name.
 * Text that looks like a number has to be quoted: ``version: 2026.10`` would lose its zero
   elsewhere.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import ParamSpec, TypeVar

from matcher.core.errors import FusumaError, InvalidFile
from matcher.core.identifiers import AgencyId, agency_id
from matcher.core.nearest import nearest
from matcher.language.document import Listing, Mapping, Node, Place, Scalar

_P = ParamSpec("_P")
_T = TypeVar("_T")

_INTEGER = re.compile(r"[-+]?[0-9]+")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0[ox][0-9a-fA-F]+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_BOOLEANS = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_NULLS = ("", "~", "null", "Null", "NULL")
_MOST_DIGITS = 18
_A_MAPPING = "write one key a line, as in `key: value`"


class Section:
    """A mapping with a fixed set of keys."""

    def __init__(
        self, node: Node, what: str, *, required: Iterable[str], optional: Iterable[str] = ()
    ) -> None:
        if not isinstance(node, Mapping):
            raise InvalidFile(
                f"{what} must be a mapping of keys to values", where=str(node.place), fix=_A_MAPPING
            )
        self.place: Place = node.place
        self._entries = {key.text: value for key, value in node.entries}
        required, known = tuple(required), {*required, *optional}
        for key, _ in node.entries:
            if key.text not in known:
                raise InvalidFile(
                    f"{what} has no key {key.text[:80]!r}",
                    where=str(key.place),
                    fix=nearest(key.text, known),
                )
        for name in required:
            if name not in self._entries:
                raise InvalidFile(
                    f"{what} lacks the key {name!r}", where=str(self.place), fix=f"add {name}: …"
                )

    def __getitem__(self, key: str) -> Node:
        return self._entries[key]

    def get(self, key: str) -> Node | None:
        """Return the value of an optional key."""
        return self._entries.get(key)


def entries(node: Node, what: str, fix: str = _A_MAPPING) -> Iterator[tuple[Scalar, Node]]:
    """Yield the entries of a mapping whose keys are the designer's own; ``fix`` shows one."""
    if not isinstance(node, Mapping):
        raise InvalidFile(f"{what} must be a mapping", where=str(node.place), fix=fix)
    yield from node.entries


def items(node: Node, what: str) -> Iterator[Node]:
    """Yield the items of a list."""
    if not isinstance(node, Listing):
        raise InvalidFile(f"{what} must be a list", where=str(node.place), fix="write [ … ]")
    yield from node.items


def text(node: Node, what: str, most: int = 400) -> str:
    """Return non-empty text."""
    if not isinstance(node, Scalar):
        raise InvalidFile(
            f"{what} must be text", where=str(node.place), fix="write it without lists and mappings"
        )
    if not node.text.strip():
        raise InvalidFile(f"{what} is missing", where=str(node.place), fix="write it after the key")
    if node.plain and (_is_special(node.text)):
        raise InvalidFile(f"{what} must be text", where=str(node.place), fix="put it in quotes")
    if len(node.text) > most:
        raise InvalidFile(
            f"{what} is longer than {most} characters", where=str(node.place), fix="shorten it"
        )
    return node.text.strip()


def integer(node: Node, what: str) -> int:
    """Return an integer."""
    value = value_of(node, what)
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidFile(
            f"{what} must be a whole number", where=str(node.place), fix="write it in digits"
        )
    return value


def value_of(node: Node, what: str) -> int | bool | str | None:
    """Return an integer, boolean, text or null as YAML's core schema reads it."""
    if not isinstance(node, Scalar):
        raise InvalidFile(
            f"{what} must be a single value",
            where=str(node.place),
            fix="write text, a whole number, true or false",
        )
    if not node.plain:
        return node.text
    if node.text in _NULLS:
        return None
    if node.text in _BOOLEANS:
        return _BOOLEANS[node.text]
    if _INTEGER.fullmatch(node.text) and len(node.text) <= _MOST_DIGITS:
        return int(node.text)
    if _NUMBER.fullmatch(node.text):
        raise InvalidFile(
            f"{what} is a number that is not used here",
            where=str(node.place),
            fix="use whole numbers, in decimal",
        )
    return node.text


def day(node: Node, what: str) -> date:
    """Return a date written as YYYY-MM-DD."""
    written = node.text if isinstance(node, Scalar) else ""
    if _DATE.fullmatch(written):
        with contextlib.suppress(ValueError):
            return date.fromisoformat(written)
    raise InvalidFile(f"{what} must be a date", where=str(node.place), fix="write it as 2026-04-01")


def period(node: Node) -> tuple[date, date | None]:
    """Return first and last day; the last may be missing."""
    section = Section(node, "the validity", required=("from",), optional=("to",))
    first = day(section["from"], "the first day")
    end = section.get("to")
    last = None if end is None else day(end, "the last day")
    if last is not None and last < first:
        raise InvalidFile(
            "the last day lies before the first", where=str(section.place), fix="correct the dates"
        )
    return first, last


def title(node: Node | None) -> dict[str, str]:
    """Return text by language tag."""
    result: dict[str, str] = {}
    if node is None:
        return result
    for key, value in entries(node, "the title", "write {en: …, ja: …}"):
        if not _LANGUAGE.fullmatch(key.text):
            raise InvalidFile(
                f"{key.text[:40]!r} is not a language tag", where=str(key.place), fix="use en or ja"
            )
        result[key.text] = text(value, "the title")
    return result


def agency(node: Node, what: str) -> AgencyId:
    """Return an agency id."""
    return located(node.place, agency_id, text(node, what))


def located(place: Place | str, make: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Call ``make`` and give its errors a place if they have none."""
    try:
        return make(*args, **kwargs)
    except FusumaError as error:
        error.locate(str(place))
        raise


def _is_special(written: str) -> bool:
    return written in _NULLS or written in _BOOLEANS or bool(_NUMBER.fullmatch(written))
