from __future__ import annotations

import numpy as np
import pytest

from matcher.core.bgv_parameters import BGV_SETS
from matcher.core.errors import InvalidCiphertext
from matcher.core.packing import pack, packed_bytes, unpack

PRIMES = BGV_SETS["bgv-8192-152"].key_primes
DEGREE = 64


def polynomials(seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rows = [rng.integers(0, prime, (2, DEGREE), dtype=np.uint64) for prime in PRIMES]
    drawn = np.stack(rows, axis=1)
    for index, prime in enumerate(PRIMES):
        drawn[:, index, 0] = prime - 1
        drawn[:, index, 1] = 0
    return drawn


def test_what_is_packed_comes_back() -> None:
    drawn = polynomials()
    packed = pack(drawn, PRIMES)
    assert len(packed) == packed_bytes(2, PRIMES, DEGREE) == 2 * DEGREE * (6 + 6 + 7 + 3)
    assert np.array_equal(unpack(packed, 2, PRIMES, DEGREE), drawn)


def test_seven_bytes_are_laid_out_as_planes_of_four_two_and_one() -> None:
    prime = BGV_SETS["bgv-8192-112"].primes[0]
    residues = np.array([[[0x07060504030201, 0x17161514131211]]], dtype=np.uint64)
    planes = "01020304 11121314 0506 1516 07 17"
    assert pack(residues, [2**56 - 1]) == bytes.fromhex(planes)
    assert prime.bit_length() == 56


def test_three_bytes_are_laid_out_as_planes_of_two_and_one() -> None:
    residues = np.array([[[0x030201, 0x131211]]], dtype=np.uint64)
    assert pack(residues, [2**24 - 1]) == bytes.fromhex("0102 1112 03 13")


@pytest.mark.parametrize("change", [-1, 1, DEGREE])
def test_a_wrong_length_is_refused(change: int) -> None:
    packed = pack(polynomials(), PRIMES)
    wrong = packed[:change] if change < 0 else packed + bytes(change)
    with pytest.raises(InvalidCiphertext):
        unpack(wrong, 2, PRIMES, DEGREE)


@pytest.mark.parametrize("index", range(len(PRIMES)))
def test_a_residue_that_is_not_below_its_prime_is_refused(index: int) -> None:
    drawn = polynomials()
    drawn[1, index, 5] = PRIMES[index]
    with pytest.raises(InvalidCiphertext):
        unpack(pack(drawn, PRIMES), 2, PRIMES, DEGREE)
