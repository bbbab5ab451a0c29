"""Draws what drowns an output's noise, as residues modulo the output's primes.

Rules:
 * F is exactly uniform over ``Flood.size`` consecutive integers around 0, fresh for every
   coefficient and output: low words of 32 bits, the top one by rejection.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.core.flood import Flood
from matcher.core.modular import add, weighted_sum
from matcher.schemes.randomness import RandomBytes, draw_below, draw_words

_WORD_BITS = 32


def draw_flood(
    flood: Flood, scale: int, primes: Sequence[int], degree: int, random_bytes: RandomBytes
) -> NDArray[np.uint64]:
    """Return ``scale``·F in coefficient form, shape (primes, degree)."""
    words = [draw_words(random_bytes, degree) for _ in range(flood.words)]
    words.append(draw_below(random_bytes, flood.top, degree))
    scales = [scale << (_WORD_BITS * index) for index in range(len(words))]
    residues = np.empty((len(primes), degree), dtype=np.uint64)
    for row, prime in zip(residues, primes, strict=True):
        drawn = weighted_sum(words, [one % prime for one in scales], prime)
        row[:] = add(drawn, np.full_like(row, -scale * flood.offset % prime), prime)
    return residues
