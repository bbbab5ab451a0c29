"""A worked example as YAML, ready to be pasted under ``tests:``.

Rules:
 * What is written here is read back as the same example; what is absent is left out.
 * Enumeration values, booleans and dates are written as the file writes them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from matcher.core.canonical import JsonObject, JsonValue
from matcher.core.catalogue import Attribute, AttributeType, date_of_code
from matcher.core.identifiers import AttributeName
from matcher.core.programme import Case, Programme, Unit

# Anything else is quoted: YAML reads some words as numbers, booleans or nothing.
_PLAIN = re.compile(
    r"[A-Za-z\u3040-\u30ff\u4e00-\u9fff][A-Za-z0-9 _.\-\u3040-\u30ff\u4e00-\u9fff]*"
)
_SPECIAL = ("true", "false", "null", "yes", "no", "on", "off")


def case_text(case: Case, programme: Programme, *, indent: int = 2) -> str:
    """Return ``case`` as one entry of a list of tests, its lines indented by ``indent``."""
    fields = [f"- name: {plain_or_quoted(case.name)}"]
    if case.day is not None:
        fields.append(f"  date: {case.day.isoformat()}")
    members = [flow(values_of(member, programme)) for member in case.members]
    if programme.unit is Unit.HOUSEHOLD:
        fields.append(f"  members: [{', '.join(members)}]")
    else:
        fields.append(f"  given: {members[0]}")
    fields.append(f"  expect: {case.expect.word}")
    if case.outcome is not None:
        fields.append(f"  outcome: {case.outcome}")
    if case.amount is not None:
        fields.append(f"  amount: {case.amount}")
    return "\n".join(" " * indent + field for field in fields)


def values_of(member: Mapping[AttributeName, int | None], programme: Programme) -> JsonObject:
    """Return one member's facts as people write them, by name; absent ones are left out."""
    attributes = programme.catalogue.attributes
    return {
        name: value_of(attributes[name], code)
        for name, code in sorted(member.items())
        if code is not None
    }


def value_of(attribute: Attribute, code: int) -> JsonValue:
    """Return a code as people write it; dates as text."""
    match attribute.type:
        case AttributeType.INTEGER:
            return code
        case AttributeType.BOOLEAN:
            return bool(code)
        case AttributeType.ENUMERATION:
            return attribute.values[code]
        case AttributeType.DATE:
            return date_of_code(code).isoformat()


def flow(values: JsonObject) -> str:
    """Return ``values`` as a YAML mapping on one line."""
    return "{" + ", ".join(f"{name}: {_scalar(value)}" for name, value in values.items()) + "}"


def plain_or_quoted(text: str) -> str:
    """Return ``text`` as a YAML scalar, in quotes only where it needs them."""
    if _PLAIN.fullmatch(text) and text.lower() not in _SPECIAL and text == text.strip():
        return text
    return json.dumps(text, ensure_ascii=False)


def _scalar(value: JsonValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return plain_or_quoted(value)
    return str(value)
