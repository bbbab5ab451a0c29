"""Turning a checked CEL tree into a core predicate, one rule an operation.

This module decides which operations are offered; what may stand left and right of them is for
``operands``.

Rules:
 * Comparisons, ``in``, ``&&``, ``||``, ``!``; everything else is refused by its own name.
 * A comparison reads attributes of one role.
 * Enumerations and booleans are compared for equality only, and with values they have.
 * ``in`` takes an attribute and a list of constants and parameters, not an empty one.
"""

from __future__ import annotations

from collections.abc import Mapping

from eligibility.v1.cel_ast_pb2 import CelExpr

from matcher.core.catalogue import Attribute, AttributeType
from matcher.core.errors import EmptyConjunction, UnsupportedPredicate
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
    Operator,
    Predicate,
)
from matcher.language.cel import Source, check
from matcher.language.operands import COMPARISONS, Operands

_EQUALITIES = (Operator.EQ, Operator.NE)


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
    operands = Operands(source, tree, attributes, parameters)
    return _Conditions(operands, attributes).condition(tree.expr)


class _Conditions:
    """One predicate on its way from CEL to core."""

    def __init__(self, operands: Operands, attributes: Mapping[AttributeName, Attribute]) -> None:
        self._operands = operands
        self._attributes = attributes

    def condition(self, expr: CelExpr) -> Predicate:
        """Return ``expr`` as a predicate."""
        match expr.WhichOneof("expr_kind"):
            case "const_expr" if expr.const_expr.WhichOneof("constant_kind") == "bool_value":
                return Constant(expr.const_expr.bool_value)
            case "ident_expr" if (
                self._operands.kind(self._operands.written(expr)) is AttributeType.BOOLEAN
            ):
                return Comparison(
                    self._operands.coded(expr, self._operands.written(expr), None),
                    Operator.EQ,
                    ConstantOperand(1),
                )
            case "ident_expr" | "const_expr":
                raise self._operands.refuse(
                    expr, "this is a value, not a condition", "compare it with another value"
                )
            case "call_expr":
                return self._call(expr)
            case _:
                raise self._operands.unsupported(expr)

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
            case _ if function in COMPARISONS:
                return self._comparison(expr, COMPARISONS[function])
            case _:
                raise self._operands.unsupported(expr)

    def _comparison(self, expr: CelExpr, operator: Operator) -> Comparison:
        args = expr.call_expr.args
        written = [self._operands.written(arg) for arg in args]
        about = next((w.name for w in written if isinstance(w, AttributeOperand)), None)
        kinds = {self._operands.kind(w) for w in written}
        if about is None and AttributeType.ENUMERATION in kinds:
            raise self._operands.refuse(
                expr, "text is compared with text, and no attribute", "compare an attribute"
            )
        if operator not in _EQUALITIES and kinds != {AttributeType.INTEGER}:
            raise self._operands.refuse(
                expr,
                f"{operator.value} needs whole numbers; enumerations and booleans have no order",
                "use ==, != or in",
            )
        left, right = (
            self._operands.coded(arg, w, about, inside=operator in _EQUALITIES)
            for arg, w in zip(args, written, strict=True)
        )
        if isinstance(left, AttributeOperand) and isinstance(right, AttributeOperand):
            self._operands.refuse_unlike(expr, left.name, right.name)
        return Comparison(left, operator, right)

    def _membership(self, expr: CelExpr) -> Membership:
        needle, listing = expr.call_expr.args
        operand = self._operands.written(needle)
        if not isinstance(operand, AttributeOperand):
            raise self._operands.refuse(
                needle, "what stands left of in is no attribute", "name one"
            )
        if listing.WhichOneof("expr_kind") != "list_expr":
            raise self._operands.refuse(
                listing, "what stands right of in is no list", "write [1, 2]"
            )
        elements = listing.list_expr.elements
        if not elements:
            raise self._operands.refuse(
                listing, "nothing is in an empty list", "list the values", EmptyConjunction
            )
        members = []
        for element in elements:
            written = self._operands.written(element)
            if isinstance(written, AttributeOperand):
                raise self._operands.refuse(
                    element,
                    "an attribute stands in a list of constants and parameters",
                    "compare the two attributes with ==",
                    UnsupportedPredicate,
                )
            kind = self._attributes[operand.name].type
            if self._operands.kind(written) is not kind:
                raise self._operands.refuse(
                    element, f"this is no value of {operand.name}", f"its type is {kind.value}"
                )
            members.append(self._operands.coded(element, written, operand.name, inside=True))
        return Membership(operand, tuple(members))
