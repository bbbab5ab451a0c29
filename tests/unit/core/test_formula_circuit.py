from __future__ import annotations

import pytest

from matcher.core.circuit import AtMost, Circuit, Miss, Product, Sum, depth_of
from matcher.core.errors import InvalidPredicate
from matcher.core.formula import (
    Conjunction,
    Disjunction,
    Formula,
    Literal,
    Threshold,
    predicate_of,
)
from matcher.core.formula_circuit import part_of
from matcher.core.render import render
from tests.programmes_of_tests import ATTRIBUTES
from tests.programmes_of_tests import predicate_of as written

A = Literal("tax", written("tax.bracket <= 3"))
B = Literal("welfare", written("welfare.grade == 1"))
C = Literal("school", written("school.year == 1"))
D = Literal("town", written("town.years < 2"))
MISSES = {A: Miss(0), B: Miss(1), C: Miss(2), D: Miss(3)}
M0, M1, M2, M3 = MISSES.values()

CASES: dict[str, tuple[Formula, Circuit]] = {
    "a literal": (A, M0),
    "a conjunction": (Conjunction((A, B, C)), Sum((M0, M1, M2))),
    "a disjunction": (Disjunction((A, B)), Product((M0, M1))),
    "two of three": (Threshold(2, (A, B, C)), AtMost(1, (M0, M1, M2))),
    "two of four": (Threshold(2, (A, B, C, D)), AtMost(2, (M0, M1, M2, M3))),
    "parts in parts": (
        Conjunction((A, Disjunction((B, Conjunction((C, D)))))),
        Sum((M0, Product((M1, Sum((M2, M3)))))),
    ),
}


@pytest.mark.parametrize(("formula", "circuit"), CASES.values(), ids=CASES.keys())
def test_the_miss_algebra(formula: Formula, circuit: Circuit) -> None:
    part = part_of(formula, MISSES.__getitem__)
    assert part.circuit == circuit
    assert part.predicate == predicate_of(formula)


def test_a_part_remembers_what_it_decides() -> None:
    part = part_of(CASES["parts in parts"][0], MISSES.__getitem__)
    assert render(part.predicate, ATTRIBUTES) == (
        "tax.bracket <= 3 && (welfare.grade == 1 || (school.year == 1 && town.years < 2))"
    )


def test_the_smallest_burdensome_part_is_found() -> None:
    deep = Disjunction((A, B, C))
    formula = Conjunction((D, Disjunction((A, B)), Conjunction((D, deep))))
    part = part_of(formula, MISSES.__getitem__)
    smallest = part.smallest(lambda circuit: depth_of(circuit) >= 2)
    assert smallest.predicate == predicate_of(deep)
    assert part.smallest(lambda circuit: depth_of(circuit) >= 1).predicate == predicate_of(
        Disjunction((A, B))
    )


def test_what_is_counted_is_missed_once_at_most() -> None:
    with pytest.raises(InvalidPredicate, match="counts more than literals"):
        part_of(Threshold(2, (A, B, C)), lambda _: Sum((M0, M1)))
