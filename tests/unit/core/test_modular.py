from __future__ import annotations

import random

import numpy as np
import pytest

from matcher.core import modular
from matcher.core.bgv_parameters import BGV_SETS

PRIMES = sorted({prime for row in BGV_SETS.values() for prime in row.key_primes})


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


@pytest.mark.parametrize("prime", PRIMES)
def test_products_next_to_a_multiple_of_the_prime_are_exact(prime: int) -> None:
    """Where an estimated quotient is off by one if it ever is."""
    rng = random.Random(prime)
    factors = [prime - 1, prime - 2, prime // 2, *(rng.randrange(1, prime) for _ in range(300))]
    edges = [edge for edge in (1, 2, 2**28 - 1, 2**28, 2**28 + 1, 2**55) if edge < prime]
    remainders = [0, 1, 2, prime - 2, prime - 1]
    pairs = [(f, r * pow(f, -1, prime) % prime) for f in factors for r in remainders]
    pairs += [(f, edge) for f in factors for edge in edges]
    left, right = (np.array(side, dtype=np.uint64) for side in zip(*pairs, strict=True))
    expected = [a * b % prime for a, b in pairs]
    assert modular.multiply(left, right, prime).tolist() == expected
    assert modular.multiply(right, left, prime).tolist() == expected


@pytest.mark.parametrize("count", range(1, 9))
@pytest.mark.parametrize("prime", [PRIMES[0], PRIMES[-1], 2**57 - 13])
def test_weighted_sums_next_to_a_multiple_of_the_prime_are_exact(prime: int, count: int) -> None:
    rng = random.Random(count)
    weights = [prime - 1 - rng.randrange(4) for _ in range(count)]
    rows = []
    for _ in range(300):
        others = [2**40 - 1 - rng.randrange(3) for _ in weights[1:]]
        rest = sum(w * k for w, k in zip(others, weights[1:], strict=True))
        multiple = (rest + weights[0] * rng.randrange(2**39)) // prime + 1
        rows.append([(multiple * prime - rest) // weights[0] + rng.randrange(2), *others])
    words = list(np.array(rows, dtype=np.uint64).T.copy())
    assert max(map(max, rows)) < 2**40
    expected = [sum(w * k for w, k in zip(row, weights, strict=True)) % prime for row in rows]
    assert modular.weighted_sum(words, weights, prime).tolist() == expected


@pytest.mark.parametrize("prime", PRIMES)
def test_every_edge_of_the_range_is_brought_in(prime: int) -> None:
    edges = [m * prime + step for m in range(-2, 3) for step in range(-3, 4)]
    inside = [value for value in edges if -2 * prime < value < 2 * prime]
    wrapped = np.array(inside, dtype=np.int64).view(np.uint64)
    assert modular.into_range(wrapped, prime).tolist() == [value % prime for value in inside]
