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

from collections.abc import Mapping
from datetime import date

from matcher.core.binding import sha256
from matcher.core.canonical import JsonObject, JsonValue, canonical_json
from matcher.core.catalogue import Attribute, AttributeType, Catalogue
from matcher.core.errors import InvalidInput, InvalidMessage
from matcher.core.identifiers import AttributeName, Digest, agency_id
from matcher.core.programme import Case, DatedValue, ParameterTable, ParameterValue, Programme
from matcher.language.assembly import Example, Parts, assemble
from matcher.language.catalogue_form import catalogue_json, catalogue_of_json
from matcher.language.cel import Source
from matcher.language.strict_json import Fields, exactly, parse_canonical

MOST_BYTES = 128 * 1024
VERSION = 1


def dump_bundle(programme: Programme) -> bytes:
    """Return the bundle of ``programme``."""
    return canonical_json(
        {
            "bundle": VERSION,
            "programme": _programme_json(programme),
            "catalogue": catalogue_json(programme.catalogue),
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
    tree = parse_canonical(data, "a programme bundle")
    bundle = Fields(tree, "bundle", "programme", "catalogue")
    if bundle.of(int, "bundle") != VERSION:
        raise InvalidMessage("this version of programme bundles is not known")
    fields = Fields(
        bundle.of(dict, "programme"),
        *("id", "version", "title", "requester", "affair", "unit", "legal_basis", "valid"),
        *("parameters", "eligible", "tests"),
    )
    try:
        return _programme(fields, catalogue_of_json(bundle.of(dict, "catalogue")))
    except InvalidInput as error:
        if error.where:
            raise
        raise type(error)(error.what, where="programme bundle", fix=error.fix) from error


def _programme_json(programme: Programme) -> JsonObject:
    attributes = programme.catalogue.attributes
    return {
        "id": programme.id,
        "version": programme.version,
        "title": dict(programme.title),
        "requester": programme.requester,
        "affair": programme.affair,
        "unit": programme.unit.value,
        "legal_basis": programme.legal_basis,
        "valid": {
            "from": programme.valid_from.isoformat(),
            "to": None if programme.valid_to is None else programme.valid_to.isoformat(),
        },
        "parameters": {
            name: {value.since.isoformat(): _parameter_json(value.value) for value in dated}
            for name, dated in programme.parameters.items()
        },
        "eligible": programme.eligible_source,
        "tests": [_case_json(case, attributes) for case in programme.cases],
    }


def _case_json(case: Case, attributes: Mapping[AttributeName, Attribute]) -> JsonObject:
    tree: JsonObject = {
        "name": case.name,
        "given": {
            name: _value_json(attributes[name], code) for name, code in case.members[0].items()
        },
        "expect": case.expect.word,
    }
    return tree if case.day is None else {**tree, "date": case.day.isoformat()}


def _parameter_json(value: ParameterValue) -> JsonValue:
    if isinstance(value, ParameterTable):
        return {"first": value.first, "values": list(value.values)}
    return value


def _value_json(attribute: Attribute, code: int | None) -> JsonValue:
    if code is None:
        return None
    if attribute.type is AttributeType.ENUMERATION:
        return attribute.values[code]
    return bool(code) if attribute.type is AttributeType.BOOLEAN else code


def _programme(fields: Fields, catalogue: Catalogue) -> Programme:
    valid = Fields(fields.of(dict, "valid"), "from", "to")
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
                for since, value in exactly(dict, dated).items()
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
    dated = isinstance(tree, dict) and "date" in tree
    fields = Fields(tree, "name", "given", "expect", *(("date",) if dated else ()))
    return Example(
        name=fields.of(str, "name"),
        given={
            name: None if value is None else _value(value)
            for name, value in fields.of(dict, "given").items()
        },
        expect=fields.of(str, "expect"),
        day=_day(fields.raw("date")) if dated else None,
    )


def _day(value: object) -> date:
    written = exactly(str, value)
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
