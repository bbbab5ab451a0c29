"""The programme bundle: what every party of a run compiles its plan from.

Canonical JSON of the programme and of the catalogue entries it reads. The predicate travels as
its CEL text and is compiled anew by whoever receives it: nobody takes another's word for what it
means.

Rules:
 * A bundle is at most 128 KiB and exactly the bytes its own canonical form gives.
 * Its digest is the plain SHA-256 of its bytes.
 * Everything in it passes the checks a designer's file passes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import NoReturn, TypeVar

from matcher.core.binding import sha256
from matcher.core.canonical import JsonObject, JsonValue, canonical_json
from matcher.core.catalogue import Attribute, AttributeType, Catalogue
from matcher.core.errors import InvalidInput, InvalidMessage
from matcher.core.identifiers import AttributeName, Digest, agency_id
from matcher.core.programme import Case, DatedValue, Programme
from matcher.language.assembly import Example, Parts, assemble
from matcher.language.catalogue_file import attribute_name
from matcher.language.cel import Source

MOST_BYTES = 128 * 1024
VERSION = 1

_T = TypeVar("_T")


def dump_bundle(programme: Programme) -> bytes:
    """Return the bundle of ``programme``."""
    return canonical_json(
        {
            "bundle": VERSION,
            "programme": _programme_json(programme),
            "catalogue": {
                "name": programme.catalogue.name,
                "attributes": {
                    name: _attribute_json(attribute)
                    for name, attribute in programme.catalogue.attributes.items()
                },
            },
        }
    )


def bundle_digest(data: bytes) -> Digest:
    """Return the digest of a bundle: SHA-256 of its bytes."""
    return sha256(data)


def load_bundle(data: bytes) -> Programme:
    """Return the programme in a bundle that somebody else sent.

    Raises:
        InvalidMessage: it is too large, not canonical, or a field is missing or of a wrong type.
        InvalidInput: its programme does not pass the checks of a programme file.
    """
    if len(data) > MOST_BYTES:
        raise InvalidMessage(f"a programme bundle is larger than {MOST_BYTES // 1024} KiB")
    try:
        tree = json.loads(data, parse_float=_refuse_number, parse_constant=_refuse_number)
        canonical = canonical_json(tree)
    except (ValueError, RecursionError) as error:
        raise InvalidMessage("a programme bundle is not JSON") from error
    if canonical != data:
        raise InvalidMessage("a programme bundle is not in canonical form")
    bundle = _Fields(tree, "bundle", "programme", "catalogue")
    if bundle.of(int, "bundle") != VERSION:
        raise InvalidMessage("this version of programme bundles is not known")
    fields = _Fields(
        bundle.of(dict, "programme"),
        *("id", "version", "title", "requester", "affair", "unit", "legal_basis", "valid"),
        *("parameters", "eligible", "tests"),
    )
    try:
        return _programme(fields, _catalogue(bundle.of(dict, "catalogue")))
    except InvalidInput as error:
        if error.where:
            raise
        raise type(error)(error.what, where="programme bundle", fix=error.fix) from error


def _refuse_number(_: str) -> NoReturn:
    raise InvalidMessage("a programme bundle holds a number that is not whole")


class _Fields:
    """A JSON object with exactly the given keys."""

    def __init__(self, tree: object, *keys: str) -> None:
        if not isinstance(tree, dict) or set(tree) != set(keys):
            raise InvalidMessage("a programme bundle lacks a field or has one too many")
        self._tree = tree

    def of(self, kind: type[_T], key: str) -> _T:
        """Return the value of ``key``, which is exactly of type ``kind``."""
        return _exactly(kind, self._tree[key])

    def raw(self, key: str) -> object:
        """Return the value of ``key`` as it is."""
        return self._tree[key]

    def texts(self, key: str) -> dict[str, str]:
        """Return an object of texts."""
        return {name: _exactly(str, text) for name, text in self.of(dict, key).items()}


def _exactly(kind: type[_T], value: object) -> _T:
    # bool is a subclass of int: compare types, not instances.
    if type(value) is not kind:
        raise InvalidMessage("a field of a programme bundle has the wrong type")
    return value


def _programme_json(programme: Programme) -> JsonObject:
    attributes = programme.catalogue.attributes
    return {
        "id": programme.id,
        "version": programme.version,
        "title": dict(programme.title),
        "requester": programme.requester,
        "affair": programme.affair,
        "unit": programme.unit,
        "legal_basis": programme.legal_basis,
        "valid": {
            "from": programme.valid_from.isoformat(),
            "to": None if programme.valid_to is None else programme.valid_to.isoformat(),
        },
        "parameters": {
            name: {value.since.isoformat(): value.value for value in dated}
            for name, dated in programme.parameters.items()
        },
        "eligible": programme.eligible_source,
        "tests": [_case_json(case, attributes) for case in programme.cases],
    }


def _case_json(case: Case, attributes: Mapping[AttributeName, Attribute]) -> JsonObject:
    return {
        "name": case.name,
        "given": {name: _value_json(attributes[name], code) for name, code in case.given.items()},
        "expect": case.expect.word,
    }


def _value_json(attribute: Attribute, code: int | None) -> JsonValue:
    if code is None:
        return None
    if attribute.type is AttributeType.ENUMERATION:
        return attribute.values[code]
    return bool(code) if attribute.type is AttributeType.BOOLEAN else code


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


def _programme(fields: _Fields, catalogue: Catalogue) -> Programme:
    valid = _Fields(fields.of(dict, "valid"), "from", "to")
    parts = Parts(
        id=fields.of(str, "id"),
        version=fields.of(str, "version"),
        title=fields.texts("title"),
        requester=agency_id(fields.of(str, "requester")),
        affair=fields.of(str, "affair"),
        unit=fields.of(str, "unit"),
        legal_basis=fields.of(str, "legal_basis"),
        valid_from=_day(valid.raw("from")),
        valid_to=None if valid.raw("to") is None else _day(valid.raw("to")),
        parameters={
            name: [
                DatedValue(_day(since), _value(value))
                for since, value in _exactly(dict, dated).items()
            ]
            for name, dated in fields.of(dict, "parameters").items()
        },
    )
    source = Source(fields.of(str, "eligible"), lambda offset: f"programme bundle, +{offset}")
    programme = assemble(
        parts, catalogue, source, [_example(test) for test in fields.of(list, "tests")]
    )
    if len(programme.catalogue.attributes) != len(catalogue.attributes):
        raise InvalidMessage("a programme bundle carries attributes its predicate does not read")
    return programme


def _example(tree: object) -> Example:
    fields = _Fields(tree, "name", "given", "expect")
    return Example(
        name=fields.of(str, "name"),
        given={
            name: None if value is None else _value(value)
            for name, value in fields.of(dict, "given").items()
        },
        expect=fields.of(str, "expect"),
    )


def _catalogue(tree: object) -> Catalogue:
    fields = _Fields(tree, "name", "attributes")
    attributes = {}
    for name, entry in fields.of(dict, "attributes").items():
        known = attribute_name(name)
        attributes[known] = _attribute(known, entry)
    return Catalogue(fields.of(str, "name"), attributes)


def _attribute(name: AttributeName, tree: object) -> Attribute:
    fields = _Fields(tree, "type", "low", "high", "values", "absent", "bands", "title", "source")
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
        values=tuple(_exactly(str, value) for value in fields.of(list, "values")),
        absent=None if absent is None else _exactly(int, absent),
        bands=tuple(_exactly(int, edge) for edge in fields.of(list, "bands")),
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
    }[attribute.type]
    named = attribute.type is AttributeType.ENUMERATION
    if (
        expected != (attribute.low, attribute.high)
        or named != bool(attribute.values)
        or len(set(attribute.values)) != len(attribute.values)
        or (attribute.bands and attribute.type is not AttributeType.INTEGER)
    ):
        raise InvalidMessage("the codes of an attribute in a programme bundle contradict its type")


def _day(value: object) -> date:
    written = _exactly(str, value)
    try:
        day = date.fromisoformat(written)
    except ValueError as error:
        raise InvalidMessage("a date in a programme bundle is not one") from error
    if day.isoformat() != written:
        raise InvalidMessage("a date in a programme bundle is not one")
    return day


def _value(value: object) -> int | bool | str:
    if isinstance(value, bool | int | str):
        return value
    raise InvalidMessage("a field of a programme bundle has the wrong type")
