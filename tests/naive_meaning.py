"""What predicates mean, one subject at a time in plain Python: slow, obvious, and independent.

Nothing here is vectorised, normalised or searched; it is what the fast ways are compared with.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

from matcher.core.catalogue import Attribute
from matcher.core.identifiers import AttributeName
from matcher.core.predicate import (
    All,
    AllBut,
    Any,
    AtLeast,
    AttributeOperand,
    Comparison,
    Computed,
    Constant,
    ConstantOperand,
    Elapsed,
    Extreme,
    Extremum,
    Leaf,
    Lookup,
    Membership,
    Not,
    Operand,
    Predicate,
    Settled,
    Some,
    TimeUnit,
)

Person = Mapping[AttributeName, int | None]
Attributes = Mapping[AttributeName, Attribute]
EPOCH = date(1970, 1, 1)
_COMPUTE: dict[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}


def meaning(
    predicate: Predicate, who: Person | Sequence[Person], attributes: Attributes
) -> bool | None:
    """True, false, or None where it is unknown, of a person or of the members of a household."""
    match predicate:
        case Not(child):
            truth = meaning(child, who, attributes)
            return None if truth is None else not truth
        case All(children) | Any(children) | AtLeast(_, children):
            least = {All: len(children), Any: 1}.get(type(predicate)) or predicate.count
            return _counted([meaning(child, who, attributes) for child in children], least)
        case Some(_, body) | AllBut(_, body):
            least = predicate.least if isinstance(predicate, Some) else len(who) - predicate.most
            return _counted([meaning(body, member, attributes) for member in who], least)
        case Settled(child, holds):
            truth = meaning(child, who, attributes)
            return holds if truth is None else truth
        case _:
            return _decided(predicate, who, attributes)


def _decided(leaf: Leaf, person: Person, attributes: Attributes) -> bool | None:
    match leaf:
        case Constant(value):
            return value
        case Comparison(left, compare, right):
            parts = [worth(left, person, attributes), worth(right, person, attributes)]
            return None if None in parts else compare.holds(*parts)
        case Membership(operand, members):
            code = worth(operand, person, attributes)
            listed = [worth(member, person, attributes) for member in members]
            return None if code is None else code in listed


def worth(operand: Operand, person: Person, attributes: Attributes) -> int | None:
    """What an operand is worth for a person; None where it is unknown."""
    match operand:
        case AttributeOperand(name):
            return attributes[name].absent if person[name] is None else person[name]
        case ConstantOperand(code):
            return code
        case Computed(_, left, right):
            parts = [worth(left, person, attributes), worth(right, person, attributes)]
        case Extremum(_, operands):
            parts = [worth(part, person, attributes) for part in operands]
        case Lookup(_, index):
            parts = [worth(index, person, attributes)]
        case Elapsed(_, since):
            parts = [worth(since, person, attributes)]
    return None if None in parts else _computed(operand, parts)


def _computed(operand: Operand, parts: list[int]) -> int:
    match operand:
        case Computed(compute):
            return _COMPUTE[compute.value](*parts)
        case Extremum(extreme):
            return min(parts) if extreme is Extreme.LEAST else max(parts)
        case Lookup(_, _, first, values):
            return values[parts[0] - first]
        case Elapsed(unit, _, until):
            return completed(unit, parts[0], until)
    raise AssertionError(operand)


def completed(unit: TimeUnit, since: int, until: int) -> int:
    """Completed units, found by going from anniversary to anniversary."""
    start, end = EPOCH + timedelta(since), EPOCH + timedelta(until)
    count = 0
    while _complete(unit, start, count) > end:
        count -= 1
    while _complete(unit, start, count + 1) <= end:
        count += 1
    return count


def _complete(unit: TimeUnit, start: date, count: int) -> date:
    """The day on which ``count`` units are complete."""
    if unit is TimeUnit.DAYS:
        return start + timedelta(count)
    months = count if unit is TimeUnit.MONTHS else 12 * count
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = date(year, month + 1, 1)
    while day.day < start.day and (day + timedelta(1)).day != 1:
        day += timedelta(1)
    if day.day < start.day:
        day += timedelta(1)
    return day - timedelta(1) if unit is TimeUnit.AGE else day


def _counted(truths: list[bool | None], least: int) -> bool | None:
    if truths.count(True) >= least:
        return True
    return False if len(truths) - truths.count(False) < least else None
