"""What a verdict still tells somebody who knows what one agency holds.

Rules:
 * Two cases stand for all: everything that the agency answers holds, or nothing does.
 * How many members a household has is known to whoever asks.
"""

from __future__ import annotations

from collections.abc import Mapping

from matcher.core.catalogue import Attribute
from matcher.core.identifiers import AttributeName, Role
from matcher.core.normal import conjunction, disjunction, threshold
from matcher.core.predicate import (
    All,
    AllBut,
    Any,
    AtLeast,
    Constant,
    Predicate,
    Some,
    attributes_of,
)


def residue(
    predicate: Predicate,
    attributes: Mapping[AttributeName, Attribute],
    role: Role,
    *,
    value: bool,
) -> Predicate:
    """Return what remains of a predicate when everything that ``role`` answers in it is ``value``.

    Args:
        predicate: in negation normal form.
        attributes: at least those it reads.
        role: whose part is known.
        value: whether that part holds.
    """
    holders = {attributes[name].role for name in attributes_of(predicate)}
    if holders == {role}:
        return Constant(value)
    rest = predicate
    match predicate:
        case All(children):
            rest = conjunction(residue(c, attributes, role, value=value) for c in children)
        case Any(children):
            rest = disjunction(residue(c, attributes, role, value=value) for c in children)
        case AtLeast(count, children):
            rest = threshold(count, [residue(c, attributes, role, value=value) for c in children])
        case Some(least, body):
            inner = residue(body, attributes, role, value=value)
            rest = inner if isinstance(inner, Constant) else Some(least, inner)
        case AllBut(most, body):
            inner = residue(body, attributes, role, value=value)
            rest = inner if isinstance(inner, Constant) else AllBut(most, inner)
    return rest
