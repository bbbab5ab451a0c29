from __future__ import annotations

import itertools

import numpy as np

from matcher.core.kleene import FALSE, TRUE, UNKNOWN, Truth, all_hold, any_holds

VALUES = (TRUE, UNKNOWN, FALSE)


def _truth(*codes: int) -> Truth:
    listed = np.array(codes)
    return Truth(listed == TRUE, listed == FALSE)


def test_codes_tell_the_three_values_apart() -> None:
    assert _truth(*VALUES).codes().tolist() == list(VALUES)


def test_negation_swaps_true_and_false_and_leaves_unknown() -> None:
    assert _truth(*VALUES).negated().codes().tolist() == [FALSE, UNKNOWN, TRUE]


def test_a_conjunction_is_its_falsest_part_and_a_disjunction_its_truest() -> None:
    rows = list(itertools.product(VALUES, repeat=3))
    parts = [_truth(*column) for column in zip(*rows, strict=True)]
    worst = [max(row, key=VALUES.index) for row in rows]
    best = [min(row, key=VALUES.index) for row in rows]
    assert all_hold(parts).codes().tolist() == worst
    assert any_holds(parts).codes().tolist() == best
