"""Catalogue entries in a programme bundle.

Rules:
 * Everything about an attribute travels, titles and source included: whoever approves a
   programme reads them.
 * Codes follow from the type; an entry that says otherwise is refused.
"""

from __future__ import annotations

from matcher.core.canonical import JsonObject
from matcher.core.catalogue import Attribute, AttributeType, Catalogue
from matcher.core.errors import InvalidMessage
from matcher.core.identifiers import AttributeName
from matcher.language.catalogue_file import attribute_name
from matcher.language.strict_json import Fields, exactly


def catalogue_json(catalogue: Catalogue) -> JsonObject:
    """Return ``catalogue`` as JSON."""
    return {
        "name": catalogue.name,
        "attributes": {
            name: _attribute_json(attribute) for name, attribute in catalogue.attributes.items()
        },
    }


def catalogue_of_json(tree: object) -> Catalogue:
    """Return the catalogue a JSON object describes.

    Raises:
        InvalidMessage: a field is missing, of a wrong type, or contradicts the attribute's type.
        InvalidCatalogue: a name or a domain makes no sense.
    """
    fields = Fields(tree, "name", "attributes")
    attributes = {}
    for name, entry in fields.of(dict, "attributes").items():
        known = attribute_name(name)
        attributes[known] = _attribute(known, entry)
    return Catalogue(fields.of(str, "name"), attributes)


def _attribute(name: AttributeName, tree: object) -> Attribute:
    fields = Fields(tree, "type", "low", "high", "values", "absent", "bands", "title", "source")
    absent = fields.raw("absent")
    try:
        kind = AttributeType(fields.of(str, "type"))
    except ValueError as error:
        raise InvalidMessage("a programme bundle has an attribute of unknown type") from error
    attribute = Attribute(
        name=name,
        type=kind,
        low=fields.of(int, "low"),
        high=fields.of(int, "high"),
        values=tuple(exactly(str, value) for value in fields.of(list, "values")),
        absent=None if absent is None else exactly(int, absent),
        bands=tuple(exactly(int, edge) for edge in fields.of(list, "bands")),
        title=fields.texts("title"),
        source=fields.of(str, "source"),
    )
    _check_codes(attribute)
    return attribute


def _check_codes(attribute: Attribute) -> None:
    """Check what a catalogue file cannot get wrong: codes follow from the type."""
    expected = {
        AttributeType.INTEGER: (attribute.low, attribute.high),
        AttributeType.ENUMERATION: (0, len(attribute.values) - 1),
        AttributeType.BOOLEAN: (0, 1),
        AttributeType.DATE: (attribute.low, attribute.high),
    }[attribute.type]
    named = attribute.type is AttributeType.ENUMERATION
    if (
        expected != (attribute.low, attribute.high)
        or named != bool(attribute.values)
        or len(set(attribute.values)) != len(attribute.values)
        or (attribute.bands and attribute.type is not AttributeType.INTEGER)
    ):
        raise InvalidMessage("the codes of an attribute in a programme bundle contradict its type")


def _attribute_json(attribute: Attribute) -> JsonObject:
    return {
        "type": attribute.type.value,
        "low": attribute.low,
        "high": attribute.high,
        "values": list(attribute.values),
        "absent": attribute.absent,
        "bands": list(attribute.bands),
        "title": dict(attribute.title),
        "source": attribute.source,
    }
