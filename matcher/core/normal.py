"""Negation normal form: what the planner and the solver work on.

Rules:
 * Negation is pushed to the leaves and vanishes there, except in front of ``in``.
 * Constants are folded, nested conjunctions and disjunctions are flattened, repeated children
   appear once. All of it is exact in Kleene logic.
 * A comparison has its attribute on the left.
"""

from __future__ import annotations

from collections.abc import Iterable

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

_NEGATED = {
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


def normal_form(predicate: Predicate) -> Predicate:
    """Return the negation normal form of ``predicate``, constants folded."""
    return _normal(predicate, negate=False)


def negated(predicate: Predicate) -> Predicate:
    """Return the negation normal form of ``!predicate``."""
    return _normal(predicate, negate=True)


def conjunction(children: Iterable[Predicate]) -> Predicate:
    """Return the flattened conjunction; a single child stands for itself."""
    return _joined(children, absorbing=False)


def disjunction(children: Iterable[Predicate]) -> Predicate:
    """Return the flattened disjunction; a single child stands for itself."""
    return _joined(children, absorbing=True)


def _normal(predicate: Predicate, *, negate: bool) -> Predicate:
    match predicate:
        case Constant(value):
            return Constant(value != negate)
        case Not(child):
            return _normal(child, negate=not negate)
        case All(children):
            parts = [_normal(child, negate=negate) for child in children]
            return _joined(parts, absorbing=negate)
        case Any(children):
            parts = [_normal(child, negate=negate) for child in children]
            return _joined(parts, absorbing=not negate)
        case Membership():
            return Not(predicate) if negate else predicate
        case Comparison():
            return _comparison(predicate, negate=negate)


def _comparison(comparison: Comparison, *, negate: bool) -> Predicate:
    left, operator, right = comparison.left, comparison.operator, comparison.right
    if negate:
        operator = _NEGATED[operator]
    if isinstance(left, ConstantOperand) and isinstance(right, ConstantOperand):
        return Constant(operator.holds(left.code, right.code))
    if not isinstance(left, AttributeOperand):
        left, operator, right = right, _MIRRORED[operator], left
    return Comparison(left, operator, right)


def _joined(children: Iterable[Predicate], *, absorbing: bool) -> Predicate:
    """Join ``children``; a constant equal to ``absorbing`` decides alone, the other vanishes."""
    kind: type[All | Any] = Any if absorbing else All
    flat: dict[Predicate, None] = {}
    for child in children:
        if isinstance(child, Constant):
            if child.value == absorbing:
                return Constant(absorbing)
            continue
        for part in child.children if isinstance(child, kind) else (child,):
            flat.setdefault(part)
    match tuple(flat):
        case ():
            return Constant(not absorbing)
        case (only,):
            return only
        case several:
            return kind(several)
