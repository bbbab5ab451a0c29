from __future__ import annotations

import pytest

from matcher.core.circuit import (
    Circuit,
    Miss,
    Product,
    Sum,
    Unselected,
    circuit_json,
    columns_of,
    depth_of,
    largest_value,
)
from matcher.core.errors import EmptyConjunction
from matcher.core.predicate import All, Any, Constant

NESTED = Sum((Miss(0), Product((Unselected((1, 2)), Sum((Miss(3), Miss(4))), Miss(0)))))


def test_columns_are_listed_left_to_right_with_repetition() -> None:
    assert list(columns_of(NESTED)) == [0, 1, 2, 3, 4, 0]


@pytest.mark.parametrize(("factors", "depth"), [(2, 1), (3, 2), (4, 2), (5, 3), (8, 3), (9, 4)])
def test_products_are_balanced_trees(factors: int, depth: int) -> None:
    assert depth_of(Product(tuple(Miss(number) for number in range(factors)))) == depth


@pytest.mark.parametrize(
    ("circuit", "depth", "largest"),
    [
        (Miss(0), 0, 1),
        (Unselected((0, 1)), 0, 1),
        (Sum((Miss(0), Miss(1), Miss(2))), 0, 3),
        (NESTED, 2, 3),
        (Product((Sum((Miss(0), Miss(1))), Sum((Miss(2), Miss(3), Miss(4))))), 1, 6),
    ],
)
def test_depth_and_range(circuit: Circuit, depth: int, largest: int) -> None:
    assert depth_of(circuit) == depth
    assert largest_value(circuit) == largest


def test_json_names_the_operation() -> None:
    assert circuit_json(NESTED) == {
        "sum": [
            {"miss": 0},
            {
                "product": [
                    {"unselected": [1, 2]},
                    {"sum": [{"miss": 3}, {"miss": 4}]},
                    {"miss": 0},
                ]
            },
        ]
    }


@pytest.mark.parametrize("children", [(), (Miss(0),)])
@pytest.mark.parametrize("kind", [Sum, Product])
def test_too_few_children_are_refused(
    kind: type[Sum | Product], children: tuple[Circuit, ...]
) -> None:
    with pytest.raises(EmptyConjunction):
        kind(children)


def test_an_empty_selection_is_refused() -> None:
    with pytest.raises(EmptyConjunction):
        Unselected(())


@pytest.mark.parametrize("kind", [All, Any])
def test_an_empty_all_is_refused(kind: type[All | Any]) -> None:
    with pytest.raises(EmptyConjunction):
        kind(())
    with pytest.raises(EmptyConjunction):
        kind((Constant(value=True),))
