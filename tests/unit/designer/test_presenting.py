from __future__ import annotations

import pytest

from clients.designer.presenting import formula
from matcher.core.circuit import AtMost, Circuit, Miss, OneOf, Product, Sum, Unselected

C0, C1, C2 = Miss(0), Miss(1), Miss(2)

FORMULAS: dict[str, tuple[Circuit, str]] = {
    "a conjunction": (Sum((C0, C1, C2)), "c0 + c1 + c2"),
    "a disjunction": (Product((C0, C1)), "c0 * c1"),
    "a conjunction among alternatives": (Product((Sum((C0, C1)), C2)), "(c0 + c1) * c2"),
    "alternatives among conditions": (Sum((Product((C0, C1)), C2)), "c0 * c1 + c2"),
    "a threshold": (
        AtMost(2, (C0, C1, C2, Miss(3))),
        "(s = c0 + c1 + c2 + c3; s * (s - 1) * (s - 2))",
    ),
    "an answer of one of two agencies": (Product((OneOf((0, 1)), C2)), "(c0 + c1) * c2"),
    "a selection of classes": (Product((Unselected((3, 4)), C0)), "(1 - c3 - c4) * c0"),
}


@pytest.mark.parametrize(("circuit", "text"), FORMULAS.values(), ids=FORMULAS.keys())
def test_a_formula_reads_as_arithmetic(circuit: Circuit, text: str) -> None:
    assert formula(circuit) == text
