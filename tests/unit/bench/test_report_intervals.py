"""Intervals are never too narrow, and numbers are written for people."""

from __future__ import annotations

import math

import pytest

from bench.report import numerals
from bench.report.conditions import conditions
from bench.report.interval import Interval
from bench.spread import Spread

TWICE = Interval(2.0, 1.0, 4.0, repeated=True)


def test_a_ratio_goes_from_the_worst_case_to_the_best() -> None:
    ratio = Interval.of(Spread.of((6, 5, 8))).over(Interval.of(Spread.of((2, 1, 4))))
    assert ratio == Interval(3.0, 5 / 4, 8.0, repeated=True)


def test_no_single_pair_of_runs_lies_outside_the_ratio() -> None:
    ours, theirs = (3.0, 2.5, 7.0), (1.5, 0.5, 1.0)
    ratio = Interval.of(Spread.of(ours)).over(Interval.of(Spread.of(theirs)))
    assert ratio is not None
    for one in ours:
        for other in theirs:
            assert ratio.low <= one / other <= ratio.high


def test_a_sum_holds_the_sum_of_the_medians() -> None:
    total = Interval.total([Spread.of((0, 0, 1)), Spread.of((1, 0, 0)), Spread.of((0, 1, 0))])
    assert total == Interval(0, 0, 3, repeated=True)


def test_what_was_measured_once_makes_a_ratio_of_unknown_spread() -> None:
    once = Interval.of(Spread.of((2.0,)))
    ratio = TWICE.over(once)
    assert ratio is not None
    assert not ratio.repeated
    assert not ratio.differs_from(1000)
    assert numerals.times(ratio) == "1.00× (one run)"


def test_nothing_is_divided_by_nothing() -> None:
    assert TWICE.over(Interval.exact(0)) is None


def test_a_denominator_that_may_be_nothing_leaves_the_upper_end_open() -> None:
    ratio = TWICE.over(Interval(1.0, 0.0, 2.0, repeated=True))
    assert ratio is not None
    assert math.isinf(ratio.high)
    assert numerals.times(ratio) == "2.00× (0.500 or more)"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "0"),
        (1_234_567, "1,230,000"),
        (999.6, "1,000"),
        (0.09996, "0.100"),
        (12.345, "12.3"),
        (0.000123456, "0.000123"),
        (-4.567, "-4.57"),
        (math.inf, "∞"),
    ],
)
def test_a_figure_has_three_significant_digits(value: float, said: str) -> None:
    assert numerals.figure(value) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (2.5e-7, "250 ns"),
        (0.0123, "12.3 ms"),
        (1.5, "1.50 s"),
        (599, "599 s"),
        (1200, "20.0 min"),
        (7200, "2.00 h"),
        (0, "0 ns"),
    ],
)
def test_a_time_has_the_unit_people_use(seconds: float, said: str) -> None:
    assert numerals.seconds(Interval.exact(seconds)).replace("\u00a0", " ") == said


def test_both_ends_have_the_unit_of_the_middle() -> None:
    interval = Interval(1.2, 0.95, 1300.0, repeated=True)
    assert numerals.seconds(interval) == "1.20\u00a0s (0.950–1,300)"


def test_a_spread_below_the_digits_shown_is_left_out() -> None:
    assert numerals.data(Interval(1000.0, 999.9, 1000.1, repeated=True)) == "1.00\u00a0kB"


def test_memory_is_binary_and_data_decimal() -> None:
    assert numerals.memory(2048) == "2.00\u00a0GiB"
    assert numerals.data(Interval.exact(2048)) == "2.05\u00a0kB"


@pytest.mark.parametrize(
    ("predicate", "number"),
    [
        ("a.b <= 3 && c.d in [1, 2]", 2),
        ("a.b == 'x < y in z' || !(c.d > 1)", 2),
        ('a.b != "\\"<" && a.index >= 2', 2),
        ("a.b", 0),
    ],
)
def test_the_size_of_a_predicate_is_its_comparisons(predicate: str, number: int) -> None:
    assert conditions(predicate) == number
