"""YAML files as trees whose every node knows its line and column.

This module decides what is YAML here and nothing about what the keys mean.

Rules:
 * A file is at most 64 KiB, UTF-8, one document of YAML 1.2.
 * Anchors, aliases, merge keys and tags are refused: what a reader sees is all there is.
 * Keys are plain text and appear once.
 * Numbers, booleans and null are recognised in plain scalars only, by YAML 1.2's core schema;
   ``yes`` and ``no`` are words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from matcher.core.errors import InvalidFile

MOST_BYTES = 64 * 1024
MOST_LEVELS = 16
_YAML = "look at indentation, quotes and brackets there and just before"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands; line and column count from 1."""

    source: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Scalar:
    """Text, a number, a boolean or null.

    Attributes:
        text: after unquoting and folding.
        plain: whether it stood without quotes and block markers.
        place: of its first character.
        raw: as it stands in the file, for finding positions inside it.
    """

    text: str
    plain: bool
    place: Place
    raw: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A sequence."""

    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Mapping:
    """Entries in the order of the file; keys are unique."""

    entries: tuple[tuple[Scalar, Node], ...]
    place: Place


Node: TypeAlias = Scalar | Listing | Mapping


def read_document(path: Path) -> Mapping:
    """Read the YAML file at ``path``.

    Raises:
        InvalidFile: it is missing, too large, or breaks a rule above; says where.
    """
    return parse_document(read_bytes(path), str(path))


def read_bytes(path: Path) -> bytes:
    """Return what the file at ``path`` holds, one byte more than is allowed at most.

    Raises:
        InvalidFile: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise InvalidFile(
            f"the file cannot be read ({error.strerror or 'no reason given'})",
            where=str(path),
            fix="check the path and its permissions",
        ) from error


def parse_document(data: bytes, source: str) -> Mapping:
    """Parse ``data``, naming it ``source`` in messages.

    Raises:
        InvalidFile: it breaks a rule above; says where.
    """
    if len(data) > MOST_BYTES:
        raise InvalidFile(
            f"the file is larger than {MOST_BYTES // 1024} KiB", where=source, fix="split it"
        )
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise InvalidFile(
            f"byte {error.start} is not UTF-8", where=source, fix="save the file as UTF-8"
        ) from error
    # The parser alone, without composer and constructor: nothing is built that is not asked for.
    parser = YAML(typ="safe", pure=True)
    parser.version = (1, 2)
    try:
        tree = _Builder(iter(parser.parse(text)), text, source).build()
    except MarkedYAMLError as error:
        raise InvalidFile(
            f"this is not YAML: {error.problem or error.context}",
            where=_where(source, error.problem_mark or error.context_mark),
            fix=_YAML,
        ) from error
    except (YAMLError, ValueError) as error:
        raise InvalidFile("this is not YAML", where=source, fix=_YAML) from error
    if not isinstance(tree, Mapping):
        raise InvalidFile(
            "the file is not a mapping of keys to values",
            where=source,
            fix="write one key a line, as in `key: value`",
        )
    return tree


def _where(source: str, mark: Any) -> str:
    return source if mark is None else str(Place(source, mark.line + 1, mark.column + 1))


class _Builder:
    """Builds the tree from parser events."""

    def __init__(self, events: Iterator[Any], text: str, source: str) -> None:
        self._events = events
        self._text = text
        self._source = source

    def build(self) -> Node | None:
        tree = None
        documents = 0
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise InvalidFile(
                        "the file holds two documents",
                        where=self._at(event),
                        fix="write each into a file of its own",
                    )
                tree = self._node(next(self._events), 0)
        return tree

    def _node(self, event: Any, level: int) -> Node:
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None) is not None:
            raise InvalidFile(
                "anchors and aliases are not used here",
                where=self._at(event),
                fix="write the value out",
            )
        if getattr(event, "tag", None) is not None:
            raise InvalidFile("tags are not used here", where=self._at(event), fix="leave it out")
        if level > MOST_LEVELS:
            raise InvalidFile(
                "the file is nested too deeply",
                where=self._at(event),
                fix="use fewer levels of lists and mappings",
            )
        match event:
            case ScalarEvent():
                return self._scalar(event)
            case SequenceStartEvent():
                return self._listing(event, level)
            case MappingStartEvent():
                return self._mapping(event, level)
            case _:
                raise InvalidFile("a value is missing", where=self._at(event))

    def _scalar(self, event: Any) -> Scalar:
        raw = self._text[event.start_mark.index : event.end_mark.index]
        return Scalar(event.value, event.style is None, self._place(event), raw)

    def _listing(self, start: Any, level: int) -> Listing:
        items: list[Node] = []
        for event in self._events:
            if isinstance(event, SequenceEndEvent):
                break
            items.append(self._node(event, level + 1))
        return Listing(tuple(items), self._place(start))

    def _mapping(self, start: Any, level: int) -> Mapping:
        entries: dict[str, tuple[Scalar, Node]] = {}
        for event in self._events:
            if isinstance(event, MappingEndEvent):
                break
            key = self._node(event, level + 1)
            if not isinstance(key, Scalar):
                raise InvalidFile(
                    "a key is not text", where=str(key.place), fix="write a plain word before the :"
                )
            if key.text == "<<" and key.plain:
                raise InvalidFile(
                    "merge keys are not used here", where=str(key.place), fix="write the keys out"
                )
            if key.text in entries:
                raise InvalidFile(
                    f"the key {key.text[:80]!r} appears twice",
                    where=str(key.place),
                    fix=f"the first one is at line {entries[key.text][0].place.line}",
                )
            entries[key.text] = (key, self._node(next(self._events), level + 1))
        return Mapping(tuple(entries.values()), self._place(start))

    def _place(self, event: Any) -> Place:
        return Place(self._source, event.start_mark.line + 1, event.start_mark.column + 1)

    def _at(self, event: Any) -> str:
        return str(self._place(event))
