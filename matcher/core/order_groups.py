"""Attributes of which only the order counts, and the few values that stand for all of theirs.

Integers fall into cells between the limits a predicate mentions. Inside a cell only the order of
attributes that are compared with each other matters, so that as many values a cell as there are
such attributes represent all.

Rules:
 * Attributes that enter a computed amount, or are compared with one that does, are left alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from matcher.core.amount_nodes import Bounds, Node, Total
from matcher.core.integer_sets import IntegerSet


def representatives(
    attributes: Sequence[int],
    computed: Mapping[int, Node],
    asked: Mapping[int, AbstractSet[IntegerSet]],
    low: Bounds,
    high: Bounds,
) -> Mapping[int, tuple[int, ...]]:
    """Return, for attributes whose order counts, the values to try, ascending.

    Args:
        attributes: nodes.
        computed: how every other node is computed.
        asked: the sets that nodes are asked to lie in.
        low: bounds of every node.
        high: bounds of every node.
    """
    values: dict[int, tuple[int, ...]] = {}
    for group in _groups(attributes, computed, asked):
        starts = {edge for node in group for asks in asked.get(node, ()) for edge in asks.edges()}
        for node in group:
            starts |= {low[node], high[node] + 1}
        for node in group:
            values[node] = firsts_of_cells(starts, len(group), low[node], high[node])
    return values


def firsts_of_cells(starts: AbstractSet[int], count: int, low: int, high: int) -> tuple[int, ...]:
    """Return the first ``count`` integers from every start on, between ``low`` and ``high``."""
    ordered = sorted(starts | {low})
    values: list[int] = []
    for start, end in zip(ordered, [*ordered[1:], high + 1], strict=True):
        if low <= start <= high:
            values += range(start, min(end, start + count, high + 1))
    return tuple(values)


def _groups(
    attributes: Sequence[int],
    computed: Mapping[int, Node],
    asked: Mapping[int, AbstractSet[IntegerSet]],
) -> list[list[int]]:
    joined = {node: [node] for node in attributes}
    inner = {part for node in computed.values() for part in node.parts if part in computed}
    entangled: set[int] = set()
    for number, node in computed.items():
        if number in inner or not _compares(node, asked.get(number, ()), joined):
            entangled.update(part for part in node.parts if part in joined)
            continue
        group = list(dict.fromkeys(m for part in node.parts for m in joined[part]))
        for member in group:
            joined[member] = group
    groups = {id(group): group for group in joined.values() if len(group) > 1}
    return [group for group in groups.values() if entangled.isdisjoint(group)]


def _compares(
    node: Node, asked: AbstractSet[IntegerSet] | tuple[()], attributes: Mapping[int, object]
) -> bool:
    """Return whether ``node`` is asked nothing but which of two attributes is greater."""
    return (
        isinstance(node, Total)
        and node.constant == 0
        and sorted(factor for _, factor in node.terms) == [-1, 1]
        and all(part in attributes for part in node.parts)
        and all(asks.edges() <= {0, 1} for asks in asked)
    )
