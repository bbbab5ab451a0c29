from __future__ import annotations

import math

import gmpy2
import numpy as np
import pytest

from matcher.schemes.paillier_encryption import draw_nonzero, draw_unit, encryption_of_zero
from matcher.schemes.paillier_format import modulus_of

SMALL = modulus_of(gmpy2.mpz(11 * 13))
DRAWS = 14200


def spread(draw, kept: list[int]) -> float:
    """Return how many standard deviations the counts are from those of a uniform draw."""
    stream = np.random.default_rng(4).bytes
    drawn = [int(draw(stream, SMALL)) for _ in range(DRAWS)]
    assert set(drawn) == set(kept)
    counts = np.bincount(drawn, minlength=143)[kept]
    expected = DRAWS / len(kept)
    statistic = float(((counts - expected) ** 2 / expected).sum())
    # Wilson and Hilferty.
    freedom = len(kept) - 1
    deviation = (statistic / freedom) ** (1 / 3) - (1 - 2 / (9 * freedom))
    return abs(deviation) / math.sqrt(2 / (9 * freedom))


def test_masks_are_uniform_among_all_numbers_but_zero() -> None:
    assert spread(draw_nonzero, list(range(1, 143))) < 4


def test_randomness_is_uniform_among_the_units_alone() -> None:
    units = [one for one in range(1, 143) if math.gcd(one, 143) == 1]
    assert spread(draw_unit, units) < 4


def test_a_modulus_that_does_not_fill_its_bytes_is_drawn_below_all_the_same() -> None:
    nine_bits = modulus_of(gmpy2.mpz(17 * 19))
    stream = np.random.default_rng(5).bytes
    drawn = {int(draw_nonzero(stream, nine_bits)) for _ in range(5000)}
    assert drawn == set(range(1, 17 * 19))


def test_an_encryption_of_zero_is_the_nth_power_of_the_unit_drawn() -> None:
    unit = draw_unit(np.random.default_rng(6).bytes, SMALL)
    zero = encryption_of_zero(np.random.default_rng(6).bytes, SMALL)
    assert zero == pow(int(unit), 143, 143**2)


@pytest.mark.parametrize("bad", [0, 143, 255], ids=["zero", "the modulus", "above it"])
def test_what_is_out_of_range_is_drawn_again(bad) -> None:
    pieces = iter([bytes([bad]), b"\x0b", b"\x07"])
    assert draw_unit(lambda _: next(pieces), SMALL) == 7
