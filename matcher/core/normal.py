"""Negation normal form: what the planner and the solver work on.

Rules:
 * Negation is pushed to the leaves and vanishes there, except in front of ``in``.
 * Constants are folded, nested conjunctions and disjunctions are flattened, repeated children
   appear once. All of it is exact in Kleene logic.
 * A comparison has on the left what an agency answers.
 * "All members" is spread over a conjunction, "some member" over a disjunction, where that takes
   apart what several agencies answer; one agency's parts stay together.
"""

from __future__ import annotations

from collections.abc import Iterable

from matcher.core.folding import folded_comparison, folded_membership
from matcher.core.predicate import (
    All,
    AllBut,
    Any,
    AtLeast,
    Comparison,
    Constant,
    Leaf,
    Membership,
    Not,
    Predicate,
    Quantifier,
    Settled,
    Some,
    attributes_of,
)


def normal_form(predicate: Predicate) -> Predicate:
    """Return the negation normal form of ``predicate``, constants folded.

    Raises:
        InvalidPredicate: a constant index lies outside its table.
    """
    return _normal(predicate, negate=False)


def negated(predicate: Predicate) -> Predicate:
    """Return the negation normal form of ``!predicate``.

    Raises:
        InvalidPredicate: a constant index lies outside its table.
    """
    return _normal(predicate, negate=True)


def conjunction(children: Iterable[Predicate]) -> Predicate:
    """Return the flattened conjunction; a single child stands for itself."""
    return _joined(children, absorbing=False)


def disjunction(children: Iterable[Predicate]) -> Predicate:
    """Return the flattened disjunction; a single child stands for itself."""
    return _joined(children, absorbing=True)


def threshold(count: int, children: Iterable[Predicate]) -> Predicate:
    """Return "at least ``count`` of ``children`` hold", in the simplest form that says so.

    A child that is listed twice counts twice.
    """
    open_children: list[Predicate] = []
    for child in children:
        if isinstance(child, Constant):
            count -= child.value
        else:
            open_children.append(child)
    if count <= 0:
        return Constant(value=True)
    if count > len(open_children):
        return Constant(value=False)
    if count == 1:
        return disjunction(open_children)
    if count == len(open_children):
        return conjunction(open_children)
    return AtLeast(count, tuple(open_children))


def _normal(predicate: Predicate, *, negate: bool) -> Predicate:
    match predicate:
        case Not(child):
            return _normal(child, negate=not negate)
        case All(children):
            return _joined([_normal(c, negate=negate) for c in children], absorbing=negate)
        case Any(children):
            return _joined([_normal(c, negate=negate) for c in children], absorbing=not negate)
        case AtLeast(count, children):
            # Not k of n hold: n - k + 1 do not.
            least = len(children) - count + 1 if negate else count
            return threshold(least, [_normal(c, negate=negate) for c in children])
        case Some() | AllBut():
            return _quantified(predicate, negate=negate)
        case _:
            return _leaf(predicate, negate=negate)


def _leaf(leaf: Leaf | Settled, *, negate: bool) -> Predicate:
    match leaf:
        case Constant(value):
            return Constant(value != negate)
        case Comparison():
            return folded_comparison(leaf, negate=negate)
        case Membership():
            listed = folded_membership(leaf)
            if isinstance(listed, Constant):
                return Constant(listed.value != negate)
            return Not(listed) if negate else listed
        case Settled(child, holds):
            return _settled(_leaf(child, negate=negate), holds=holds, negate=negate)


def _settled(leaf: Predicate, *, holds: bool, negate: bool) -> Predicate:
    match leaf:
        case Not(Membership() as listed):
            return Not(Settled(listed, holds))
        case Comparison() | Membership():
            # What a negated comparison settles to is negated along with it.
            return Settled(leaf, holds != negate)
        case _:
            return leaf


def _quantified(predicate: Quantifier, *, negate: bool) -> Predicate:
    body = _normal(predicate.body, negate=negate)
    match predicate:
        case Some(least):
            # Not k members do: at most k - 1 do not do the opposite.
            return _all_but(least - 1, body) if negate else _some(least, body)
        case AllBut(most):
            return _some(most + 1, body) if negate else _all_but(most, body)


def _some(least: int, body: Predicate) -> Predicate:
    if body == Constant(value=False):
        return body
    parts = body.children if least == 1 and isinstance(body, Any) else ()
    spread = [Some(1, disjunction(group)) for group in _by_roles(parts)]
    return disjunction(spread) if len(spread) > 1 else Some(least, body)


def _all_but(most: int, body: Predicate) -> Predicate:
    if body == Constant(value=True):
        return body
    parts = body.children if most == 0 and isinstance(body, All) else ()
    spread = [AllBut(0, conjunction(group)) for group in _by_roles(parts)]
    return conjunction(spread) if len(spread) > 1 else AllBut(most, body)


def _by_roles(parts: tuple[Predicate, ...]) -> Iterable[list[Predicate]]:
    """Return ``parts`` in groups that the same roles answer, in order of first appearance."""
    groups: dict[frozenset[str], list[Predicate]] = {}
    for part in parts:
        roles = frozenset(name.partition(".")[0] for name in attributes_of(part))
        groups.setdefault(roles, []).append(part)
    return groups.values()


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
