"""The limits of a predicate in the domain of one attribute.

Rules:
 * A limit is where a comparison of one attribute alone may change, however the amount is computed.
 * Limits are calculated from the comparison; only where that fails is every value tried.
 * Comparisons that read other attributes as well do not count: their limits move.
"""

from __future__ import annotations

import numpy as np

from matcher.core.amount_network import NetworkBuilder
from matcher.core.catalogue import Attribute
from matcher.core.constraints import Within
from matcher.core.errors import UnsupportedPredicate
from matcher.core.literals import answer
from matcher.core.predicate import (
    AttributeOperand,
    ConstantOperand,
    Membership,
    Predicate,
    attributes_of,
    leaves_of,
)
from matcher.core.ranges import refuse_out_of_range
from matcher.core.readings import Reader, Reading
from matcher.core.render import render
from matcher.core.table import Values

# Larger domains are not tried value by value.
_MOST_TRIED = 2**20


def cuts(predicate: Predicate, attribute: Attribute) -> frozenset[int]:
    """Return codes c where some comparison of ``attribute`` may differ between c - 1 and c.

    All of them, unless an amount is computed so that it hides its limits in a large domain.

    Raises:
        InvalidPredicate: an amount can leave its range.
    """
    found = (_cuts(leaf, attribute) for leaf in leaves_of(predicate))
    return frozenset(cut for each in found if each is not None for cut in each)


def all_cuts(predicate: Predicate, attribute: Attribute) -> frozenset[int]:
    """Return every code c where some comparison of it may differ between c - 1 and c.

    Raises:
        UnsupportedPredicate: an amount hides its limits, and the domain is too large to try every
            value; names the comparison.
        InvalidPredicate: an amount can leave its range.
    """
    for leaf in leaves_of(predicate):
        if _cuts(leaf, attribute) is None:
            raise UnsupportedPredicate(
                f"{render(leaf, {attribute.name: attribute})} changes at unknown values of "
                f"{attribute.name}, which has more than {_MOST_TRIED}",
                fix="compare the attribute itself with a constant or a parameter",
            )
    return cuts(predicate, attribute)


def _cuts(leaf: Predicate, attribute: Attribute) -> frozenset[int] | None:
    """Return where ``leaf`` may change; None if that cannot be said."""
    if set(attributes_of(leaf)) != {attribute.name}:
        return frozenset()
    if isinstance(leaf, Membership) and isinstance(leaf.operand, AttributeOperand):
        codes = [member.code for member in leaf.members if isinstance(member, ConstantOperand)]
        # Two neighbours in the list are told apart as well.
        return frozenset(edge for code in codes for edge in (code, code + 1))
    attributes = {attribute.name: attribute}
    refuse_out_of_range(leaf, attributes)
    builder = NetworkBuilder(attributes)
    match Reader(attributes, builder).formula(leaf, Reading.PRESENT):
        case bool():
            return frozenset()
        case Within(node, allowed) if node == builder.known(attribute.name):
            inside = range(attribute.low + 1, attribute.high + 1)
            return frozenset(edge for edge in allowed.edges() if edge in inside)
        case _:
            return _tried(leaf, attribute)


def _tried(leaf: Predicate, attribute: Attribute) -> frozenset[int] | None:
    if attribute.high - attribute.low >= _MOST_TRIED:
        return None
    codes = np.arange(attribute.low, attribute.high + 1, dtype=np.int32)
    table = {attribute.name: Values(codes, np.ones(codes.shape, dtype=np.bool_))}
    answers = answer(leaf, {attribute.name: attribute}, table)
    return frozenset(codes[1:][answers[1:] != answers[:-1]].tolist())
