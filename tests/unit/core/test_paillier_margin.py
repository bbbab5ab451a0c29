from __future__ import annotations

import pytest

from matcher.core.circuit import AtMost, Circuit, Miss, OneOf, Product, Sum, Unselected
from matcher.core.errors import TooDeep
from matcher.core.margin import Margin
from matcher.core.paillier_margin import paillier_margin
from matcher.core.paillier_parameters import PAILLIER_SETS

PARAMETERS = PAILLIER_SETS["paillier-3072"]
ADDS = "Paillier's scheme adds encrypted answers and cannot multiply them, and "

REFUSED: dict[str, tuple[Circuit, str]] = {
    "two alternatives": (
        Product((Miss(0), Miss(1))),
        "a choice between 2 alternatives takes 1 multiplication",
    ),
    "four alternatives": (
        Product(tuple(map(Miss, range(4)))),
        "a choice between 4 alternatives takes 3 multiplications",
    ),
    "alternatives beside a miss": (
        Sum((Miss(0), Product((Miss(1), Miss(2), Miss(3))))),
        "a choice between 3 alternatives takes 2 multiplications",
    ),
    "alternatives within alternatives": (
        Product((Miss(0), Sum((Miss(1), Product((Miss(2), Miss(3))))))),
        "a choice between 2 alternatives takes 2 multiplications",
    ),
    "a threshold": (
        AtMost(1, tuple(map(Miss, range(3)))),
        "letting up to 1 of 3 conditions fail takes 1 multiplication",
    ),
}


@pytest.mark.parametrize(
    "circuit",
    [
        Miss(0),
        Unselected((0, 1, 2)),
        OneOf((0, 1)),
        Sum((Miss(0), Sum((Unselected((1, 2)), OneOf((3, 4)))))),
    ],
    ids=["a miss", "a selection", "one of two agencies", "sums of all"],
)
def test_sums_are_exact_and_hidden_without_any_noise(circuit) -> None:
    assert paillier_margin(PARAMETERS, circuit) == Margin(None, None)


@pytest.mark.parametrize("case", REFUSED)
def test_a_product_is_refused_and_the_reason_names_what_multiplies(case) -> None:
    circuit, reason = REFUSED[case]
    with pytest.raises(TooDeep) as refusal:
        paillier_margin(PARAMETERS, circuit)
    assert refusal.value.what == ADDS + reason
