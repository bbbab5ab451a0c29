"""Predicates as canonical text: the same meaning always prints the same.

The text goes into the plan and its digest, and into messages where no source text is at hand.

Rules:
 * It is CEL; only ``orValue``, what is taken where a record is absent, is not for programme files.
 * Enumeration values appear by name, booleans as themselves, dates as ``date("2026-04-01")``.
 * Parentheses stand exactly where ``&&`` and ``||`` meet, where ``!`` needs them, and where an
   amount is computed in another order than from left to right, products first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from matcher.core.catalogue import Attribute, AttributeType, date_of_code
from matcher.core.identifiers import AttributeName
from matcher.core.predicate import (
    All,
    AllBut,
    Any,
    Arithmetic,
    AtLeast,
    AttributeOperand,
    Comparison,
    Computed,
    Constant,
    ConstantOperand,
    Elapsed,
    Extremum,
    Leaf,
    Lookup,
    Membership,
    Not,
    Operand,
    ParameterOperand,
    Predicate,
    Quantifier,
    Settled,
    Some,
)

_MEMBER = "m"


def render(
    predicate: Predicate,
    attributes: Mapping[AttributeName, Attribute],
    *,
    of_member: bool = False,
) -> str:
    """Return ``predicate`` in CEL, in one canonical way.

    Args:
        predicate: what to write.
        attributes: at least those it reads.
        of_member: whether it is the body of a quantifier, so that attributes are a member's.
    """
    return _Text(attributes, f"{_MEMBER}." if of_member else "").predicate(predicate)


def render_operand(
    operand: Operand, attributes: Mapping[AttributeName, Attribute], *, of_member: bool = False
) -> str:
    """Return ``operand`` in CEL; arguments as for ``render``."""
    return _Text(attributes, f"{_MEMBER}." if of_member else "").operand(operand, None)


def render_code(attribute: Attribute, code: int) -> str:
    """Return one value of ``attribute`` as CEL writes it."""
    if attribute.type is AttributeType.BOOLEAN and code in (0, 1):
        return "true" if code else "false"
    if attribute.type is AttributeType.ENUMERATION and 0 <= code < len(attribute.values):
        return json.dumps(attribute.values[code], ensure_ascii=False)
    if attribute.type is AttributeType.DATE:
        return f'date("{date_of_code(code).isoformat()}")'
    return str(code)


@dataclass(frozen=True, slots=True)
class _Text:
    attributes: Mapping[AttributeName, Attribute]
    prefix: str

    def predicate(self, predicate: Predicate) -> str:
        match predicate:
            case Not(child):
                return f"!({self.predicate(child)})"
            case All(children):
                return " && ".join(self._inner(child, Any) for child in children)
            case Any(children):
                return " || ".join(self._inner(child, All) for child in children)
            case AtLeast(count, children):
                listed = ", ".join(self.predicate(child) for child in children)
                return f"at_least({count}, [{listed}])"
            case Some() | AllBut():
                return self._quantifier(predicate)
            case _:
                return self._leaf(predicate)

    def operand(self, operand: Operand, about: Attribute | None) -> str:
        match operand:
            case AttributeOperand(name):
                return self.prefix + name
            case ParameterOperand(name):
                return f"params.{name}"
            case ConstantOperand(code):
                return str(code) if about is None else render_code(about, code)
            case Computed(operator, left, right):
                first, second = self._term(operator, left), self._term(operator, right, last=True)
                return f"{first} {operator.value} {second}"
            case _:
                return self._call(operand)

    def _leaf(self, leaf: Leaf | Settled) -> str:
        match leaf:
            case Constant(value):
                return _truth(value)
            case Comparison(left, operator, right):
                about = self._about(left) or self._about(right)
                return f"{self.operand(left, about)} {operator.value} {self.operand(right, about)}"
            case Membership(operand, members):
                about = self._about(operand)
                listed = ", ".join(self.operand(member, about) for member in members)
                return f"{self.operand(operand, about)} in [{listed}]"
            case Settled(child, holds):
                return f"({self.predicate(child)}).orValue({_truth(holds)})"

    def _quantifier(self, quantifier: Quantifier) -> str:
        body = _Text(self.attributes, f"{_MEMBER}.").predicate(quantifier.body)
        match quantifier:
            case Some(1):
                return f"members.exists({_MEMBER}, {body})"
            case Some(least):
                return f"members.filter({_MEMBER}, {body}).size() >= {least}"
            case AllBut(0):
                return f"members.all({_MEMBER}, {body})"
            case AllBut(most, Not(failing)):
                text = _Text(self.attributes, f"{_MEMBER}.").predicate(failing)
                return f"members.filter({_MEMBER}, {text}).size() <= {most}"
            case AllBut(most):
                return f"members.filter({_MEMBER}, !({body})).size() <= {most}"

    def _call(self, operand: Extremum | Lookup | Elapsed) -> str:
        match operand:
            case Extremum(extreme, operands):
                listed = ", ".join(self.operand(part, None) for part in operands)
                return f"math.{extreme.value}({listed})"
            case Lookup(table, index):
                return f"params.{table}[{self.operand(index, None)}]"
            case Elapsed(unit, since):
                return f"{unit.value}({self.operand(since, None)})"

    def _inner(self, child: Predicate, parenthesised: type[All | Any]) -> str:
        text = self.predicate(child)
        return f"({text})" if isinstance(child, parenthesised) else text

    def _term(self, within: Arithmetic, operand: Operand, *, last: bool = False) -> str:
        text = self.operand(operand, None)
        if not isinstance(operand, Computed):
            return text
        product = operand.operator is Arithmetic.TIMES
        # CEL reads from left to right, products first.
        needed = (within is Arithmetic.TIMES and not product) or (
            last and (product == (within is Arithmetic.TIMES))
        )
        return f"({text})" if needed else text

    def _about(self, operand: Operand) -> Attribute | None:
        return self.attributes[operand.name] if isinstance(operand, AttributeOperand) else None


def _truth(value: bool) -> str:  # noqa: FBT001
    return "true" if value else "false"
