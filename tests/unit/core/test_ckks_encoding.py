from __future__ import annotations

from decimal import Decimal, getcontext

import numpy as np
import pytest

from matcher.core.ckks_encoding import encoding
from matcher.core.ckks_parameters import CKKS_SETS
from tests.bgv_phases import centred

# Large enough for any coefficient, small enough for exact words.
PRIMES = CKKS_SETS["ckks-16384-240"].primes


def coefficients(degree: int, scale_bits: int, bits: np.ndarray) -> np.ndarray:
    return centred(encoding(degree, scale_bits).residues(bits, PRIMES), PRIMES)


def slots_of(polynomial: np.ndarray, scale_bits: int) -> np.ndarray:
    """The values at ζ^(3^j), by the definition."""
    degree = polynomial.size
    exponents = np.array([pow(3, j, 2 * degree) for j in range(degree // 2)])
    angles = np.outer(exponents, np.arange(degree)) % (2 * degree)
    scaled = (polynomial / 2**scale_bits).astype(np.float64)
    return np.exp(1j * np.pi * angles / degree) @ scaled


@pytest.mark.parametrize("degree", [8, 64, 1024])
def test_slots_have_the_encoded_bits(degree: int) -> None:
    bits = np.random.default_rng(degree).integers(0, 2, degree // 2).astype(np.uint8)
    found = slots_of(coefficients(degree, 90, bits), 90)
    assert np.abs(found - bits).max() < 1e-9


def test_coefficients_are_right_far_beyond_double_precision() -> None:
    """Slot 0 alone: (2Δ/n)·cos(π·i/n), at n = 8 from square roots with 60 digits."""
    getcontext().prec = 60
    half = Decimal("0.5")
    quarter = half.sqrt()
    eighth = ((1 + quarter) * half).sqrt()
    sine = ((1 - quarter) * half).sqrt()
    cosines = [Decimal(1), eighth, quarter, sine, Decimal(0), -sine, -quarter, -eighth]
    bits = np.zeros(4, dtype=np.uint8)
    bits[0] = 1
    found = coefficients(8, 112, bits)
    for coefficient, cosine in zip(found.tolist(), cosines, strict=True):
        assert abs(coefficient - cosine * 2**110) <= half + Decimal("1e-9")


@pytest.mark.parametrize("name", CKKS_SETS)
def test_encoding_is_exactly_linear_and_ones_are_a_constant(name: str) -> None:
    """Half the slots and the other half add up to all, with not a unit to spare."""
    row = CKKS_SETS[name]
    encode = encoding(row.degree, row.scale_bits).residues
    some = np.random.default_rng(3).integers(0, 2, row.slots).astype(np.uint8)
    whole, first, second = (
        centred(encode(bits, row.primes), row.primes)
        for bits in (np.ones_like(some), some, 1 - some)
    )
    assert np.array_equal(first + second, whole)
    assert whole[0] == 1 << row.scale_bits
    assert abs(whole[1:]).max() <= row.degree // 4 + 1
    assert abs(first).max() <= 1 << row.scale_bits


def test_no_bit_encodes_to_nothing() -> None:
    assert not encoding(64, 90).residues(np.zeros(32, dtype=np.uint8), PRIMES).any()
