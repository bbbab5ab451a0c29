from __future__ import annotations

import itertools

import numpy as np

from matcher.core.kleene import (
    FALSE,
    TRUE,
    UNKNOWN,
    Truth,
    all_hold,
    any_holds,
    at_least,
    some_of_group,
)

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


def test_a_count_is_reached_by_the_certain_and_missed_without_the_possible() -> None:
    rows = list(itertools.product(VALUES, repeat=3))
    parts = [_truth(*column) for column in zip(*rows, strict=True)]
    for count in (1, 2, 3):
        expected = [
            TRUE
            if row.count(TRUE) >= count
            else FALSE
            if len(row) - row.count(FALSE) < count
            else UNKNOWN
            for row in rows
        ]
        assert at_least(count, parts).codes().tolist() == expected


def test_members_are_counted_group_by_group() -> None:
    members = _truth(TRUE, TRUE, UNKNOWN, FALSE, TRUE, UNKNOWN)
    group_of = np.array([0, 0, 0, 1, 3, 3], dtype=np.int32)
    found = [some_of_group(n, members, group_of, 4).codes().tolist() for n in (1, 2, 3)]
    assert found == [
        [TRUE, FALSE, FALSE, TRUE],
        [TRUE, FALSE, FALSE, UNKNOWN],
        [UNKNOWN, FALSE, FALSE, FALSE],
    ]
