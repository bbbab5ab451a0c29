"""Catalogue files: which facts exist, what values they take, and what absence means.

Rules:
 * Names are ``role.attribute`` in ``a-z 0-9 _``; ``params``, ``members``, ``math`` and CEL's own
   words are taken.
 * Integers and dates have a domain, enumerations a list of values, booleans neither.
 * ``absent`` is never left to a default: it decides who gets a benefit.
"""

from __future__ import annotations

import re
from pathlib import Path

from matcher.core.catalogue import Attribute, AttributeType, Catalogue, code_of_date
from matcher.core.errors import InvalidCatalogue, InvalidFile
from matcher.core.identifiers import AttributeName
from matcher.core.nearest import nearest
from matcher.language import fields
from matcher.language.document import Mapping, Node, parse_document, read_document
from matcher.language.fields import Section
from matcher.language.written_values import written_day

MOST_VALUES = 64
NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")
IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,62}")
# What a predicate calls parameters, the members of a household and CEL's mathematics, and the words
# CEL keeps for itself (CEL specification, "Syntax").
RESERVED = frozenset(
    {"params", "members", "math"}
    | {"has", "true", "false", "null", "in", "as", "break", "const", "continue", "else"}
    | {"for", "function", "if", "import", "let", "loop", "package", "namespace", "return"}
    | {"var", "void", "while"}
)
_KEYS = {
    AttributeType.INTEGER: ("domain", "bands"),
    AttributeType.ENUMERATION: ("values",),
    AttributeType.BOOLEAN: (),
    AttributeType.DATE: ("domain",),
}
_UNKNOWN = "unknown"


def load_catalogue(source: Path | str, source_name: str = "catalogue") -> Catalogue:
    """Load a catalogue.

    Args:
        source: a path, or YAML text.
        source_name: what messages call the text.

    Raises:
        InvalidFile: it is not the YAML it should be; says where.
        InvalidCatalogue: an entry contradicts itself; says where.
    """
    tree = (
        read_document(source)
        if isinstance(source, Path)
        else parse_document(source.encode(), source_name)
    )
    return catalogue_of(tree)


def catalogue_of(tree: Mapping) -> Catalogue:
    """Return the catalogue a YAML tree describes."""
    section = Section(tree, "a catalogue", required=("catalogue", "attributes"))
    name = fields.text(section["catalogue"], "the catalogue's name")
    if not NAME.fullmatch(name):
        raise InvalidCatalogue(
            f"{name[:80]!r} is not a catalogue's name",
            where=str(section["catalogue"].place),
            fix="use a-z, 0-9 and '-', starting with a letter",
        )
    attributes = {}
    for key, node in fields.entries(section["attributes"], "attributes"):
        attribute = fields.located(key.place, _attribute, key.text, node)
        attributes[attribute.name] = attribute
    if not attributes:
        raise InvalidCatalogue("the catalogue is empty", where=str(section.place))
    return Catalogue(name, attributes)


def attribute_name(text: str) -> AttributeName:
    """Return ``text`` as an attribute's name.

    Raises:
        InvalidCatalogue: it is not one.
    """
    parts = text.split(".")
    if len(parts) != 2 or not all(IDENTIFIER.fullmatch(part) for part in parts):
        raise InvalidCatalogue(
            f"{text[:80]!r} is not an attribute's name",
            fix="write role.attribute in a-z, 0-9 and _",
        )
    for part in parts:
        if part in RESERVED:
            raise InvalidCatalogue(
                f"{part!r} means something else in a predicate", fix="choose another name"
            )
    return AttributeName(text)


def _attribute(name: str, node: Node) -> Attribute:
    known = attribute_name(name)
    section = Section(
        node,
        name,
        required=("type", "absent"),
        optional=("domain", "bands", "values", "title", "source"),
    )
    kind = _type(section)
    for key in ("domain", "bands", "values"):
        value = section.get(key)
        if value is not None and key not in _KEYS[kind]:
            raise InvalidFile(
                f"{name} is of type {kind.value} and has no {key}",
                where=str(value.place),
                fix="leave it out",
            )
    values = _values(section, name) if kind is AttributeType.ENUMERATION else ()
    low, high = _domain(section, name, kind, values)
    bands = section.get("bands")
    source = section.get("source")
    return Attribute(
        name=known,
        type=kind,
        low=low,
        high=high,
        values=values,
        absent=_absent(section, name, kind, values),
        bands=()
        if bands is None
        else tuple(
            fields.integer(edge, "a band's upper edge") for edge in fields.items(bands, "bands")
        ),
        title=fields.title(section.get("title")),
        source="" if source is None else fields.text(source, "the source"),
    )


def _type(section: Section) -> AttributeType:
    written = fields.text(section["type"], "the type")
    try:
        return AttributeType(written)
    except ValueError:
        raise InvalidFile(
            f"there is no type {written[:40]!r}",
            where=str(section["type"].place),
            fix=nearest(written, list(AttributeType)),
        ) from None


def _values(section: Section, name: str) -> tuple[str, ...]:
    node = section.get("values")
    if node is None:
        raise InvalidFile(
            f"{name} lists no values", where=str(section.place), fix="add values: [first, second]"
        )
    values = tuple(fields.text(item, "a value", 80) for item in fields.items(node, "values"))
    if not 2 <= len(values) <= MOST_VALUES or len(set(values)) != len(values):
        raise InvalidCatalogue(
            f"{name} needs 2 to {MOST_VALUES} different values", where=str(node.place)
        )
    return values


def _domain(
    section: Section, name: str, kind: AttributeType, values: tuple[str, ...]
) -> tuple[int, int]:
    if kind is AttributeType.BOOLEAN:
        return 0, 1
    if kind is AttributeType.ENUMERATION:
        return 0, len(values) - 1
    node = section.get("domain")
    if node is None:
        raise InvalidFile(
            f"{name} has no domain",
            where=str(section.place),
            fix="add domain: [1900-01-01, 2026-12-31]"
            if kind is AttributeType.DATE
            else "add domain: [smallest, largest]",
        )
    of_dates = kind is AttributeType.DATE
    read = _day_code if of_dates else fields.integer
    ends = [read(item, "an end of the domain") for item in fields.items(node, "domain")]
    if len(ends) != 2:
        raise InvalidFile(
            "a domain has two ends",
            where=str(node.place),
            fix="write [1900-01-01, 2026-12-31]" if of_dates else "write [smallest, largest]",
        )
    return ends[0], ends[1]


def _absent(
    section: Section, name: str, kind: AttributeType, values: tuple[str, ...]
) -> int | None:
    node = section["absent"]
    written = fields.value_of(node, "absent")
    if written == _UNKNOWN and _UNKNOWN not in values:
        return None
    if kind is AttributeType.ENUMERATION and written in values:
        return values.index(str(written))
    if kind is AttributeType.BOOLEAN and isinstance(written, bool):
        return int(written)
    if kind is AttributeType.INTEGER and type(written) is int:
        return written
    day = written_day(str(written)) if kind is AttributeType.DATE else None
    if day is not None:
        return code_of_date(day)
    raise InvalidCatalogue(
        f"absent of {name} is neither unknown nor a value of its type",
        where=str(node.place),
        fix="write absent: unknown, or the value that absence stands for",
    )


def _day_code(node: Node, what: str) -> int:
    return code_of_date(fields.day(node, what))
