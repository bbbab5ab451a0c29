"""What is computed in a CEL tree: sums, extremes, entries of tables, ages and durations.

Rules:
 * Whole numbers only; division, remainders and decimals are refused by name, since every agency
   would round them in its own way.
 * What is computed from constants alone is a constant.
 * Ages and durations count from a date attribute to the reference date; a date is written
   ``date("2026-04-01")``.
 * A table is used through ``params.table[index]``.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from eligibility.v1.cel_ast_pb2 import CelExpr

from matcher.core.catalogue import AttributeType, code_of_date
from matcher.core.errors import InvalidPredicate, UnsupportedPredicate
from matcher.core.predicate import (
    Arithmetic,
    AttributeOperand,
    Computed,
    ConstantOperand,
    Elapsed,
    Extreme,
    Extremum,
    Lookup,
    Operand,
    ParameterOperand,
    TimeUnit,
)
from matcher.language.explanations import DIVISION, DIVISION_FIX
from matcher.language.operands import Constant, Operands, Written
from matcher.language.parameters import PARAMETERS
from matcher.language.vocabulary import DATE, MEMBERS
from matcher.language.written_values import written_day

_ARITHMETIC = {f"_{operation.value}_": operation for operation in Arithmetic}
_CALCULATE: Mapping[Arithmetic, Callable[[int, int], int]] = {
    Arithmetic.PLUS: operator.add,
    Arithmetic.MINUS: operator.sub,
    Arithmetic.TIMES: operator.mul,
}
_NEGATIVE = "-_"
_EXTREMES = {"math.@min": Extreme.LEAST, "math.@max": Extreme.GREATEST}
_INDEX = "_[_]"
_UNITS = {unit.value: unit for unit in TimeUnit}
FUNCTIONS = frozenset({*_ARITHMETIC, _NEGATIVE, *_EXTREMES, _INDEX, *_UNITS, DATE})

_OFFERED = "use comparisons, in, &&, || and !"
_REFUSED = {
    "_?_:_": ("a choice with ? and :", "write both cases with && and ||"),
    **{name: (f"division with {name.strip('_')}", DIVISION_FIX) for name in DIVISION},
    "size": (
        "counting with size()",
        f"count members as in {MEMBERS}.filter(m, …).size() >= 2, with a number on the other side",
    ),
    "timestamp": ("the function timestamp()", 'write date("2026-04-01")'),
    "duration": ("the function duration()", "count with days_since, months_since or years_since"),
    **dict.fromkeys(
        ("double", "int", "uint", "string"),
        ("a conversion", "compare values of the same type"),
    ),
}
_QUANTIFIERS = "use members.all, members.exists, members.exists_one or members.filter(…).size()"


@dataclass(frozen=True, slots=True)
class Amounts:
    """Reads operands of one condition, computed ones too.

    Attributes:
        operands: reads names and constants.
        computed: every computed operand met so far and where it stands in the text.
    """

    operands: Operands
    computed: dict[Operand, int] = field(default_factory=dict)

    def within(self, member: str) -> Amounts:
        """Return a reader of a quantifier's body."""
        return Amounts(self.operands.within(member), self.computed)

    def written(self, expr: CelExpr) -> Written:
        """Return the operand ``expr``.

        Raises:
            InvalidPredicate: it is none.
        """
        match expr.WhichOneof("expr_kind"):
            case "ident_expr" | "select_expr":
                return self.operands.name(expr)
            case "const_expr":
                return self.operands.constant(expr)
            case "call_expr" if expr.call_expr.function in FUNCTIONS:
                written = self._call(expr, expr.call_expr.function, expr.call_expr.args)
                if not isinstance(written, Constant | AttributeOperand | ParameterOperand):
                    self.computed.setdefault(written, self.operands.offset(expr))
                return written
            case _:
                raise self.unsupported(expr)

    def unsupported(self, expr: CelExpr) -> InvalidPredicate:
        """Return the error about an operation that is not offered."""
        what, fix = "this operation", _OFFERED
        match expr.WhichOneof("expr_kind"):
            case "call_expr":
                function = expr.call_expr.function.replace("@", "")
                what, fix = _REFUSED.get(function, (f"the function {function}()", fix))
            case "list_expr":
                what, fix = "a list", "write attribute in [1, 2]"
            case "comprehension_expr":
                what, fix = "a quantifier among values", _QUANTIFIERS
            case "struct_expr":
                what = "a map"
        return self.operands.refuse(expr, f"{what} is not offered", fix, UnsupportedPredicate)

    def _call(self, expr: CelExpr, function: str, args: Sequence[CelExpr]) -> Written:
        if function in _ARITHMETIC:
            left, right = (self._amount(arg) for arg in args)
            return self._computed(expr, _ARITHMETIC[function], left, right)
        if function == _NEGATIVE:
            amount = self._amount(args[0])
            return self._computed(expr, Arithmetic.MINUS, ConstantOperand(0), amount)
        if function in _EXTREMES:
            return self._extremum(expr, _EXTREMES[function], args)
        if function == _INDEX:
            return self._lookup(expr, *args)
        if function == DATE:
            return self._date(args[0])
        return self._elapsed(_UNITS[function], args[0])

    def _amount(self, expr: CelExpr) -> Operand:
        """Return ``expr``, which must be a whole number, as an operand."""
        written = self.written(expr)
        if self.operands.kind(written) is AttributeType.DATE:
            raise self.operands.refuse(
                expr,
                "dates are not calculated with",
                "count with days_since, months_since, years_since or age, or compare two dates",
                UnsupportedPredicate,
            )
        if self.operands.kind(written) is not AttributeType.INTEGER:
            raise self.operands.refuse(
                expr, "only whole numbers are calculated with", "name an amount"
            )
        return self.operands.coded(expr, written, None)

    def _computed(
        self, expr: CelExpr, operation: Arithmetic, left: Operand, right: Operand
    ) -> Written:
        if isinstance(left, ConstantOperand) and isinstance(right, ConstantOperand):
            return self.operands.number(expr, _CALCULATE[operation](left.code, right.code))
        return Computed(operation, left, right)

    def _extremum(self, expr: CelExpr, extreme: Extreme, args: Sequence[CelExpr]) -> Written:
        # Three and more arguments, and a list as the only one, arrive as a list.
        if len(args) == 1 and args[0].WhichOneof("expr_kind") == "list_expr":
            args = args[0].list_expr.elements
        amounts = tuple(self._amount(arg) for arg in args)
        codes = [amount.code for amount in amounts if isinstance(amount, ConstantOperand)]
        if len(amounts) < 2:
            raise self.operands.refuse(
                expr, f"math.{extreme.value} needs two amounts or more", "add what to choose from"
            )
        if len(codes) == len(amounts):
            return self.operands.number(
                expr, min(codes) if extreme is Extreme.LEAST else max(codes)
            )
        return Extremum(extreme, amounts)

    def _lookup(self, expr: CelExpr, table: CelExpr, index: CelExpr) -> Written:
        name = table.ident_expr.name.removeprefix(".").removeprefix(f"{PARAMETERS}.")
        named = self.operands.vocabulary.parameters.get(name)
        if table.WhichOneof("expr_kind") != "ident_expr" or named is None or not named.table:
            raise self.operands.refuse(
                expr,
                "an index is not offered here",
                "name an attribute, or an entry of a table of parameters: params.limit[2]",
                UnsupportedPredicate,
            )
        return Lookup(name, self._amount(index))

    def _elapsed(self, unit: TimeUnit, since: CelExpr) -> Written:
        attribute = self.written(since)
        if not isinstance(attribute, AttributeOperand):
            raise self.operands.refuse(
                since, f"{unit.value}() counts from an attribute", "name a date attribute"
            )
        return Elapsed(unit, attribute)

    def _date(self, text: CelExpr) -> Constant:
        written = text.const_expr.string_value
        if not written:
            raise self.operands.refuse(
                text, "date() takes a date as it is written", 'write date("2026-04-01")'
            )
        day = written_day(written)
        if day is None:
            raise self.operands.refuse(
                text, f"{written[:40]!r} is not a date", 'write date("2026-04-01")'
            )
        return Constant(AttributeType.DATE, code_of_date(day))
