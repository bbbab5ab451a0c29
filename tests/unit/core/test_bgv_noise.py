from __future__ import annotations

import math

import pytest

from matcher.core import bgv_noise as noise_module
from matcher.core.bgv_noise import (
    ERROR_BOUND,
    bgv_margin,
    fresh_bound,
    output_noise,
)
from matcher.core.bgv_parameters import BGV_SETS, BgvParameters
from matcher.core.circuit import AtMost, Circuit, Miss, OneOf, Product, Sum, Unselected
from matcher.core.errors import TooDeep
from matcher.core.evaluation import evaluate
from matcher.core.flood import FLOODING_BITS
from matcher.core.parameter_choice import carries

LINEAR = BGV_SETS["bgv-8192-104"]
ONE_PRODUCT = BGV_SETS["bgv-8192-152"]
TWO_PRODUCTS = BGV_SETS["bgv-8192-192"]
PAIR = Sum((Miss(0), Miss(1)))

WORST: dict[str, tuple[BgvParameters, Circuit]] = {
    "linear": (LINEAR, Sum(tuple(map(Miss, range(8))))),
    "wide linear": (BGV_SETS["bgv-8192-112"], Unselected(tuple(range(128)))),
    "one product": (ONE_PRODUCT, Product((Sum((Miss(0),) * 4), Sum((Miss(1),) * 4)))),
    "wide product": (BGV_SETS["bgv-8192-168"], Product((Unselected(tuple(range(64))),) * 2)),
    "a threshold": (ONE_PRODUCT, AtMost(1, tuple(map(Miss, range(8))))),
    "a wide threshold": (TWO_PRODUCTS, AtMost(3, (OneOf((0, 1)), *map(Miss, range(2, 8))))),
    "two products": (TWO_PRODUCTS, Product((Sum((Miss(0),) * 4),) * 4)),
}


@pytest.mark.parametrize("case", WORST)
def test_flooding_drowns_the_noise_and_leaves_the_message(case: str) -> None:
    parameters, circuit = WORST[case]
    noise = output_noise(parameters, circuit)
    flooded = parameters.plain_modulus * noise.flood.offset
    assert flooded >= noise.bound << FLOODING_BITS
    assert flooded + noise.bound <= parameters.modulus(noise.level) // 4


@pytest.mark.parametrize("case", WORST)
def test_the_last_switch_keeps_the_message_readable(case: str) -> None:
    parameters, circuit = WORST[case]
    level = output_noise(parameters, circuit).level
    last = parameters.primes[0]
    switches = len(parameters.primes) - 1 - level
    rounding = switches * parameters.plain_modulus * (parameters.degree + 1)
    assert last // 4 + 1 + rounding < last // 2


def test_a_fresh_column_is_bounded_by_sums_that_never_happen() -> None:
    sums = (fresh_bound(LINEAR) // LINEAR.plain_modulus - ERROR_BOUND - 1) // 2
    exceeded = 2 * LINEAR.degree * 2 * math.exp(-(sums**2) / (ERROR_BOUND * LINEAR.degree))
    assert 2**-131 < exceeded < 2**-128
    assert fresh_bound(LINEAR).bit_length() == 30


@pytest.mark.parametrize("case", WORST)
def test_fresh_noise_beyond_all_chance_would_still_decrypt(
    case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parameters, circuit = WORST[case]
    planned = output_noise(parameters, circuit)
    monkeypatch.setattr(noise_module, "fresh_bound", _largest_imaginable)
    formula = evaluate(circuit, noise_module._NoiseArithmetic(parameters)).value.largest
    masked = parameters.degree * (parameters.plain_modulus // 2) * formula
    flooded = parameters.plain_modulus * planned.flood.offset
    assert masked + _largest_imaginable(parameters) > planned.bound << 5
    assert (
        flooded + masked + _largest_imaginable(parameters) < parameters.modulus(planned.level) // 3
    )


def _largest_imaginable(parameters: BgvParameters) -> int:
    """8192 errors of the largest size with the right signs, twice."""
    return parameters.plain_modulus * (2 * parameters.degree * ERROR_BOUND + ERROR_BOUND + 1)


def test_two_columns_leave_the_margin_of_the_design() -> None:
    noise = output_noise(LINEAR, PAIR)
    margin = LINEAR.plain_modulus * noise.flood.offset // noise.bound
    assert margin.bit_length() - 1 in (43, 44)


def test_more_columns_make_more_noise() -> None:
    bounds = [output_noise(LINEAR, Sum(tuple(map(Miss, range(k))))).bound for k in range(2, 9)]
    assert bounds == sorted(set(bounds))


def test_a_complement_counts_its_constant() -> None:
    whole = output_noise(LINEAR, Unselected((0, 1))).bound
    assert whole - output_noise(LINEAR, PAIR).bound == LINEAR.degree * (LINEAR.plain_modulus // 2)


def test_what_a_threshold_subtracts_is_counted() -> None:
    arithmetic = noise_module._NoiseArithmetic(ONE_PRODUCT)
    total = arithmetic.add([arithmetic.column(0)] * 3)
    expected = arithmetic.multiply(total, arithmetic.subtract(total, 1))
    assert evaluate(AtMost(1, (Miss(0), Miss(1), Miss(2))), arithmetic).value == expected
    assert arithmetic.subtract(total, 1).largest == total.largest + 1


def test_products_do_not_fit_linear_parameters() -> None:
    assert not carries(LINEAR, Product((Miss(0), Miss(1))))
    with pytest.raises(TooDeep):
        output_noise(LINEAR, Product((Miss(0), Miss(1))))


def test_switching_further_than_there_are_primes_is_refused() -> None:
    assert not carries(LINEAR, Product((Miss(0),) * 16))


def test_a_second_product_is_made_one_level_down() -> None:
    assert output_noise(ONE_PRODUCT, Product((Miss(0), Miss(1)))).level == 0
    assert output_noise(TWO_PRODUCTS, Product((Miss(0),) * 4)).level == 1


def test_what_hides_an_output_follows_from_noise_and_flood() -> None:
    noise = output_noise(LINEAR, PAIR)
    bits = bgv_margin(LINEAR, PAIR).hiding_bits
    ratio = LINEAR.plain_modulus * noise.flood.size / (LINEAR.degree * noise.bound)
    assert 2**bits <= ratio < 2 ** (bits + 1)
    assert bits >= 31
