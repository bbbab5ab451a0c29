from __future__ import annotations

import itertools

import pytest

from matcher.core.integer_sets import UNBOUNDED, IntegerSet
from matcher.core.predicate import Operator

RANGE = range(-12, 13)


def _members(of: IntegerSet) -> list[int]:
    return [code for code in RANGE if of.contains(code, code)]


def test_overlapping_and_touching_intervals_are_joined() -> None:
    assert IntegerSet.of([(5, 7), (1, 2), (3, 3), (6, 9), (11, 10)]).intervals == ((1, 3), (5, 9))


@pytest.mark.parametrize("operator", list(Operator))
def test_operators_have_the_sets_they_say(operator: Operator) -> None:
    assert _members(IntegerSet.satisfying(operator, 3)) == [
        code for code in RANGE if operator.holds(code, 3)
    ]


def test_a_complement_has_everything_else() -> None:
    some = IntegerSet.of([(-UNBOUNDED, -5), (0, 0), (4, 6)])
    assert _members(some.complement()) == [c for c in RANGE if c not in _members(some)]
    assert some.complement().complement() == some


@pytest.mark.parametrize("factor", [1, 2, 3, -1, -3])
@pytest.mark.parametrize("constant", [0, 5, -4])
def test_what_is_before_a_set_is_what_a_line_takes_into_it(factor: int, constant: int) -> None:
    for some in (IntegerSet.of([(-3, -1), (2, 8)]), IntegerSet.satisfying(Operator.NE, 4)):
        assert _members(some.before(factor, constant)) == [
            code
            for code in RANGE
            if some.contains(factor * code + constant, factor * code + constant)
        ]


def test_ranges_lie_inside_outside_or_across() -> None:
    some = IntegerSet.of([(0, 2), (5, 6)])
    for low, high in itertools.combinations_with_replacement(RANGE, 2):
        inside = {bool(some.contains(code, code)) for code in range(low, high + 1)}
        assert some.contains(low, high) == (inside.pop() if len(inside) == 1 else None)


def test_cutting_leaves_what_lies_within() -> None:
    some = IntegerSet.of([(0, 2), (5, 6), (9, 12)])
    assert some.within(2, 9) == ((2, 2), (5, 6), (9, 9))
    assert some.within(3, 4) == ()


def test_edges_are_where_membership_changes() -> None:
    assert IntegerSet.satisfying(Operator.LE, 3).edges() == {4}
    assert IntegerSet.satisfying(Operator.NE, 3).edges() == {3, 4}
    assert IntegerSet.of([(1, 2), (5, 5)]).edges() == {1, 3, 5, 6}
