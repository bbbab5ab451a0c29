"""What is added to a masked output so that it says nothing but its verdicts.

Re-randomisation and flooding in one: an encryption of zero under the run's key, ``(pk₀·u + t·F,
pk₁·u + t·e)``, whose first error F is drawn from a range far wider than all noise in the output.

Rules:
 * u is uniform ternary, e has SEAL's error distribution, F is exactly uniform over
   ``Flood.size`` consecutive integers around 0; all fresh for every coefficient and output.
 * The second polynomial is a ring-LWE sample for the prescribed, hence uniform pk₁: whatever
   mask and columns left there disappears, honest providers or not.
 * What remains is message plus noise; F hides the noise (``core.noise`` says how well).
 * Always applied, to sums as well as products: a proof that depends on nobody else's
   randomness is worth a tenth of an evaluation.
"""

from __future__ import annotations

import numpy as np
import seal
from numpy.typing import NDArray

from matcher.core.modular import add, into_range, weighted_sum
from matcher.core.noise import Flood
from matcher.schemes.bgv_format import Ring, load_ciphertext, load_polynomial
from matcher.schemes.randomness import (
    RandomBytes,
    draw_below,
    draw_errors,
    draw_ternary,
    draw_words,
)

_WORD_BITS = 32


class Blinding:
    """Blinds outputs under one run's public key."""

    def __init__(self, ring_: Ring, public_key: NDArray[np.uint64]) -> None:
        """Take the public key's polynomials, shape (2, key primes, degree)."""
        self._ring = ring_
        self._keys = [
            load_ciphertext(ring_, public_key[:, : len(ring_.primes(level))], level)
            for level in range(len(ring_.level_ids))
        ]

    def blind(
        self, output: seal.Ciphertext, level: int, flood: Flood, random_bytes: RandomBytes
    ) -> None:
        """Blind a masked output in place."""
        ring_ = self._ring
        ternary = draw_ternary(random_bytes, ring_.parameters.degree)
        hidden = ring_.evaluator.multiply_plain(self._keys[level], load_polynomial(ring_, ternary))
        ring_.evaluator.add_inplace(output, hidden)
        errors = np.stack(
            [
                draw_flood(ring_, level, flood, random_bytes),
                _scaled_errors(ring_, level, random_bytes),
            ]
        )
        ring_.evaluator.add_inplace(
            output, load_ciphertext(ring_, errors, level, transformed=False)
        )


def draw_flood(
    ring_: Ring, level: int, flood: Flood, random_bytes: RandomBytes
) -> NDArray[np.uint64]:
    """Return t·F in coefficient form, shape (primes at ``level``, degree)."""
    degree, t = ring_.parameters.degree, ring_.parameters.plain_modulus
    words = [draw_words(random_bytes, degree) for _ in range(flood.words)]
    words.append(draw_below(random_bytes, flood.top, degree))
    return np.stack(
        [
            add(
                weighted_sum(
                    words,
                    [(t << (_WORD_BITS * index)) % prime for index in range(len(words))],
                    prime,
                ),
                np.full(degree, -t * flood.offset % prime, dtype=np.uint64),
                prime,
            )
            for prime in ring_.primes(level)
        ]
    )


def _scaled_errors(ring_: Ring, level: int, random_bytes: RandomBytes) -> NDArray[np.uint64]:
    """Return t·e in coefficient form, shape (primes at ``level``, degree)."""
    errors = draw_errors(random_bytes, ring_.parameters.degree) * ring_.parameters.plain_modulus
    return np.stack([into_range(errors.view(np.uint64), prime) for prime in ring_.primes(level)])
