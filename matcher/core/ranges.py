"""How small and how large a computed amount can get.

Rules:
 * Bounds are of values inside the domains; they may be wider than what really occurs.
 * No amount, nor any part of one, may leave the integers that every reader of JSON and every
   vectorised evaluation holds exactly: ±2^53.
 * An index that can leave its table is refused, even where no resident has such a value today.
"""

from __future__ import annotations

from collections.abc import Mapping

from matcher.core.catalogue import Attribute
from matcher.core.elapsed import elapsed_between
from matcher.core.errors import InvalidPredicate
from matcher.core.identifiers import AttributeName
from matcher.core.predicate import (
    Arithmetic,
    AttributeOperand,
    Comparison,
    Computed,
    ConstantOperand,
    Elapsed,
    Extreme,
    Extremum,
    Lookup,
    Membership,
    Operand,
    ParameterOperand,
    Predicate,
    leaves_of,
)
from matcher.core.render import render_operand

LARGEST_AMOUNT = 2**53


def range_of(operand: Operand, attributes: Mapping[AttributeName, Attribute]) -> tuple[int, int]:
    """Return inclusive bounds of the values of ``operand``.

    Args:
        operand: parameters, tables and the reference date substituted.
        attributes: at least those it reads.

    Raises:
        InvalidPredicate: an amount can exceed ±2^53, an index can leave its table, or something
            was not substituted.
    """
    low, high = _range(operand, attributes)
    if not -LARGEST_AMOUNT <= low <= high <= LARGEST_AMOUNT:
        raise InvalidPredicate(
            f"{render_operand(operand, attributes)} can be anything from {low} to {high}, which is "
            "more than can be computed exactly",
            fix=f"keep amounts within ±{LARGEST_AMOUNT}, for example with math.least",
        )
    return low, high


def refuse_out_of_range(
    predicate: Predicate, attributes: Mapping[AttributeName, Attribute]
) -> None:
    """Refuse ``predicate`` if something in it can leave its range.

    Raises:
        InvalidPredicate: as ``range_of``.
    """
    for leaf in leaves_of(predicate):
        match leaf:
            case Comparison(left, _, right):
                range_of(left, attributes)
                range_of(right, attributes)
            case Membership(operand, members):
                range_of(operand, attributes)
                for member in members:
                    range_of(member, attributes)


def entries(lookup: Lookup, attributes: Mapping[AttributeName, Attribute]) -> tuple[int, ...]:
    """Return the entries of the table that ``lookup`` can reach, in ascending order of index.

    Raises:
        InvalidPredicate: the index can leave the table.
    """
    if not lookup.values:
        raise InvalidPredicate(f"the parameter {lookup.table} has not been given its value")
    low, high = range_of(lookup.index, attributes)
    first, last = lookup.first, lookup.first + len(lookup.values) - 1
    if first <= low and high <= last:
        return lookup.values[low - first : high - first + 1]
    text = render_operand(lookup.index, attributes)
    if high > last:
        text = f"math.least({text}, {last})"
    if low < first:
        text = f"math.greatest({text}, {first})"
    raise InvalidPredicate(
        f"the index of {render_operand(lookup, attributes)} can be anything from {low} to {high}, "
        f"but the table {lookup.table} has entries {first} to {last}",
        fix=f"add the missing entries, or write params.{lookup.table}[{text}]",
    )


def _range(operand: Operand, attributes: Mapping[AttributeName, Attribute]) -> tuple[int, int]:
    match operand:
        case AttributeOperand(name):
            return attributes[name].low, attributes[name].high
        case ConstantOperand(code):
            return code, code
        case ParameterOperand(name):
            raise InvalidPredicate(f"the parameter {name} has not been given its value")
        case Computed(operator, left, right):
            return combined(operator, range_of(left, attributes), range_of(right, attributes))
        case Extremum(extreme, operands):
            lows, highs = zip(*(range_of(part, attributes) for part in operands), strict=True)
            choose = min if extreme is Extreme.LEAST else max
            return choose(lows), choose(highs)
        case Lookup():
            reachable = entries(operand, attributes)
            return min(reachable), max(reachable)
        case Elapsed(unit, since, until):
            if until is None:
                raise InvalidPredicate(f"{unit.value} has not been given the reference date")
            low, high = range_of(since, attributes)
            return elapsed_between(unit, high, until), elapsed_between(unit, low, until)


def combined(
    operator: Arithmetic, left: tuple[int, int], right: tuple[int, int]
) -> tuple[int, int]:
    """Return bounds of ``left operator right`` from bounds of both."""
    match operator:
        case Arithmetic.PLUS:
            return left[0] + right[0], left[1] + right[1]
        case Arithmetic.MINUS:
            return left[0] - right[1], left[1] - right[0]
        case Arithmetic.TIMES:
            products = [one * other for one in left for other in right]
            return min(products), max(products)
