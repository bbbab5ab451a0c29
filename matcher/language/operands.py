"""Names and constants in a CEL tree: attributes, parameters, and what is compared with them.

CEL knows types but not catalogues: that an enumeration's value exists, that a constant lies in the
domain, that two attributes can be compared, is decided here. What is computed from names and
constants is for ``amounts``.

Rules:
 * Text is the value of the attribute it is compared with, and becomes that value's code.
 * Two attributes are compared if one role holds both and their values have the same names.
 * Inside a quantifier attributes are those of its member, and of no other.
 * A refusal points at the sub-expression it is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from eligibility.v1 import cel_ast_pb2
from eligibility.v1.cel_ast_pb2 import CelExpr

from matcher.core.catalogue import AttributeType
from matcher.core.errors import InvalidPredicate, UnsupportedPredicate
from matcher.core.identifiers import AttributeName
from matcher.core.nearest import nearest
from matcher.core.predicate import (
    AttributeOperand,
    Computed,
    ConstantOperand,
    Elapsed,
    Extremum,
    Lookup,
    Operand,
    ParameterOperand,
)
from matcher.language.parameters import PARAMETERS
from matcher.language.source import Source
from matcher.language.vocabulary import MEMBERS, Vocabulary
from matcher.language.written_values import written_domain, written_value

LARGEST_CONSTANT = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Constant:
    """A constant as written, until the attribute it is compared with gives it a code."""

    kind: AttributeType
    value: int | str


Name: TypeAlias = AttributeOperand | ParameterOperand
Written: TypeAlias = Name | Constant | Computed | Extremum | Lookup | Elapsed


@dataclass(frozen=True, slots=True)
class Operands:
    """Reads the names and constants of one condition.

    Attributes:
        source: its text.
        positions: from a node's number to the offset CEL gives it.
        vocabulary: what it may speak of.
        member: what the innermost quantifier calls its member; empty outside quantifiers.
    """

    source: Source
    positions: Mapping[int, int]
    vocabulary: Vocabulary
    member: str = ""

    @classmethod
    def of(
        cls, source: Source, tree: cel_ast_pb2.CelCheckedExpr, vocabulary: Vocabulary
    ) -> Operands:
        """Return a reader of ``tree``."""
        return cls(source, tree.source_info.positions, vocabulary)

    def within(self, member: str) -> Operands:
        """Return a reader of a quantifier's body."""
        return replace(self, member=member)

    def name(self, expr: CelExpr) -> Name:
        """Return the attribute or the parameter that ``expr`` names.

        Raises:
            UnsupportedPredicate: it names something else.
        """
        if expr.WhichOneof("expr_kind") == "select_expr":
            return self._selected(expr)
        name = expr.ident_expr.name.removeprefix(".")
        head, _, rest = name.partition(".")
        if head == PARAMETERS and rest in self.vocabulary.parameters:
            if self.vocabulary.parameters[rest].table:
                raise self.refuse(
                    expr, f"{name} is a table", f"name one of its entries: {name}[index]"
                )
            return ParameterOperand(rest)
        if name in self.vocabulary.attributes:
            return AttributeOperand(AttributeName(name))
        if name in (MEMBERS, self.member):
            raise self.refuse(
                expr,
                f"{name} is {'a list of members' if name == MEMBERS else 'a member'}, not a value",
                f"write {MEMBERS}.all(m, m.role.attribute …)"
                if name == MEMBERS
                else f"write {name}.role.attribute",
                UnsupportedPredicate,
            )
        # Names of types and a few constants are known to CEL without being declared.
        raise self.refuse(
            expr,
            f"{name[:80]!r} is CEL's own and not offered",
            "name an attribute of the catalogue, or params.x",
            UnsupportedPredicate,
        )

    def constant(self, expr: CelExpr) -> Constant:
        """Return the constant ``expr``."""
        constant = expr.const_expr
        match constant.WhichOneof("constant_kind"):
            case "int64_value":
                return self.number(expr, constant.int64_value)
            case "bool_value":
                return Constant(AttributeType.BOOLEAN, int(constant.bool_value))
            case "string_value":
                return Constant(AttributeType.ENUMERATION, constant.string_value)
            case "double_value":
                what = "a decimal number is not used here"
            case _:
                what = "this kind of constant is not used here"
        fix = "use whole numbers, true, false or quoted text"
        raise self.refuse(expr, what, fix, UnsupportedPredicate)

    def number(self, expr: CelExpr, value: int) -> Constant:
        """Return the whole number ``value`` that ``expr`` writes or calculates.

        Raises:
            InvalidPredicate: it is too large to be calculated with exactly.
        """
        if abs(value) > LARGEST_CONSTANT:
            raise self.refuse(expr, "this number is too large", "use a smaller one")
        return Constant(AttributeType.INTEGER, value)

    def kind(self, written: Written) -> AttributeType:
        """Return the type of ``written``; text counts as an enumeration."""
        match written:
            case AttributeOperand(name):
                return self.vocabulary.attributes[name].type
            case ParameterOperand(name):
                return self.vocabulary.parameters[name].kind
            case Constant(kind):
                return kind
            case _:
                return AttributeType.INTEGER

    def coded(
        self, expr: CelExpr, written: Written, about: AttributeName | None, *, inside: bool = False
    ) -> Operand:
        """Return ``written`` as an operand, text as the code of a value of ``about``.

        Args:
            expr: for messages.
            written: what to give a code.
            about: the attribute it is compared with, if any.
            inside: whether a constant has to lie in the domain of ``about``.

        Raises:
            InvalidPredicate: it is no value of ``about``.
        """
        if isinstance(written, ParameterOperand):
            of_text = self.kind(written) is AttributeType.ENUMERATION
            return ParameterOperand(written.name, about if of_text else None)
        if not isinstance(written, Constant):
            return written
        value = written.value
        if about is None:
            return ConstantOperand(int(value))
        attribute = self.vocabulary.attributes[about]
        if isinstance(value, str):
            if value not in attribute.values:
                raise self.refuse(
                    expr,
                    f"{value[:80]!r} is no value of {about}",
                    nearest(value, attribute.values),
                )
            return ConstantOperand(attribute.values.index(value))
        if inside and not attribute.low <= value <= attribute.high:
            raise self.refuse(
                expr,
                f"{written_value(attribute, value)} lies outside the domain of {about}",
                f"its values go {written_domain(attribute)}",
            )
        return ConstantOperand(value)

    def refuse_unlike(self, expr: CelExpr, left: AttributeName, right: AttributeName) -> None:
        """Refuse to compare two attributes with different values."""
        attributes = self.vocabulary.attributes
        if attributes[left].values != attributes[right].values:
            raise self.refuse(
                expr,
                f"{left} and {right} have different values",
                "compare attributes with the same list of values",
            )

    def refuse(
        self,
        expr: CelExpr,
        what: str,
        fix: str,
        error: type[InvalidPredicate] = InvalidPredicate,
    ) -> InvalidPredicate:
        """Return an error that points at ``expr``."""
        return self.source.refuse(what, self.offset(expr), fix, error)

    def offset(self, expr: CelExpr) -> int:
        """Return where in the text a reader finds ``expr``: a name's or a call's beginning."""
        offset = self.positions.get(expr.id, 0)
        match expr.WhichOneof("expr_kind"):
            case "ident_expr" | "select_expr":
                return self.source.beginning_of_name(offset)
            case "comprehension_expr":
                return self.source.beginning_of_call(offset)
            case "call_expr" if expr.call_expr.function == "_[_]":
                return self.offset(expr.call_expr.args[0])
            case "call_expr" if expr.call_expr.function.startswith("math."):
                return self.source.beginning_of_name(offset)
            case "call_expr" if self.source.text[offset : offset + 1] == "(":
                return self.source.beginning_of_call(offset)
            case _:
                return offset

    def _selected(self, expr: CelExpr) -> AttributeOperand:
        path: list[str] = []
        inner = expr
        while inner.WhichOneof("expr_kind") == "select_expr":
            path.insert(0, inner.select_expr.field)
            inner = inner.select_expr.operand
        name = AttributeName(".".join(path))
        of_member = inner.WhichOneof("expr_kind") == "ident_expr" and self.member
        if not of_member or inner.ident_expr.name != self.member:
            raise self.refuse(
                expr,
                "this is no attribute of a member",
                "write m.role.attribute",
                UnsupportedPredicate,
            )
        if name not in self.vocabulary.attributes:
            raise self.refuse(
                expr,
                f"{self.member}.{name} is no attribute, but all of an agency's",
                nearest(f"{name}.", self.vocabulary.attributes).replace(
                    "mean ", f"mean {self.member}."
                ),
                UnsupportedPredicate,
            )
        return AttributeOperand(name)
