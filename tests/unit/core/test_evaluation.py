from __future__ import annotations

from collections.abc import Sequence

import pytest

from matcher.core.circuit import AtMost, Circuit, Miss, OneOf, Product, Sum, Unselected
from matcher.core.evaluation import evaluate

A, B, C, D, E = map(Miss, range(5))


class WrittenDown:
    """Values are formulas as text; ``x'`` is ``x`` one level further down."""

    def column(self, index: int) -> str:
        return "abcde"[index]

    def add(self, values: Sequence[str]) -> str:
        return f"({'+'.join(values)})"

    def complement(self, value: str) -> str:
        return f"(1-{value})"

    def subtract(self, value: str, constant: int) -> str:
        return f"({value}-{constant})"

    def multiply(self, left: str, right: str) -> str:
        return f"{left}·{right}"

    def lower(self, value: str) -> str:
        return f"{value}'"


CASES: dict[str, tuple[Circuit, str, int]] = {
    "one literal": (A, "a", 0),
    "a conjunction": (Sum((A, B, C)), "(a+b+c)", 0),
    "one class": (Unselected((2,)), "(1-c)", 0),
    "several classes": (Unselected((0, 1)), "(1-(a+b))", 0),
    "one of two agencies": (OneOf((0, 1)), "(a+b)", 0),
    "at most one of three": (AtMost(1, (A, B, C)), "(a+b+c)·((a+b+c)-1)", 0),
    "at most two of four, one of them of two agencies": (
        AtMost(2, (A, B, C, OneOf((3, 4)))),
        "((a+b+c+(d+e))-2)'·(a+b+c+(d+e))·((a+b+c+(d+e))-1)'",
        1,
    ),
    "an alternative to a threshold": (
        Product((AtMost(1, (A, B, C)), D)),
        "d'·(a+b+c)·((a+b+c)-1)'",
        1,
    ),
    "an alternative stays where it is": (Product((A, B)), "a·b", 0),
    "a product next to a literal": (Sum((Product((A, B)), C)), "(a·b+c)", 0),
    "three factors": (Product((A, B, C)), "c'·a·b'", 1),
    "four factors as a balanced tree": (Product((A, B, C, D)), "a·b'·c·d'", 1),
    "a literal follows a product down": (Sum((Product((A, B, C)), D)), "(c'·a·b'+d')", 1),
    "a sum that holds a product is lowered before the next": (
        Product((Sum((Product((A, B)), C)), D)),
        "d'·(a·b+c)'",
        1,
    ),
    "a product that was lowered is lowered no further by a sum": (
        Sum((Product((A, B, C)), Product((D, E)))),
        "(c'·a·b'+d·e')",
        1,
    ),
    "five factors take three levels": (Product((A, B, C, D, E)), "c·d''·e'·a·b''", 2),
    "the shallowest factors first, wherever they stand": (
        Product((Product((A, B)), C, D)),
        "a·b'·c·d'",
        1,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_walk(case: str) -> None:
    circuit, expected, level = CASES[case]
    result = evaluate(circuit, WrittenDown())
    assert (result.value, result.level) == (expected, level)
