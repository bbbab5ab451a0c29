"""The limits of a predicate in the domain of one attribute, and values that stand for all.

Rules:
 * A limit is where a comparison of one attribute alone may change, however the amount is computed.
 * Attributes that are compared with each other get as many values between two limits as there are
   of them. Where an amount is computed from several attributes, the values returned are examples:
   only the search knows them all.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from matcher.core.catalogue import Attribute
from matcher.core.errors import UnsupportedPredicate
from matcher.core.identifiers import AttributeName
from matcher.core.integer_sets import IntegerSet
from matcher.core.literals import answer
from matcher.core.order_groups import firsts_of_cells
from matcher.core.predicate import (
    AttributeOperand,
    Comparison,
    ConstantOperand,
    Membership,
    Predicate,
    attributes_of,
    leaves_of,
)
from matcher.core.render import render
from matcher.core.table import Values

# Larger domains are not tried value by value.
_MOST_TRIED = 2**20


def candidates(
    predicate: Predicate, attributes: Mapping[AttributeName, Attribute]
) -> Mapping[AttributeName, tuple[int, ...]]:
    """Return, for every attribute ``predicate`` reads, codes that stand for its whole domain.

    ``predicate`` is in negation normal form.

    Raises:
        UnsupportedPredicate: as ``cuts``.
    """
    names = list(dict.fromkeys(attributes_of(predicate)))
    groups = _groups(predicate, names)
    result: dict[AttributeName, tuple[int, ...]] = {}
    for name in names:
        group = groups[name]
        starts = {start for member in group for start in cuts(predicate, attributes[member])}
        for member in group:
            starts |= {attributes[member].low, attributes[member].high + 1}
        attribute = attributes[name]
        result[name] = firsts_of_cells(starts, len(group), attribute.low, attribute.high)
    return result


def cuts(predicate: Predicate, attribute: Attribute) -> frozenset[int]:
    """Return every code c where some comparison of it may differ between c - 1 and c.

    Comparisons that read other attributes as well do not count.

    Raises:
        UnsupportedPredicate: what is computed from the attribute is not known where, because its
            domain is too large to try every value.
    """
    return frozenset(start for leaf in leaves_of(predicate) for start in _cuts(leaf, attribute))


def _cuts(leaf: Predicate, attribute: Attribute) -> frozenset[int]:
    match leaf:
        case Comparison(AttributeOperand(name), operator, ConstantOperand(code)):
            edges = IntegerSet.satisfying(operator, code).edges()
            return edges if name == attribute.name else frozenset()
        case Membership(AttributeOperand(name), members):
            codes = [member.code for member in members if isinstance(member, ConstantOperand)]
            # Two neighbours in the list are told apart as well.
            edges = frozenset(edge for code in codes for edge in (code, code + 1))
            return edges if name == attribute.name else frozenset()
        case _ if set(attributes_of(leaf)) == {attribute.name}:
            return _tried(leaf, attribute)
        case _:
            return frozenset()


def _tried(leaf: Predicate, attribute: Attribute) -> frozenset[int]:
    if attribute.high - attribute.low >= _MOST_TRIED:
        raise UnsupportedPredicate(
            f"{render(leaf, {attribute.name: attribute})} changes at unknown values of "
            f"{attribute.name}, which has more than {_MOST_TRIED}",
            fix="compare the attribute itself with a constant or a parameter",
        )
    codes = np.arange(attribute.low, attribute.high + 1, dtype=np.int32)
    table = {attribute.name: Values(codes, np.ones(codes.shape, dtype=np.bool_))}
    answers = answer(leaf, {attribute.name: attribute}, table)
    return frozenset(codes[1:][answers[1:] != answers[:-1]].tolist())


def _groups(
    predicate: Predicate, names: list[AttributeName]
) -> dict[AttributeName, frozenset[AttributeName]]:
    """Return, for every attribute, those it is compared with, directly or through others."""
    groups = {name: frozenset({name}) for name in names}
    for leaf in leaves_of(predicate):
        together = frozenset(attributes_of(leaf))
        joined = frozenset().union(*(groups[name] for name in together))
        for member in joined:
            groups[member] = joined
    return groups
