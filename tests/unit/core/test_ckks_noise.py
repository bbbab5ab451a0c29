from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from matcher.core import ckks_noise as noise
from matcher.core import ckks_slots as slots
from matcher.core.circuit import AtMost, Circuit, Miss, OneOf, Product, Sum, Unselected
from matcher.core.ckks_parameters import CKKS_SETS, CkksParameters
from matcher.core.errors import TooDeep
from matcher.core.margins import margin_of
from matcher.core.parameter_choice import choose_parameters
from matcher.core.parameters import parameter_sets
from matcher.core.scheme import Scheme

ROWS = list(CKKS_SETS)


def sums(count: int) -> Circuit:
    return Sum(tuple(Miss(index) for index in range(count)))


CARRIED: dict[str, tuple[str, Circuit]] = {
    "one literal": ("ckks-8192-152", Miss(0)),
    "sixty-four columns": ("ckks-8192-152", sums(64)),
    "sixty-four classes": ("ckks-8192-152", Unselected(tuple(range(64)))),
    "one of sixteen agencies": ("ckks-8192-152", OneOf(tuple(range(16)))),
    "a thousand columns": ("ckks-8192-168", sums(1000)),
    "a thousand classes": ("ckks-8192-168", Unselected(tuple(range(1000)))),
    "alternatives": ("ckks-16384-240", Product((Miss(0), Miss(1)))),
    "alternatives of eight": ("ckks-16384-240", Product((sums(8), sums(8)))),
    "alternatives of classes": ("ckks-16384-240", Product((Unselected(tuple(range(32))),) * 2)),
    "a literal beside alternatives": (
        "ckks-16384-240",
        Sum((Miss(0), Product((Miss(1), Unselected((2, 3)))))),
    ),
    "at most one of six": ("ckks-16384-240", AtMost(1, tuple(map(Miss, range(6))))),
}
REFUSED: dict[str, tuple[Circuit, str]] = {
    "three factors": (Product((Miss(0), Miss(1), Miss(2))), "it multiplies 3 misses"),
    "at most two of four": (AtMost(2, tuple(map(Miss, range(4)))), "it multiplies 3 misses"),
    "too many misses": (Product((sums(9), sums(8))), "counts up to 72 misses"),
    "too many classes": (
        Product((Unselected(tuple(range(400))),) * 2),
        "too little room to hide its noise",
    ),
}


@pytest.mark.parametrize("case", CARRIED)
def test_the_cheapest_set_that_carries_a_circuit_is_chosen(case: str) -> None:
    name, circuit = CARRIED[case]
    rows = parameter_sets(Scheme.CKKS)
    assert choose_parameters(rows, [circuit], 1000).name == name
    margin = margin_of(CKKS_SETS[name], circuit)
    assert margin.hiding_bits is not None
    assert margin.spare_bits is not None
    # 40 bits per coefficient, at most 14 of them lost over a chunk's; a bit for F's two sides.
    assert margin.hiding_bits >= noise.FLOODING_BITS - CKKS_SETS[name].degree.bit_length() + 1
    assert margin.spare_bits > 30


@pytest.mark.parametrize("case", REFUSED)
def test_what_no_set_carries_is_refused_with_the_reason(case: str) -> None:
    circuit, reason = REFUSED[case]
    with pytest.raises(TooDeep, match=reason):
        noise.ckks_margin(CKKS_SETS["ckks-16384-240"], circuit)
    with pytest.raises(TooDeep, match=r"no parameter set of ckks .*" + reason):
        choose_parameters(parameter_sets(Scheme.CKKS), [circuit], 1000)


@pytest.mark.parametrize("name", ["ckks-8192-152", "ckks-8192-168"])
def test_sets_for_sums_have_no_room_for_products(name: str) -> None:
    with pytest.raises(TooDeep, match=f"scales of {name} have room for none"):
        noise.ckks_margin(CKKS_SETS[name], Product((Miss(0), Miss(1))))


@pytest.mark.parametrize("case", CARRIED)
def test_everything_that_can_be_wrong_with_a_slot_stays_within_a_quarter(case: str) -> None:
    name, circuit = CARRIED[case]
    row = CKKS_SETS[name]
    known = noise.output_noise(row, circuit)
    flooded = Fraction(slots.flood_factor(row.degree) * (known.flood.offset + 1))
    of_noise = Fraction(row.degree * (known.bound + 1))
    rounded = Fraction(row.degree * (row.degree + 1), 1) / row.output_scale
    wrong = (flooded + of_noise) / row.masked_scale + rounded + slots.decoding_error(row)
    assert wrong <= slots.LARGEST_ERROR
    assert known.flood.offset >= known.bound << noise.FLOODING_BITS


@pytest.mark.parametrize("name", ROWS)
def test_a_miss_stays_clear_of_what_counts_as_none(name: str) -> None:
    row = CKKS_SETS[name]
    assert 2 * slots.LARGEST_ERROR**2 < slots.LARGEST_DISTANCE**2 < Fraction(1, 4)
    least = 1 - slots.mask_error(row) - slots.LARGEST_DISTANCE
    assert least > slots.LARGEST_DISTANCE + Fraction(1, 5)


@pytest.mark.parametrize("name", ROWS)
def test_the_largest_masked_value_fits_into_the_modulus(name: str) -> None:
    row = CKKS_SETS[name]
    flood = noise.output_noise(row, Miss(0)).flood
    largest = slots.largest_masked(row) * row.masked_scale + 2 * flood.offset
    assert 2 * largest < row.modulus(0)
    left = slots.largest_masked(row) * row.output_scale + row.output_scale
    assert 2 * left < row.modulus(row.output_level)


@pytest.mark.parametrize("name", ROWS)
def test_the_tail_of_the_flood_has_the_promised_probability(name: str) -> None:
    """n sums of n uniform numbers with squared weights of n/2: 2n·exp(-3x²/(n·W²)) <= 2^-128."""
    n = CKKS_SETS[name].degree
    factor = slots.flood_factor(n)
    assert math.log2(2 * n) - 3 * factor**2 / n / math.log(2) <= -slots.TAIL_BITS


def test_rms_norms_multiply_as_the_proof_says() -> None:
    """rms(a·b) <= |a|τ·rms(b), and |a|τ <= n·rms(a), on random and on extreme polynomials."""
    n = 64
    roots = np.exp(1j * np.pi * (2 * np.arange(n) + 1) / n)
    powers = roots[:, None] ** np.arange(n)
    rng = np.random.default_rng(1)
    for a in (rng.normal(size=n), np.ones(n), rng.integers(-1, 2, n) * 1.0, np.eye(n)[3]):
        for b in (rng.normal(size=n), np.ones(n)):
            whole = np.convolve(a, b)
            product = whole[:n] - np.append(whole[n:], 0)
            largest = np.abs(powers @ a).max()
            rms = np.sqrt((b**2).mean())
            assert np.sqrt((product**2).mean()) <= largest * rms * (1 + 1e-9)
            assert largest <= n * np.sqrt((a**2).mean()) * (1 + 1e-9)


def test_more_columns_hide_less_and_leave_less() -> None:
    row: CkksParameters = CKKS_SETS["ckks-8192-152"]
    margins = [noise.ckks_margin(row, sums(count)) for count in (2, 8, 64)]
    hiding = [margin.hiding_bits for margin in margins]
    spare = [margin.spare_bits for margin in margins]
    assert hiding == sorted(hiding, reverse=True)
    assert spare == sorted(spare, reverse=True)
    assert len(set(hiding)) == 3
