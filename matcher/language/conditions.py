"""Turning a checked CEL tree into a core predicate, one rule an operation.

This module decides which operations are offered; what is compared with what is for
``comparisons``, what is a quantifier for ``quantifiers``.

Rules:
 * Comparisons, ``in``, ``&&``, ``||``, ``!``, ``at_least`` and, for households, quantifiers;
   everything else is refused by its own name.
 * A quantifier asks something of its members; a count is compared with a number or a parameter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eligibility.v1.cel_ast_pb2 import CelExpr

from matcher.core.catalogue import Attribute, AttributeType
from matcher.core.errors import InvalidPredicate, UnsupportedPredicate
from matcher.core.identifiers import AttributeName
from matcher.core.predicate import (
    All,
    Any,
    AtLeast,
    Comparison,
    Constant,
    ConstantOperand,
    Not,
    Operand,
    Operator,
    ParameterOperand,
    Predicate,
    attributes_of,
)
from matcher.language.amounts import FUNCTIONS, Amounts
from matcher.language.cel import check
from matcher.language.comparisons import COMPARISONS, Comparisons
from matcher.language.operands import Operands
from matcher.language.parameters import ParameterType
from matcher.language.quantifiers import Macro, counted, is_size, of_macro, quantified, sized
from matcher.language.source import Source
from matcher.language.vocabulary import AT_LEAST, MEMBERS, Vocabulary

_MIRRORED = {
    Operator.LT: Operator.GT,
    Operator.LE: Operator.GE,
    Operator.GT: Operator.LT,
    Operator.GE: Operator.LE,
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled condition.

    Attributes:
        predicate: what it means, parameters not yet substituted.
        source: its text.
        computed: the operands it calculates, the inner before the outer, and where in the text
            each stands.
    """

    predicate: Predicate
    source: Source
    computed: Mapping[Operand, int]


def compile_condition(source: Source, vocabulary: Vocabulary) -> Condition:
    """Return what ``source`` means.

    Raises:
        InvalidPredicate: it does not parse, does not type-check or names something unknown.
        DegeneratePredicate: a count always or never compares as it says.
        EmptyConjunction: a list to be ``in`` is empty.
        UnsupportedPredicate: it uses what is not offered, or mixes roles in one comparison.
    """
    tree = check(source, vocabulary)
    amounts = Amounts(Operands.of(source, tree, vocabulary))
    predicate = _Conditions(amounts, vocabulary).condition(tree.expr)
    return Condition(predicate, source, amounts.computed)


def compile_predicate(
    source: Source,
    attributes: Mapping[AttributeName, Attribute],
    parameters: Mapping[str, ParameterType],
) -> Predicate:
    """Return the predicate about a person that ``source`` means; raises as the above."""
    return compile_condition(source, Vocabulary(attributes, parameters)).predicate


