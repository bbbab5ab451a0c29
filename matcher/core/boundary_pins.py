"""What puts a subject just below, at and just above the limit of one comparison.

Rules:
 * Every comparison and membership counts once, wherever it stands; its negation is the same.
 * Two amounts that both depend on the subject are compared by their difference; a limit on elapsed
   time is a day: the last one since when enough has passed.
 * Where an amount leaves out the very next value, another on the same side has to do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from matcher.core.catalogue import Attribute
from matcher.core.elapsed import latest_since
from matcher.core.folding import NEGATED
from matcher.core.identifiers import AttributeName
from matcher.core.integer_sets import IntegerSet
from matcher.core.predicate import (
    Arithmetic,
    Comparison,
    Computed,
    ConstantOperand,
    Elapsed,
    Membership,
    Not,
    Operand,
    Operator,
    Predicate,
    parts_of,
)
from matcher.core.rewriting import Condition

# An offset from the limit, and predicates that put a subject there, best first.
Pin: TypeAlias = tuple[int, tuple[Predicate, ...]]


def conditions_of(predicate: Predicate) -> Iterator[Condition]:
    """Yield every comparison and membership once, a negated one as its first occurrence."""
    seen: set[Condition] = set()
    for part in parts_of(predicate):
        if isinstance(part, Comparison | Membership) and part not in seen:
            seen |= {part, _opposite(part)}
            yield part


def _opposite(condition: Condition) -> Condition:
    if isinstance(condition, Membership):
        return condition
    return Comparison(condition.left, NEGATED[condition.operator], condition.right)


def pins_of(condition: Condition, attributes: Mapping[AttributeName, Attribute]) -> Iterator[Pin]:
    """Yield offsets, and what fixes the subject at that offset from the limit, best first."""
    match condition:
        case Membership(operand, members):
            yield from _neighbours(condition, operand, members)
        case Comparison(Elapsed() as span, operator, ConstantOperand(code)):
            yield from _days(span, IntegerSet.satisfying(operator, code), attributes)
        case Comparison(left, _, ConstantOperand(code)):
            yield from _around(left, code)
        case Comparison(left, _, right):
            yield from _around(Computed(Arithmetic.MINUS, left, right), 0)


def _around(operand: Operand, limit: int) -> Iterator[Pin]:
    below = Comparison(operand, Operator.LT, ConstantOperand(limit))
    above = Comparison(operand, Operator.GT, ConstantOperand(limit))
    yield -1, (_equal(operand, limit - 1), below)
    yield 0, (_equal(operand, limit),)
    yield 1, (_equal(operand, limit + 1), above)


def _neighbours(
    condition: Condition, operand: Operand, members: tuple[Operand, ...]
) -> Iterator[Pin]:
    codes = sorted({member.code for member in members if isinstance(member, ConstantOperand)})
    around = {code + offset: offset for code in codes for offset in (-1, 1)}
    for code, offset in sorted((around | dict.fromkeys(codes, 0)).items()):
        others = (Not(condition),) if code > codes[-1] else ()
        yield offset, (_equal(operand, code), *others)


def _days(
    span: Elapsed, allowed: IntegerSet, attributes: Mapping[AttributeName, Attribute]
) -> Iterator[Pin]:
    since = attributes[span.since.name]
    for least in sorted(allowed.edges()):
        day = latest_since(span.unit, least, span.until or 0, range(since.low, since.high + 1))
        # Where there is no such day, or it is the last, everybody is on one side of the limit.
        for offset in (-1, 0, 1) if since.low <= day < since.high else ():
            yield offset, (_equal(span.since, day + offset),)


def _equal(operand: Operand, code: int) -> Predicate:
    return Comparison(operand, Operator.EQ, ConstantOperand(code))
