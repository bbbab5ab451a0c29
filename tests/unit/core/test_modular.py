from __future__ import annotations

import numpy as np
import pytest

from matcher.core import modular
from matcher.core.parameters import PARAMETER_SETS

PRIMES = sorted({prime for row in PARAMETER_SETS.values() for prime in row.key_primes})


def residues(prime: int, seed: int) -> np.ndarray:
    drawn = np.random.default_rng(seed).integers(0, prime, 500, dtype=np.uint64)
    drawn[:4] = [0, 1, prime - 1, prime // 2]
    return drawn


@pytest.mark.parametrize("prime", PRIMES)
def test_vector_arithmetic_agrees_with_integers(prime: int) -> None:
    left, right = residues(prime, 1), residues(prime, 2)[::-1].copy()
    pairs = [(int(a), int(b)) for a, b in zip(left, right, strict=True)]
    assert modular.multiply(left, right, prime).tolist() == [a * b % prime for a, b in pairs]
    assert modular.add(left, right, prime).tolist() == [(a + b) % prime for a, b in pairs]
    assert modular.subtract(left, right, prime).tolist() == [(a - b) % prime for a, b in pairs]


@pytest.mark.parametrize("prime", PRIMES)
def test_the_largest_factors_do_not_overflow(prime: int) -> None:
    largest = np.full(8, prime - 1, dtype=np.uint64)
    assert modular.multiply(largest, largest, prime).tolist() == [1] * 8


@pytest.mark.parametrize("prime", PRIMES)
def test_a_weighted_sum_of_the_largest_words_is_exact(prime: int) -> None:
    rng = np.random.default_rng(3)
    words = [rng.integers(0, 2**40, 500, dtype=np.uint64) for _ in range(5)]
    for index, word in enumerate(words):
        word[index] = 2**40 - 1
        word[10] = 2**40 - 1
        word[11] = 0
    weights = [prime - 1, prime // 3, 1, 0, prime - 2]
    expected = [
        sum(int(w) * k for w, k in zip(row, weights, strict=True)) % prime
        for row in zip(*words, strict=True)
    ]
    assert modular.weighted_sum(words, weights, prime).tolist() == expected


def test_wrapped_values_come_back_into_range() -> None:
    prime = 1032193
    values = np.array([-2 * prime + 1, -prime, -1, 0, prime, 2 * prime - 1], dtype=np.int64)
    expected = [1, 0, prime - 1, 0, 0, prime - 1]
    assert modular.into_range(values.view(np.uint64), prime).tolist() == expected