@dataclass(frozen=True, slots=True)
class _Conditions:
    """One predicate on its way from CEL to core."""

    amounts: Amounts
    vocabulary: Vocabulary

    @property
    def comparisons(self) -> Comparisons:
        return Comparisons(self.amounts)

    @property
    def operands(self) -> Operands:
        return self.amounts.operands

    def condition(self, expr: CelExpr) -> Predicate:
        """Return ``expr`` as a predicate."""
        match expr.WhichOneof("expr_kind"):
            case "const_expr" if expr.const_expr.WhichOneof("constant_kind") == "bool_value":
                return Constant(expr.const_expr.bool_value)
            case "ident_expr" | "select_expr":
                return self._boolean(expr)
            case "const_expr":
                raise self._value(expr)
            case "call_expr":
                return self._call(expr)
            case "comprehension_expr":
                return self._quantifier(expr)
            case _:
                raise self.amounts.unsupported(expr)

    def _value(self, expr: CelExpr) -> InvalidPredicate:
        return self.operands.refuse(
            expr, "this is a value, not a condition", "compare it with another value"
        )

    def _boolean(self, expr: CelExpr) -> Comparison:
        name = self.operands.name(expr)
        if self.operands.kind(name) is not AttributeType.BOOLEAN:
            raise self._value(expr)
        return Comparison(name, Operator.EQ, ConstantOperand(1))

    def _call(self, expr: CelExpr) -> Predicate:
        function, args = expr.call_expr.function, expr.call_expr.args
        match function:
            case "_&&_" | "_||_":
                children = tuple(self.condition(arg) for arg in args)
                return All(children) if function == "_&&_" else Any(children)
            case "!_":
                return Not(self.condition(args[0]))
            case "@in":
                return self.comparisons.membership(expr)
            case _ if function == AT_LEAST:
                return self._at_least(expr)
            case _ if function in COMPARISONS and any(is_size(arg) for arg in args):
                return self._count(expr, COMPARISONS[function])
            case _ if function in COMPARISONS:
                return self.comparisons.comparison(expr, COMPARISONS[function])
            case _ if function in FUNCTIONS or is_size(expr):
                self.amounts.written(expr)
                raise self._value(expr)
            case _:
                raise self.amounts.unsupported(expr)

    def _at_least(self, expr: CelExpr) -> Predicate:
        count, listing = expr.call_expr.args
        if count.const_expr.WhichOneof("constant_kind") != "int64_value":
            raise self.operands.refuse(
                count, "at_least counts up to a number", "write it in digits"
            )
        if listing.WhichOneof("expr_kind") != "list_expr":
            raise self.operands.refuse(
                listing, "at_least takes a list of conditions", "write [one, another]"
            )
        least, elements = count.const_expr.int64_value, listing.list_expr.elements
        if not 1 <= least <= len(elements):
            raise self.operands.refuse(
                expr,
                f"at least {least} of {len(elements)} decides nothing",
                "ask for one at least, and for no more than there are",
            )
        children = tuple(self.condition(element) for element in elements)
        if len(children) == 1:
            return children[0]
        if least == 1:
            return Any(children)
        return All(children) if least == len(children) else AtLeast(least, children)

    def _quantifier(self, expr: CelExpr) -> Predicate:
        found = quantified(expr, self.operands)
        if found.macro is Macro.FILTER:
            raise self.operands.refuse(
                expr,
                "filter() gives a list of members, not a condition",
                f"count it, as in {MEMBERS}.filter(m, …).size() >= 2, or use exists",
            )
        body = self._body(expr, found.member, found.body)
        return of_macro(found.macro, body, self.vocabulary.most_members)

    def _body(self, expr: CelExpr, member: str, body: CelExpr) -> Predicate:
        inner = _Conditions(self.amounts.within(member), self.vocabulary)
        predicate = inner.condition(body)
        if not any(attributes_of(predicate)):
            raise self.operands.refuse(
                expr, "nothing is asked of the members", f"name an attribute: {member}.role.name"
            )
        return predicate

    def _count(self, expr: CelExpr, operator: Operator) -> Predicate:
        left, right = expr.call_expr.args
        if not is_size(left):
            left, right, operator = right, left, _MIRRORED.get(operator, operator)
        found = quantified(sized(left), self.operands)
        if found.macro is not Macro.FILTER:
            raise self.operands.refuse(
                left, "only what filter() leaves is counted", f"write {MEMBERS}.filter(m, …).size()"
            )
        if is_size(right):
            raise self.operands.refuse(
                right,
                "two counts are compared",
                "compare each of them with a number",
                UnsupportedPredicate,
            )
        body = self._body(sized(left), found.member, found.body)
        limit = self.operands.coded(right, self.comparisons.written(right), None)
        most = self.vocabulary.most_members
        try:
            if isinstance(limit, ConstantOperand):
                return counted(body, operator, limit.code, most)
            if isinstance(limit, ParameterOperand):
                # Which one holds is known with the parameter, and the others fold away.
                numbers = self.vocabulary.parameters[limit.name].numbers
                cases = [
                    All(
                        (
                            Comparison(limit, Operator.EQ, ConstantOperand(number)),
                            counted(body, operator, number, most),
                        )
                    )
                    for number in numbers
                ]
                return Any(tuple(cases)) if len(cases) > 1 else cases[0]
        except InvalidPredicate as error:
            raise self.operands.refuse(expr, error.what, error.fix, type(error)) from error
        raise self.operands.refuse(
            right,
            "a count is compared with a number or a parameter",
            "write one",
            UnsupportedPredicate,
        )
