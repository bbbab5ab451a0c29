from __future__ import annotations

from collections.abc import Callable

import numpy as np

from matcher.core.circuit import AtMost, Circuit, Miss, OneOf, Product, Sum, Unselected
from matcher.schemes.clear import ClearEvaluator

COLUMNS = {
    0: np.array([0, 0, 1, 1], dtype=np.uint8),
    1: np.array([0, 1, 0, 1], dtype=np.uint8),
}


def zeros(circuit: Circuit, seed: int = 1) -> list[bool]:
    output = ClearEvaluator(np.random.default_rng(seed).bytes).evaluate(circuit, COLUMNS)
    return (output == 0).tolist()


def test_a_conjunction_holds_where_nothing_is_missed() -> None:
    assert zeros(Sum((Miss(0), Miss(1)))) == [True, False, False, False]


def test_an_alternative_holds_where_anything_is_satisfied() -> None:
    assert zeros(Product((Miss(0), Miss(1)))) == [True, True, True, False]


def test_a_threshold_holds_where_few_enough_are_missed() -> None:
    assert zeros(AtMost(1, (Miss(0), Miss(1), Miss(1)))) == [True, False, True, False]


def test_one_of_several_agencies_decides() -> None:
    assert zeros(OneOf((0, 1))) == [True, False, False, False]


def test_a_one_hot_attribute_holds_where_a_class_is_selected() -> None:
    assert zeros(Unselected((0,))) == [False, False, True, True]


def test_one_selected_class_wraps_around_to_no_false_hit() -> None:
    both = Unselected((0, 1))
    assert zeros(both) == [False, True, True, False]


def test_masks_decide_what_is_seen_where_the_formula_fails(
    seeded: Callable[[int], Callable[[int], bytes]],
) -> None:
    circuit = Sum((Miss(0), Miss(1)))
    one = ClearEvaluator(seeded(1)).evaluate(circuit, COLUMNS)
    other = ClearEvaluator(seeded(2)).evaluate(circuit, COLUMNS)
    assert one.tolist()[0] == other.tolist()[0] == 0
    assert one.tolist()[1:] != other.tolist()[1:]
