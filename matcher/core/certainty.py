"""Whether missing records can leave a predicate undecided.

Decides this for whoever lays out columns: where nothing can be unknown, one column serves both
bounds.

Rules:
 * A comparison can be unknown if it reads an attribute whose world is open, unless the programme
   has settled what that means.
 * Nothing else is looked at: a tautology over open attributes counts as one that can be unknown.
"""

from __future__ import annotations

from collections.abc import Mapping

from matcher.core.catalogue import Attribute
from matcher.core.identifiers import AttributeName
from matcher.core.predicate import Predicate, Settled, attributes_of, children_of


def can_be_unknown(predicate: Predicate, attributes: Mapping[AttributeName, Attribute]) -> bool:
    """Return whether ``predicate`` is unknown for somebody.

    Args:
        predicate: absences settled.
        attributes: at least those it reads.
    """
    if isinstance(predicate, Settled):
        return False
    children = children_of(predicate)
    if children:
        return any(can_be_unknown(child, attributes) for child in children)
    return any(not attributes[name].closed_world for name in attributes_of(predicate))
