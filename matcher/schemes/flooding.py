"""Draws the flood of an output: t·F as residues, F uniform over far more than the noise.

Decides how F becomes residues modulo each prime; how much of it is needed is ``core.noise``'s.

Rules:
 * F is exactly uniform over ``Flood.size`` consecutive integers around 0, independently for
   every coefficient: 32-bit words from the stream, the top one by rejection.
 * t·F modulo a prime is a sum of words times constants; no big integers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.core.modular import add, weighted_sum
from matcher.core.noise import Flood
from matcher.core.parameters import BgvParameters
from matcher.schemes.randomness import RandomBytes, draw_below

_WORD_BITS = 32


def draw_flood(
    flood: Flood, parameters: BgvParameters, level: int, random_bytes: RandomBytes
) -> NDArray[np.uint64]:
    """Return t·F in coefficient form, shape (primes at ``level``, degree)."""
    primes = parameters.primes[: len(parameters.primes) - level]
    words = [
        np.frombuffer(random_bytes(4 * parameters.degree), dtype="<u4").astype(np.uint64)
        for _ in range(flood.words)
    ]
    words.append(draw_below(random_bytes, flood.top, parameters.degree))
    t = parameters.plain_modulus
    residues = np.empty((len(primes), parameters.degree), dtype=np.uint64)
    for row, prime in zip(residues, primes, strict=True):
        weights = [(t << (_WORD_BITS * index)) % prime for index in range(len(words))]
        offset = np.full_like(row, -t * flood.offset % prime)
        row[:] = add(weighted_sum(words, weights, prime), offset, prime)
    return residues
