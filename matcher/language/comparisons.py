"""Comparisons and lists in a CEL tree.

Rules:
 * A comparison reads attributes of one role, and where something is calculated at least one.
 * Enumerations and booleans are compared for equality only, and with values they have.
 * ``in`` takes an attribute or an amount, and a list of constants and parameters, not an empty one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from eligibility.v1.cel_ast_pb2 import CelExpr

from matcher.core.catalogue import AttributeType
from matcher.core.errors import EmptyConjunction, UnsupportedPredicate
from matcher.core.identifiers import AttributeName, Role
from matcher.core.predicate import (
    AttributeOperand,
    Comparison,
    ConstantOperand,
    Membership,
    Operand,
    Operator,
    ParameterOperand,
    suboperands_of,
)
from matcher.language.amounts import Amounts
from matcher.language.operands import Operands, Written
from matcher.language.quantifiers import is_size
from matcher.language.vocabulary import AT_LEAST

COMPARISONS: Mapping[str, Operator] = {f"_{operator.value}_": operator for operator in Operator}
_CONDITIONS = frozenset({*COMPARISONS, "_&&_", "_||_", "!_", "@in", AT_LEAST})
_EQUALITIES = (Operator.EQ, Operator.NE)
_ORDERED = ({AttributeType.INTEGER}, {AttributeType.DATE})


@dataclass(frozen=True, slots=True)
class Comparisons:
    """Reads the comparisons of one condition; ``amounts`` reads what they compare."""

    amounts: Amounts

    @property
    def operands(self) -> Operands:
        """What reads names and constants."""
        return self.amounts.operands

    def written(self, expr: CelExpr) -> Written:
        """Return ``expr``, which must be an operand."""
        if expr.WhichOneof("expr_kind") == "call_expr" and expr.call_expr.function in _CONDITIONS:
            raise self.operands.refuse(
                expr,
                "a condition is compared with something",
                "join conditions with && and ||, and negate them with !",
                UnsupportedPredicate,
            )
        return self.amounts.written(expr)

    def comparison(self, expr: CelExpr, operator: Operator) -> Comparison:
        """Return ``expr``, whose operator is ``operator``, as a comparison."""
        args = expr.call_expr.args
        written = [self.written(arg) for arg in args]
        about = next((w.name for w in written if isinstance(w, AttributeOperand)), None)
        kinds = {self.operands.kind(w) for w in written}
        if about is None and AttributeType.ENUMERATION in kinds:
            raise self.operands.refuse(
                expr, "text is compared with text, and no attribute", "compare an attribute"
            )
        if operator not in _EQUALITIES and kinds not in _ORDERED:
            raise self.operands.refuse(
                expr,
                f"{operator.value} needs whole numbers or dates; "
                "enumerations and booleans have no order",
                "use ==, != or in",
            )
        left, right = (
            self.operands.coded(arg, w, about, inside=operator in _EQUALITIES)
            for arg, w in zip(args, written, strict=True)
        )
        self._refuse_foreign(expr, (left, right))
        if isinstance(left, AttributeOperand) and isinstance(right, AttributeOperand):
            self.operands.refuse_unlike(expr, left.name, right.name)
        return Comparison(left, operator, right)

    def membership(self, expr: CelExpr) -> Membership:
        """Return ``expr``, an ``in``, as a membership."""
        needle, listing = expr.call_expr.args
        if is_size(needle):
            raise self.operands.refuse(
                needle, "a count stands left of in", "compare it with >= and <="
            )
        operand = self.written(needle)
        read = [part for part in _parts((operand,)) if isinstance(part, AttributeOperand)]
        if not read:
            raise self.operands.refuse(needle, "what stands left of in is no attribute", "name one")
        if listing.WhichOneof("expr_kind") != "list_expr":
            raise self.operands.refuse(
                listing, "what stands right of in is no list", "write [1, 2]"
            )
        elements = listing.list_expr.elements
        if not elements:
            raise self.operands.refuse(
                listing, "nothing is in an empty list", "list the values", EmptyConjunction
            )
        about = operand.name if isinstance(operand, AttributeOperand) else None
        needle_operand = self.operands.coded(needle, operand, None)
        members = tuple(self._element(element, operand, about) for element in elements)
        self._refuse_foreign(expr, (needle_operand,))
        return Membership(needle_operand, members)

    def _element(self, element: CelExpr, needle: Written, about: AttributeName | None) -> Operand:
        written = self.written(element)
        if isinstance(written, AttributeOperand):
            raise self.operands.refuse(
                element,
                "an attribute stands in a list of constants and parameters",
                "compare the two attributes with ==",
                UnsupportedPredicate,
            )
        kind = self.operands.kind(needle)
        if self.operands.kind(written) is not kind:
            raise self.operands.refuse(
                element,
                f"this is no value of {about or 'what stands left of in'}",
                f"its type is {kind.value}",
            )
        coded = self.operands.coded(element, written, about, inside=True)
        if not isinstance(coded, ConstantOperand | ParameterOperand):
            raise self.operands.refuse(
                element,
                "something calculated stands in a list of constants and parameters",
                "compare with == instead",
                UnsupportedPredicate,
            )
        return coded

    def _refuse_foreign(self, expr: CelExpr, operands: Iterable[Operand]) -> None:
        """Refuse what reads two roles, or calculates without reading anybody."""
        parts = list(_parts(operands))
        roles = self._roles(parts)
        if len(roles) > 1:
            raise self.operands.refuse(
                expr,
                f"this compares what {roles[0]} holds with what {roles[1]} holds",
                "compare each of them with a constant or a parameter",
                UnsupportedPredicate,
            )
        simple = all(isinstance(part, ConstantOperand | ParameterOperand) for part in parts)
        if not roles and not simple:
            raise self.operands.refuse(
                expr, "this calculates, but reads no attribute", "compare an attribute"
            )

    def _roles(self, parts: Iterable[Operand]) -> list[Role]:
        attributes = self.operands.vocabulary.attributes
        names = [part.name for part in parts if isinstance(part, AttributeOperand)]
        return list(dict.fromkeys(attributes[name].role for name in names))


def _parts(operands: Iterable[Written | Operand]) -> Iterable[Operand]:
    for operand in operands:
        if isinstance(operand, Operand):
            yield from suboperands_of(operand)
