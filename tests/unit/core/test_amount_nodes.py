from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import date

import pytest

from matcher.core.amount_nodes import Choice, Entry, Node, Product, Span, Total
from matcher.core.catalogue import code_of_date
from matcher.core.elapsed import elapsed_between
from matcher.core.predicate import Extreme, TimeUnit

TODAY = code_of_date(date(2026, 3, 1))
TABLE = (4, -1, 4, 9, 0)
NODES: dict[str, tuple[Node, Callable[[int, int], int]]] = {
    "total": (Total(((0, 3), (1, -2)), 5), lambda x, y: 3 * x - 2 * y + 5),
    "product": (Product(0, 1), lambda x, y: x * y),
    "square": (Product(0, 0), lambda x, _: x * x),
    "least": (Choice(Extreme.LEAST, (0, 1)), min),
    "greatest": (Choice(Extreme.GREATEST, (0, 1)), max),
    "entry": (Entry(0, -2, TABLE), lambda x, _: TABLE[x + 2]),
    "span": (
        Span(TimeUnit.MONTHS, 0, TODAY),
        lambda x, _: elapsed_between(TimeUnit.MONTHS, x, TODAY),
    ),
}
BOXES = [
    box
    for sides in itertools.product([(-2, 2), (-1, 0), (1, 2), (0, 0)], repeat=2)
    for box in [tuple(zip(*sides, strict=True))]
]


@pytest.mark.parametrize(("node", "worth"), NODES.values(), ids=NODES.keys())
def test_bounds_are_never_too_narrow_and_exact_for_single_values(
    node: Node, worth: Callable[[int, int], int]
) -> None:
    for low, high in BOXES:
        values = [worth(x, y) for x, y in _points(low, high)]
        least, greatest = node.bounds(low, high)
        assert least <= min(values)
        assert max(values) <= greatest
        if low == high:
            assert least == greatest == values[0]


@pytest.mark.parametrize(("node", "worth"), NODES.values(), ids=NODES.keys())
def test_parts_keep_every_value_that_leads_where_the_node_has_to_be(
    node: Node, worth: Callable[[int, int], int]
) -> None:
    for low, high in BOXES:
        bounds = node.bounds(low, high)
        for own in itertools.combinations_with_replacement(range(bounds[0], bounds[1] + 1), 2):
            kept = _points(low, high)
            for part, first, last in node.narrowed(own, low, high):
                kept = [point for point in kept if first <= point[part] <= last]
            for x, y in _points(low, high):
                assert (x, y) in kept or not own[0] <= worth(x, y) <= own[1]


def test_a_sum_tells_its_parts_what_is_left() -> None:
    total = Total(((0, 2), (1, -1)))
    assert {part: (a, b) for part, a, b in total.narrowed((10, 10), (0, 0), (9, 4))} == {
        0: (5, 7),
        1: (-10, 8),
    }


def test_a_table_without_the_entry_leaves_no_index() -> None:
    ((_, first, last),) = Entry(0, 0, (1, 2, 3)).narrowed((7, 9), (0,), (2,))
    assert first > last


def _points(low: tuple[int, ...], high: tuple[int, ...]) -> list[tuple[int, int]]:
    return [(x, y) for x in range(low[0], high[0] + 1) for y in range(low[1], high[1] + 1)]
