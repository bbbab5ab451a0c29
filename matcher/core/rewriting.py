"""Predicates of the same form with other parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias, cast

from matcher.core.predicate import (
    All,
    AllBut,
    Any,
    AtLeast,
    Comparison,
    Membership,
    Not,
    Predicate,
    Settled,
    Some,
    children_of,
)

Condition: TypeAlias = Comparison | Membership


def with_children(predicate: Predicate, children: Sequence[Predicate]) -> Predicate:
    """Return ``predicate`` with ``children`` in the place of its own, as many as it has."""
    result: Predicate = predicate
    match predicate:
        case Not():
            (child,) = children
            result = Not(child)
        case All() | Any():
            result = type(predicate)(tuple(children))
        case AtLeast(count):
            result = AtLeast(count, tuple(children))
        case Some(least):
            (body,) = children
            result = Some(least, body)
        case AllBut(most):
            (body,) = children
            result = AllBut(most, body)
        case Settled(_, holds):
            (leaf,) = children
            result = Settled(cast("Condition", leaf), holds)
    return result


def with_conditions(predicate: Predicate, change: Callable[[Condition], Condition]) -> Predicate:
    """Return ``predicate`` with every comparison and membership as ``change`` returns it."""
    if isinstance(predicate, Comparison | Membership):
        return change(predicate)
    return with_children(
        predicate, [with_conditions(child, change) for child in children_of(predicate)]
    )
