"""What stands left and right of an operator in a CEL tree: attributes, parameters, constants.

CEL knows types but not catalogues: that an enumeration's value exists, that a constant lies in the
domain, that two attributes can be compared, is decided here.

Rules:
 * Text is the value of the attribute it is compared with, and becomes that value's code.
 * Two attributes are compared if one role holds both and their values have the same names.
 * A refusal points at the sub-expression it is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from eligibility.v1 import cel_ast_pb2
from eligibility.v1.cel_ast_pb2 import CelExpr

from matcher.core.catalogue import Attribute, AttributeType
from matcher.core.errors import InvalidPredicate, UnsupportedPredicate
from matcher.core.identifiers import AttributeName
from matcher.core.predicate import (
    AttributeOperand,
    ConstantOperand,
    Operand,
    Operator,
    ParameterOperand,
)
from matcher.language.cel import PARAMETERS, Source
from matcher.language.fields import nearest

COMPARISONS: Mapping[str, Operator] = {f"_{operator.value}_": operator for operator in Operator}
_CONDITIONS = (*COMPARISONS, "_&&_", "_||_", "!_", "@in")
_REFUSED = {
    "_?_:_": ("a choice with ? and :", "write both cases with && and ||"),
    "_[_]": ("an index", "name an attribute"),
    **dict.fromkeys(
        ("_+_", "_-_", "_*_", "_/_", "_%_", "-_"),
        ("arithmetic", "let the agency provide the result as an attribute"),
    ),
}


@dataclass(frozen=True, slots=True)
class Constant:
    """A constant as written, until the attribute it is compared with gives it a code."""

    kind: AttributeType
    value: int | str


Written: TypeAlias = AttributeOperand | ParameterOperand | Constant


class Operands:
    """Reads operands of one predicate."""

    def __init__(
        self,
        source: Source,
        tree: cel_ast_pb2.CelCheckedExpr,
        attributes: Mapping[AttributeName, Attribute],
        parameters: Mapping[str, AttributeType],
    ) -> None:
        self._source = source
        self._positions = tree.source_info.positions
        self._attributes = attributes
        self._parameters = parameters

    def written(self, expr: CelExpr) -> Written:
        """Return ``expr`` as it is written.

        Raises:
            UnsupportedPredicate: it is no operand.
        """
        match expr.WhichOneof("expr_kind"):
            case "ident_expr":
                name = expr.ident_expr.name.removeprefix(".")
                head, _, rest = name.partition(".")
                if head == PARAMETERS and rest in self._parameters:
                    return ParameterOperand(rest)
                if name in self._attributes:
                    return AttributeOperand(AttributeName(name))
                # Names of types and a few constants are known to CEL without being declared.
                raise self.refuse(
                    expr,
                    f"{name[:80]!r} is CEL's own and not offered",
                    "name an attribute of the catalogue, or params.x",
                    UnsupportedPredicate,
                )
            case "const_expr":
                return self._constant(expr)
            case "call_expr" if expr.call_expr.function in _CONDITIONS:
                raise self.refuse(
                    expr,
                    "a condition is compared with something",
                    "join conditions with && and ||, and negate them with !",
                    UnsupportedPredicate,
                )
            case _:
                raise self.unsupported(expr)

    def kind(self, written: Written) -> AttributeType:
        """Return the type of ``written``; text counts as an enumeration."""
        match written:
            case AttributeOperand(name):
                return self._attributes[name].type
            case ParameterOperand(name):
                return self._parameters[name]
            case Constant(kind):
                return kind

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
        if isinstance(written, AttributeOperand):
            return written
        if isinstance(written, ParameterOperand):
            of_text = self._parameters[written.name] is AttributeType.ENUMERATION
            return ParameterOperand(written.name, about if of_text else None)
        value = written.value
        if about is None:
            return ConstantOperand(int(value))
        attribute = self._attributes[about]
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
                f"{value} lies outside the domain of {about}",
                f"its values go from {attribute.low} to {attribute.high}",
            )
        return ConstantOperand(value)

    def refuse_unlike(self, expr: CelExpr, left: AttributeName, right: AttributeName) -> None:
        """Refuse to compare two attributes of different roles or with different values."""
        first, second = self._attributes[left], self._attributes[right]
        if first.role != second.role:
            raise self.refuse(
                expr,
                f"this compares what {first.role} holds with what {second.role} holds",
                "compare each of them with a constant or a parameter",
                UnsupportedPredicate,
            )
        if first.values != second.values:
            raise self.refuse(
                expr,
                f"{left} and {right} have different values",
                "compare attributes with the same list of values",
            )

    def unsupported(self, expr: CelExpr) -> InvalidPredicate:
        """Return the error about an operation that is not offered."""
        what, fix = "this operation", "use comparisons, in, &&, || and !"
        match expr.WhichOneof("expr_kind"):
            case "call_expr":
                function = expr.call_expr.function
                what, fix = _REFUSED.get(function, (f"the function {function}()", fix))
            case "list_expr":
                what, fix = "a list", "write attribute in [1, 2]"
            case None:
                what = "a map or a quantifier"
        return self.refuse(expr, f"{what} is not offered", fix, UnsupportedPredicate)

    def refuse(
        self,
        expr: CelExpr,
        what: str,
        fix: str,
        error: type[InvalidPredicate] = InvalidPredicate,
    ) -> InvalidPredicate:
        """Return an error that points at ``expr``."""
        return self._source.refuse(what, self._positions.get(expr.id, 0), fix, error)

    def _constant(self, expr: CelExpr) -> Constant:
        constant = expr.const_expr
        match constant.WhichOneof("constant_kind"):
            case "int64_value":
                return Constant(AttributeType.INTEGER, constant.int64_value)
            case "bool_value":
                return Constant(AttributeType.BOOLEAN, int(constant.bool_value))
            case "string_value":
                return Constant(AttributeType.ENUMERATION, constant.string_value)
            case _:
                raise self.refuse(
                    expr,
                    "this kind of constant is not used here",
                    "use whole numbers, true, false or quoted text",
                    UnsupportedPredicate,
                )
