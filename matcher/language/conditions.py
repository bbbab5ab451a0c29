"""Turning a checked CEL tree into a core predicate, one rule an operation.

CEL knows types but not catalogues: that an enumeration's value exists, that a comparison stays
with one agency, that there is something to compare at all, is decided here.

Rules:
 * Comparisons, ``in``, ``&&``, ``||``, ``!``; everything else is refused by its own name.
 * A comparison reads attributes of one role.
 * Enumerations and booleans are compared for equality only, and with values they have.
 * ``in`` takes an attribute and a list of constants and parameters, not an empty one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from eligibility.v1 import cel_ast_pb2
from eligibility.v1.cel_ast_pb2 import CelExpr

from matcher.core.catalogue import Attribute, AttributeType
from matcher.core.errors import EmptyConjunction, InvalidPredicate, UnsupportedPredicate
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
    Operator,
    ParameterOperand,
    Predicate,
)
from matcher.language.cel import PARAMETERS, Source, check
from matcher.language.fields import nearest

_COMPARISONS = {f"_{operator.value}_": operator for operator in Operator}
_CONDITIONS = (*_COMPARISONS, "_&&_", "_||_", "!_", "@in")
_EQUALITIES = (Operator.EQ, Operator.NE)
_REFUSED = {
    "_?_:_": ("a choice with ? and :", "write both cases with && and ||"),
    "_[_]": ("an index", "name an attribute"),
    **dict.fromkeys(
        ("_+_", "_-_", "_*_", "_/_", "_%_", "-_"),
        ("arithmetic", "let the agency provide the result as an attribute"),
    ),
}


def compile_predicate(
    source: Source,
    attributes: Mapping[AttributeName, Attribute],
    parameters: Mapping[str, AttributeType],
) -> Predicate:
    """Return the predicate ``source`` means.

    Args:
        source: CEL text.
        attributes: what it may read.
        parameters: the type of every parameter.

    Raises:
        InvalidPredicate: it does not parse, does not type-check or names something unknown.
        EmptyConjunction: a list to be ``in`` is empty.
        UnsupportedPredicate: it uses what is not offered, or mixes roles in one comparison.
    """
    tree = check(source, attributes, parameters)
    return _Conditions(source, tree, attributes, parameters).condition(tree.expr)


@dataclass(frozen=True, slots=True)
class _Literal:
    """A constant as written, until the attribute it is compared with gives it a code."""

    kind: AttributeType
    value: int | str


_Written: TypeAlias = AttributeOperand | ParameterOperand | _Literal


class _Conditions:
    """One predicate on its way from CEL to core."""

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

    def condition(self, expr: CelExpr) -> Predicate:
        """Return ``expr`` as a predicate."""
        match expr.WhichOneof("expr_kind"):
            case "const_expr" if expr.const_expr.WhichOneof("constant_kind") == "bool_value":
                return Constant(expr.const_expr.bool_value)
            case "ident_expr" if self._kind(self._written(expr)) is AttributeType.BOOLEAN:
                return Comparison(
                    self._coded(expr, self._written(expr), None), Operator.EQ, ConstantOperand(1)
                )
            case "ident_expr" | "const_expr":
                raise self._refuse(
                    expr, "this is a value, not a condition", "compare it with another value"
                )
            case "call_expr":
                return self._call(expr)
            case _:
                raise self._unsupported(expr)

    def _call(self, expr: CelExpr) -> Predicate:
        function, args = expr.call_expr.function, expr.call_expr.args
        match function:
            case "_&&_":
                return All(tuple(self.condition(arg) for arg in args))
            case "_||_":
                return Any(tuple(self.condition(arg) for arg in args))
            case "!_":
                return Not(self.condition(args[0]))
            case "@in":
                return self._membership(expr)
            case _ if function in _COMPARISONS:
                return self._comparison(expr, _COMPARISONS[function])
            case _:
                raise self._unsupported(expr)

    def _comparison(self, expr: CelExpr, operator: Operator) -> Comparison:
        args = expr.call_expr.args
        written = [self._written(arg) for arg in args]
        about = next((w.name for w in written if isinstance(w, AttributeOperand)), None)
        kinds = {self._kind(w) for w in written}
        if about is None and AttributeType.ENUMERATION in kinds:
            raise self._refuse(
                expr, "text is compared with text, and no attribute", "compare an attribute"
            )
        if operator not in _EQUALITIES and kinds != {AttributeType.INTEGER}:
            raise self._refuse(
                expr,
                f"{operator.value} needs whole numbers; enumerations and booleans have no order",
                "use ==, != or in",
            )
        left, right = (
            self._coded(arg, w, about, inside=operator in _EQUALITIES)
            for arg, w in zip(args, written, strict=True)
        )
        if isinstance(left, AttributeOperand) and isinstance(right, AttributeOperand):
            self._refuse_unlike(expr, left.name, right.name)
        return Comparison(left, operator, right)

    def _membership(self, expr: CelExpr) -> Membership:
        needle, listing = expr.call_expr.args
        operand = self._written(needle)
        if not isinstance(operand, AttributeOperand):
            raise self._refuse(needle, "what stands left of in is no attribute", "name one")
        if listing.WhichOneof("expr_kind") != "list_expr":
            raise self._refuse(listing, "what stands right of in is no list", "write [1, 2]")
        elements = listing.list_expr.elements
        if not elements:
            raise self._refuse(
                listing, "nothing is in an empty list", "list the values", EmptyConjunction
            )
        members = []
        for element in elements:
            written = self._written(element)
            if isinstance(written, AttributeOperand):
                raise self._refuse(
                    element,
                    "an attribute stands in a list of constants and parameters",
                    "compare the two attributes with ==",
                    UnsupportedPredicate,
                )
            kind = self._attributes[operand.name].type
            if self._kind(written) is not kind:
                raise self._refuse(
                    element, f"this is no value of {operand.name}", f"its type is {kind.value}"
                )
            members.append(self._coded(element, written, operand.name, inside=True))
        return Membership(operand, tuple(members))

    def _written(self, expr: CelExpr) -> _Written:
        match expr.WhichOneof("expr_kind"):
            case "ident_expr":
                name = expr.ident_expr.name.removeprefix(".")
                head, _, rest = name.partition(".")
                return (
                    ParameterOperand(rest)
                    if head == PARAMETERS
                    else AttributeOperand(AttributeName(name))
                )
            case "const_expr":
                return self._literal(expr)
            case "call_expr" if expr.call_expr.function in _CONDITIONS:
                raise self._refuse(
                    expr,
                    "a condition is compared with something",
                    "join conditions with && and ||, and negate them with !",
                    UnsupportedPredicate,
                )
            case _:
                raise self._unsupported(expr)

    def _literal(self, expr: CelExpr) -> _Literal:
        constant = expr.const_expr
        match constant.WhichOneof("constant_kind"):
            case "int64_value":
                return _Literal(AttributeType.INTEGER, constant.int64_value)
            case "bool_value":
                return _Literal(AttributeType.BOOLEAN, int(constant.bool_value))
            case "string_value":
                return _Literal(AttributeType.ENUMERATION, constant.string_value)
            case _:
                raise self._refuse(
                    expr,
                    "this kind of constant is not used here",
                    "use whole numbers, true, false or quoted text",
                    UnsupportedPredicate,
                )

    def _kind(self, written: _Written) -> AttributeType:
        match written:
            case AttributeOperand(name):
                return self._attributes[name].type
            case ParameterOperand(name):
                return self._parameters[name]
            case _Literal(kind):
                return kind

    def _coded(
        self, expr: CelExpr, written: _Written, about: AttributeName | None, *, inside: bool = False
    ) -> Operand:
        """Return ``written`` as an operand, text as the code of a value of ``about``.

        ``inside``: a constant has to lie in the domain of ``about``.
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
                raise self._refuse(
                    expr,
                    f"{value[:80]!r} is no value of {about}",
                    nearest(value, attribute.values),
                )
            return ConstantOperand(attribute.values.index(value))
        if inside and not attribute.low <= value <= attribute.high:
            raise self._refuse(
                expr,
                f"{value} lies outside the domain of {about}",
                f"its values go from {attribute.low} to {attribute.high}",
            )
        return ConstantOperand(value)

    def _refuse_unlike(self, expr: CelExpr, left: AttributeName, right: AttributeName) -> None:
        first, second = self._attributes[left], self._attributes[right]
        if first.role != second.role:
            raise self._refuse(
                expr,
                f"this compares what {first.role} holds with what {second.role} holds",
                "compare each of them with a constant or a parameter",
                UnsupportedPredicate,
            )
        if first.values != second.values:
            raise self._refuse(
                expr,
                f"{left} and {right} have different values",
                "compare attributes with the same list of values",
            )

    def _unsupported(self, expr: CelExpr) -> InvalidPredicate:
        what, fix = "this operation", "use comparisons, in, &&, || and !"
        match expr.WhichOneof("expr_kind"):
            case "call_expr":
                function = expr.call_expr.function
                what, fix = _REFUSED.get(function, (f"the function {function}()", fix))
            case "list_expr":
                what, fix = "a list", "write attribute in [1, 2]"
            case None:
                what = "a map or a quantifier"
        return self._refuse(expr, f"{what} is not offered", fix, UnsupportedPredicate)

    def _refuse(
        self,
        expr: CelExpr,
        what: str,
        fix: str,
        error: type[InvalidPredicate] = InvalidPredicate,
    ) -> InvalidPredicate:
        return self._source.refuse(what, self._positions.get(expr.id, 0), fix, error)
