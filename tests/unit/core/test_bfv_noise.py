from __future__ import annotations

import pytest

from matcher.core import bfv_noise as noise_module
from matcher.core.bfv_noise import (
    bfv_margin,
    fresh_bound,
    output_noise,
    product_bound,
    relinearisation_bound,
    switch_bound,
)
from matcher.core.bfv_parameters import BFV_SETS, BfvParameters
from matcher.core.circuit import AtMost, Circuit, Miss, OneOf, Product, Sum, Unselected
from matcher.core.errors import TooDeep
from matcher.core.evaluation import evaluate
from matcher.core.flood import FLOODING_BITS
from matcher.core.margins import margin_of
from matcher.core.parameter_choice import carries, choose_parameters

LINEAR = BFV_SETS["bfv-8192-104"]
ONE_PRODUCT = BFV_SETS["bfv-8192-152"]
TWO_PRODUCTS = BFV_SETS["bfv-8192-192"]
ROWS = list(BFV_SETS.values())
PAIR = Sum((Miss(0), Miss(1)))
N, T = LINEAR.degree, LINEAR.plain_modulus

CARRIED: dict[str, tuple[BfvParameters, Circuit]] = {
    "eight columns": (LINEAR, Sum(tuple(map(Miss, range(8))))),
    "32 columns": (LINEAR, Sum(tuple(map(Miss, range(32))))),
    "128 classes": (BFV_SETS["bfv-8192-112"], Unselected(tuple(range(128)))),
    "one product": (ONE_PRODUCT, Product((Miss(0), Miss(1)))),
    "alternatives of 64 classes": (ONE_PRODUCT, Product((Unselected(tuple(range(64))),) * 2)),
    "a threshold": (ONE_PRODUCT, AtMost(1, tuple(map(Miss, range(8))))),
    "a wide threshold": (TWO_PRODUCTS, AtMost(3, (OneOf((0, 1)), *map(Miss, range(2, 8))))),
    "two levels": (TWO_PRODUCTS, Product((Sum((Miss(0),) * 4),) * 4)),
}


@pytest.mark.parametrize("case", CARRIED)
def test_the_cheapest_sufficient_set_is_chosen(case: str) -> None:
    parameters, circuit = CARRIED[case]
    assert choose_parameters(ROWS, [circuit], 128) == parameters


@pytest.mark.parametrize("case", CARRIED)
def test_flooding_drowns_the_noise_and_leaves_the_message(case: str) -> None:
    parameters, circuit = CARRIED[case]
    noise = output_noise(parameters, circuit)
    assert noise.flood.offset >= noise.bound << FLOODING_BITS
    assert 4 * T * (noise.flood.offset + noise.bound) <= parameters.modulus(0)


@pytest.mark.parametrize("parameters", ROWS, ids=lambda row: row.name)
def test_the_switch_to_the_first_prime_keeps_the_message_readable(
    parameters: BfvParameters,
) -> None:
    first, switches = parameters.primes[0], len(parameters.primes) - 1
    assert first // (4 * T) + 1 + switches * switch_bound(parameters) < first // (2 * T)


def test_a_fresh_column_is_bounded_by_rounding_whatever_its_errors() -> None:
    assert fresh_bound(LINEAR) == N // 2 + 3
    errors = noise_module.ERROR_BOUND * (2 * N + 1)
    assert errors < LINEAR.special_prime


def test_noise_adds_up_and_constants_cost_their_rounding() -> None:
    arithmetic = noise_module._NoiseArithmetic(LINEAR)
    column = arithmetic.column(0)
    assert arithmetic.add([column, column, column]) == 3 * column
    assert arithmetic.complement(column) == column + 1
    assert arithmetic.subtract(column, 7) == column + 1
    assert arithmetic.lower(column) == column
    assert evaluate(Unselected((0, 1)), arithmetic).value == 2 * column + 1


def test_a_mask_is_budgeted_with_every_coefficient_at_its_largest() -> None:
    assert output_noise(LINEAR, PAIR).bound == N * (T // 2) * 2 * fresh_bound(LINEAR) + fresh_bound(
        LINEAR
    )


def test_a_product_multiplies_the_noise_of_both_by_what_wraps_around() -> None:
    size = 1 << 20
    alone, both = (product_bound(ONE_PRODUCT, size, other) for other in (0, size))
    assert N * N * T * size < both - alone < 2 * N * N * T * size
    assert evaluate(
        Product((Miss(0), Miss(1))), noise_module._NoiseArithmetic(ONE_PRODUCT)
    ).value == product_bound(
        ONE_PRODUCT, fresh_bound(ONE_PRODUCT), fresh_bound(ONE_PRODUCT)
    ) + relinearisation_bound(ONE_PRODUCT)


def test_products_do_not_fit_linear_parameters() -> None:
    for name in ("bfv-8192-104", "bfv-8192-112"):
        assert not carries(BFV_SETS[name], Product((Miss(0), Miss(1))))
    with pytest.raises(TooDeep):
        output_noise(LINEAR, Product((Miss(0), Miss(1))))


def test_three_levels_are_too_deep() -> None:
    with pytest.raises(TooDeep):
        choose_parameters(ROWS, [Product((Miss(0),) * 5)], 1)


def test_what_hides_an_output_follows_from_noise_and_flood() -> None:
    noise, margin = output_noise(LINEAR, PAIR), bfv_margin(LINEAR, PAIR)
    ratio = noise.flood.size / (N * noise.bound)
    assert 2**margin.hiding_bits <= ratio < 2 ** (margin.hiding_bits + 1)
    grown = noise.bound << margin.spare_bits
    assert grown <= LINEAR.modulus(0) // (2 * T) < 2 * grown
    assert margin.hiding_bits >= 31
    assert margin_of(LINEAR, PAIR) == margin
