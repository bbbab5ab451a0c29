"""Predicates as canonical text: the same meaning always prints the same.

The text goes into the plan and its digest, and into messages where no source text is at hand.

Rules:
 * Enumeration values appear by name, booleans as themselves.
 * Parentheses stand exactly where ``&&`` and ``||`` meet.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from matcher.core.catalogue import Attribute, AttributeType
from matcher.core.identifiers import AttributeName
from matcher.core.predicate import (
    All,
    Any,
    AttributeOperand,
    Comparison,
    Constant,
    ConstantOperand,
    Membership,
    Not,
    Operand,
    ParameterOperand,
    Predicate,
)


def render(predicate: Predicate, attributes: Mapping[AttributeName, Attribute]) -> str:
    """Return ``predicate`` in CEL, in one canonical way."""
    match predicate:
        case Constant(value):
            return "true" if value else "false"
        case Comparison(left, operator, right):
            about = _attribute(left, attributes) or _attribute(right, attributes)
            return f"{_operand(left, about)} {operator.value} {_operand(right, about)}"
        case Membership(operand, members):
            about = _attribute(operand, attributes)
            listed = ", ".join(_operand(member, about) for member in members)
            return f"{operand.name} in [{listed}]"
        case Not(child):
            return f"!({render(child, attributes)})"
        case All(children):
            return " && ".join(_inner(child, attributes, Any) for child in children)
        case Any(children):
            return " || ".join(_inner(child, attributes, All) for child in children)


def render_code(attribute: Attribute, code: int) -> str:
    """Return one value of ``attribute`` as CEL writes it."""
    if attribute.type is AttributeType.BOOLEAN and code in (0, 1):
        return "true" if code else "false"
    if attribute.type is AttributeType.ENUMERATION and 0 <= code < len(attribute.values):
        return json.dumps(attribute.values[code], ensure_ascii=False)
    return str(code)


def _inner(
    child: Predicate,
    attributes: Mapping[AttributeName, Attribute],
    parenthesised: type[All | Any],
) -> str:
    text = render(child, attributes)
    return f"({text})" if isinstance(child, parenthesised) else text


def _attribute(operand: Operand, attributes: Mapping[AttributeName, Attribute]) -> Attribute | None:
    return attributes[operand.name] if isinstance(operand, AttributeOperand) else None


def _operand(operand: Operand, about: Attribute | None) -> str:
    match operand:
        case AttributeOperand(name):
            return name
        case ParameterOperand(name):
            return f"params.{name}"
        case ConstantOperand(code):
            return str(code) if about is None else render_code(about, code)
