"""Operands and comparisons with everything computed that can be without asking anybody.

Rules:
 * Only constants are folded; parameters keep their names until they are substituted.
 * What is read from an agency stands on the left of a comparison where it is on one side only.
"""

from __future__ import annotations

from matcher.core.errors import InvalidPredicate
from matcher.core.predicate import (
    Arithmetic,
    AttributeOperand,
    Comparison,
    Computed,
    Constant,
    ConstantOperand,
    Extreme,
    Extremum,
    Lookup,
    Membership,
    Operand,
    Operator,
    suboperands_of,
)

NEGATED = {
    Operator.EQ: Operator.NE,
    Operator.NE: Operator.EQ,
    Operator.LT: Operator.GE,
    Operator.GE: Operator.LT,
    Operator.GT: Operator.LE,
    Operator.LE: Operator.GT,
}
_MIRRORED = {
    Operator.EQ: Operator.EQ,
    Operator.NE: Operator.NE,
    Operator.LT: Operator.GT,
    Operator.GT: Operator.LT,
    Operator.LE: Operator.GE,
    Operator.GE: Operator.LE,
}


def folded_comparison(comparison: Comparison, *, negate: bool) -> Comparison | Constant:
    """Return ``comparison`` or, if ``negate``, its negation, constants folded.

    Raises:
        InvalidPredicate: a constant index lies outside its table.
    """
    left, right = folded(comparison.left), folded(comparison.right)
    operator = NEGATED[comparison.operator] if negate else comparison.operator
    if isinstance(left, ConstantOperand) and isinstance(right, ConstantOperand):
        return Constant(operator.holds(left.code, right.code))
    if _is_read(right) and not _is_read(left):
        left, operator, right = right, _MIRRORED[operator], left
    return Comparison(left, operator, right)


def folded_membership(membership: Membership) -> Membership | Constant:
    """Return ``membership`` with constants folded.

    Raises:
        InvalidPredicate: a constant index lies outside its table.
    """
    operand = folded(membership.operand)
    members = tuple(folded(member) for member in membership.members)
    listed = {member.code for member in members if isinstance(member, ConstantOperand)}
    if isinstance(operand, ConstantOperand):
        if operand.code in listed:
            return Constant(value=True)
        if all(isinstance(member, ConstantOperand) for member in members):
            return Constant(value=False)
    return Membership(operand, members)


def folded(operand: Operand) -> Operand:
    """Return ``operand`` with every part that is the same for everybody computed.

    Raises:
        InvalidPredicate: a constant index lies outside its table.
    """
    match operand:
        case Computed(operator, left, right):
            left, right = folded(left), folded(right)
            if isinstance(left, ConstantOperand) and isinstance(right, ConstantOperand):
                return ConstantOperand(_computed(operator, left.code, right.code))
            return Computed(operator, left, right)
        case Extremum(extreme, operands):
            return _extremum(extreme, tuple(dict.fromkeys(folded(part) for part in operands)))
        case Lookup():
            return _entry(
                Lookup(operand.table, folded(operand.index), operand.first, operand.values)
            )
        case _:
            return operand


def _extremum(extreme: Extreme, parts: tuple[Operand, ...]) -> Operand:
    codes = [part.code for part in parts if isinstance(part, ConstantOperand)]
    if len(codes) == len(parts):
        return ConstantOperand(min(codes) if extreme is Extreme.LEAST else max(codes))
    return parts[0] if len(parts) == 1 else Extremum(extreme, parts)


def _entry(lookup: Lookup) -> Operand:
    first, values = lookup.first, lookup.values
    if not values or not isinstance(lookup.index, ConstantOperand):
        return lookup
    if not first <= lookup.index.code < first + len(values):
        raise InvalidPredicate(
            f"the table {lookup.table} has no entry {lookup.index.code}",
            fix=f"its entries are {first} to {first + len(values) - 1}",
        )
    return ConstantOperand(values[lookup.index.code - first])


def _computed(operator: Arithmetic, left: int, right: int) -> int:
    match operator:
        case Arithmetic.PLUS:
            return left + right
        case Arithmetic.MINUS:
            return left - right
        case Arithmetic.TIMES:
            return left * right


def _is_read(operand: Operand) -> bool:
    return any(isinstance(part, AttributeOperand) for part in suboperands_of(operand))
