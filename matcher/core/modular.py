"""Exact arithmetic modulo primes of up to 57 bits, on whole numpy vectors of 64-bit words.

A product of two such residues has twice the bits that numpy's integers hold. The trick: the
quotient by the prime is small enough for a double to find it up to one, and the remainder is
then exact in arithmetic that wraps around at 2^64.

Rules:
 * Words are below 2^40, weights below the prime, at most eight terms: the quotient stays below
   2^43, far inside a double's 53 bits, so that the estimate is off by at most one.
 * Time does not depend on the values: no branches, no early exits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Words: TypeAlias = NDArray[np.uint64]

LARGEST_PRIME_BITS = 57
_HALF_BITS = 28


def weighted_sum(words: Sequence[Words], weights: Sequence[Words | int], prime: int) -> Words:
    """Return ``sum(words[i]·weights[i]) mod prime``.

    Args:
        words: vectors of one shape, entries below 2^40.
        weights: residues below ``prime``, one number or one vector for each of ``words``.
        prime: at most 57 bits.
    """
    quotient = np.zeros(words[0].shape, dtype=np.float64)
    remainder = np.zeros(words[0].shape, dtype=np.uint64)
    for word, weight in zip(words, weights, strict=True):
        factor = np.asarray(weight, dtype=np.uint64)
        quotient += word.astype(np.float64) * (factor.astype(np.float64) / prime)
        remainder += word * factor
    remainder -= quotient.astype(np.uint64) * np.uint64(prime)
    return _into_range(remainder, prime)


def multiply(left: Words, right: Words, prime: int) -> Words:
    """Return ``left·right mod prime``, entry by entry, for residues below ``prime``."""
    high = right >> np.uint64(_HALF_BITS)
    low = right & np.uint64((1 << _HALF_BITS) - 1)
    step = weighted_sum([np.full_like(left, 1 << _HALF_BITS)], [left], prime)
    return weighted_sum([low, high], [left, step], prime)


def subtract(left: Words, right: Words, prime: int) -> Words:
    """Return ``left - right mod prime``, entry by entry."""
    return _into_range(left - right, prime)


def add(left: Words, right: Words, prime: int) -> Words:
    """Return ``left + right mod prime``, entry by entry."""
    return _into_range(left + right, prime)


def _into_range(values: Words, prime: int) -> Words:
    """Bring wrapped values from (-2·prime, 2·prime) into 0 .. prime - 1."""
    values += (values >> np.uint64(63)) * np.uint64(2 * prime)
    values -= (values >= np.uint64(2 * prime)) * np.uint64(2 * prime)
    values -= (values >= np.uint64(prime)) * np.uint64(prime)
    return values
