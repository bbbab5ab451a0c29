"""Exact arithmetic modulo primes of up to 57 bits, on whole numpy vectors of 64-bit words.

A product of two such residues has twice the bits that numpy's integers hold. The trick: the
quotient by the prime is small enough for a double to find it up to one, and the remainder is
then exact in arithmetic that wraps around at 2^64.

Rules:
 * Words are below 2^40, weights below the prime, at most eight terms: the quotient stays below
   2^43, far inside a double's 53 bits, so that the estimate is off by at most one.
 * Time does not depend on the values: no branches, no tables, no early exits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Words: TypeAlias = NDArray[np.uint64]

LARGEST_PRIME_BITS = 57
_HALF_BITS = 28


def weighted_sum(words: Sequence[Words], weights: Sequence[int], prime: int) -> Words:
    """Return ``sum(words[i]·weights[i]) mod prime``, entry by entry.

    Args:
        words: vectors of one shape, entries below 2^40.
        weights: a residue below ``prime`` for each of ``words``.
        prime: at most 57 bits.
    """
    quotient = words[0] * (weights[0] / prime)
    remainder = words[0] * np.uint64(weights[0])
    for word, weight in zip(words[1:], weights[1:], strict=True):
        quotient += word * (weight / prime)
        remainder += word * np.uint64(weight)
    remainder -= quotient.astype(np.uint64) * np.uint64(prime)
    return into_range(remainder, prime)


def multiply(left: Words, right: Words, prime: int) -> Words:
    """Return ``left·right mod prime``, entry by entry, for residues below ``prime``."""
    high = right >> np.uint64(_HALF_BITS)
    low = right & np.uint64((1 << _HALF_BITS) - 1)
    shifted = _multiply_half(left, np.full_like(left, 1 << _HALF_BITS), prime)
    return add(_multiply_half(left, low, prime), _multiply_half(shifted, high, prime), prime)


def subtract(left: Words, right: Words, prime: int) -> Words:
    """Return ``left - right mod prime``, entry by entry."""
    return into_range(left - right, prime)


def add(left: Words, right: Words, prime: int) -> Words:
    """Return ``left + right mod prime``, entry by entry."""
    return into_range(left + right, prime)


def into_range(values: Words, prime: int) -> Words:
    """Bring values in (-2·prime, 2·prime), wrapped around at 2^64, into 0 .. prime - 1."""
    # Of a number and its shift by the modulus, the one that did not wrap is the smaller.
    positive: Words = np.minimum(values, values + np.uint64(2 * prime))
    reduced: Words = np.minimum(positive, positive - np.uint64(prime))
    return reduced


def _multiply_half(left: Words, half: Words, prime: int) -> Words:
    """Return ``left·half mod prime`` for entries of ``half`` up to 2^29."""
    quotient = half * (left / prime)
    remainder: Words = left * half - quotient.astype(np.uint64) * np.uint64(prime)
    return into_range(remainder, prime)
