from __future__ import annotations

import math

import pytest

from matcher.core.circuit import (
    AtMost,
    Circuit,
    Miss,
    OneOf,
    Product,
    Sum,
    Unselected,
    circuit_json,
    columns_of,
    depth_of,
    largest_value,
    multiplications_of,
)
from matcher.core.errors import EmptyConjunction
from matcher.core.predicate import All, Any, Constant

NESTED = Sum((Miss(0), Product((Unselected((1, 2)), Sum((Miss(3), Miss(4))), Miss(0)))))

THRESHOLD = AtMost(2, (Miss(0), OneOf((1, 2)), Unselected((3,)), Miss(4)))


def test_columns_are_listed_left_to_right_with_repetition() -> None:
    assert list(columns_of(NESTED)) == [0, 1, 2, 3, 4, 0]
    assert list(columns_of(THRESHOLD)) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(("factors", "depth"), [(2, 1), (3, 2), (4, 2), (5, 3), (8, 3), (9, 4)])
def test_products_are_balanced_trees(factors: int, depth: int) -> None:
    assert depth_of(Product(tuple(Miss(number) for number in range(factors)))) == depth


@pytest.mark.parametrize("places", [(0, 1, 2), (1, 0, 2), (2, 1, 0)])
def test_the_shallowest_factors_are_multiplied_first(places: tuple[int, ...]) -> None:
    factors = (Product((Miss(0), Miss(1))), Miss(2), Miss(3))
    assert depth_of(Product(tuple(factors[place] for place in places))) == 2


@pytest.mark.parametrize(
    ("circuit", "depth", "largest"),
    [
        (Miss(0), 0, 1),
        (Unselected((0, 1)), 0, 1),
        (Sum((Miss(0), Miss(1), Miss(2))), 0, 3),
        (NESTED, 2, 3),
        (Product((Sum((Miss(0), Miss(1))), Sum((Miss(2), Miss(3), Miss(4))))), 1, 6),
        (OneOf((0, 1, 2)), 0, 1),
        (AtMost(1, (Miss(0), Miss(1), Miss(2))), 1, 6),
        (AtMost(2, (Miss(0), OneOf((1, 2)), Unselected((3,)), Miss(4))), 2, 24),
        (Product((THRESHOLD, Miss(4))), 3, 24),
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


def test_json_of_a_threshold_names_what_it_tolerates() -> None:
    assert circuit_json(THRESHOLD) == {
        "at_most": {
            "most": 2,
            "children": [{"miss": 0}, {"one_of": [1, 2]}, {"unselected": [3]}, {"miss": 4}],
        }
    }


@pytest.mark.parametrize(
    ("circuit", "count"), [(NESTED, 2), (THRESHOLD, 2), (Product((THRESHOLD, Miss(4))), 3)]
)
def test_multiplications_are_counted(circuit: Circuit, count: int) -> None:
    assert multiplications_of(circuit) == count


@pytest.mark.parametrize("most", range(1, 7))
def test_a_threshold_is_zero_exactly_where_few_enough_are_missed(most: int) -> None:
    children = 8
    values = [
        math.prod(misses - less for less in range(most + 1)) for misses in range(children + 1)
    ]
    circuit = AtMost(most, tuple(Miss(index) for index in range(children)))
    assert [value == 0 for value in values] == [misses <= most for misses in range(children + 1)]
    assert max(values) == largest_value(circuit)


@pytest.mark.parametrize("most", [0, 2, 3])
def test_a_threshold_that_is_a_sum_or_a_product_is_refused(most: int) -> None:
    with pytest.raises(EmptyConjunction):
        AtMost(most, (Miss(0), Miss(1), Miss(2)))


def test_one_of_a_single_agency_is_refused() -> None:
    with pytest.raises(EmptyConjunction):
        OneOf((0,))


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
