from __future__ import annotations

import numpy as np
import pytest

from matcher.core.circuit import AtMost, Circuit, Miss, OneOf, Product, Sum, Unselected
from matcher.core.plain import residues_of

COLUMNS = {
    0: np.array([0, 1, 0, 1], dtype=np.uint8),
    1: np.array([0, 0, 1, 1], dtype=np.uint8),
    2: np.array([1, 1, 1, 1], dtype=np.uint8),
}
A, B, C = Miss(0), Miss(1), Miss(2)
CASES: dict[str, tuple[Circuit, list[int]]] = {
    "a sum": (Sum((A, B, C)), [1, 2, 2, 3]),
    "a product": (Product((A, B)), [0, 0, 0, 1]),
    "one of": (OneOf((0, 1)), [0, 1, 1, 2]),
    "a selection": (Unselected((0,)), [1, 0, 1, 0]),
    "a selection of two at once wraps around": (Unselected((0, 1)), [1, 0, 0, 65536]),
    "at most one": (AtMost(1, (A, B, C)), [0, 2, 2, 6]),
    "at most two": (AtMost(2, (A, B, C, C)), [0, 6, 6, 24]),
}


@pytest.mark.parametrize(("circuit", "values"), CASES.values(), ids=CASES.keys())
def test_circuits_have_their_values_modulo_t(circuit: Circuit, values: list[int]) -> None:
    assert residues_of(circuit, COLUMNS).tolist() == values
