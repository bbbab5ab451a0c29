"""Public-key encryption in the ring, as both sides need it: ``(pk₀·u + x, pk₁·u + t·e)``.

A provider puts its message and an error into x; a blind evaluator puts the flood there. Decides
the randomness of u and e. Holds no secret.

Rules:
 * u is uniform ternary, e centred binomial, fresh for every encryption, as in SEAL.
 * Unlike SEAL's own encryption this one works modulo the data primes from the start. SEAL adds
   the special prime, which buys nothing here (``core.noise``) and takes three times as long.
 * The ring operations are SEAL's: no number-theoretic transform of our own.
"""

from __future__ import annotations

import numpy as np
import seal
from numpy.typing import NDArray

from matcher.core.modular import into_range
from matcher.schemes.bgv_format import Residues, Ring, load_ciphertext, load_polynomial
from matcher.schemes.randomness import RandomBytes, draw_errors, draw_ternary


class PublicEncryption:
    """Encrypts under one run's public key, at any level."""

    def __init__(self, ring_: Ring, public_key: Residues, random_bytes: RandomBytes) -> None:
        """Take the public key's polynomials, shape (2, data primes, degree)."""
        self._ring = ring_
        self._random_bytes = random_bytes
        self._keys = [
            load_ciphertext(ring_, public_key[:, : len(ring_.primes(level))], level)
            for level in range(len(ring_.level_ids))
        ]

    def encrypt(self, level: int, first: Residues) -> seal.Ciphertext:
        """Return a fresh ciphertext at ``level``.

        Args:
            level: primes dropped.
            first: what is added to pk₀·u, in coefficient form, shape (primes, degree).
        """
        ring_ = self._ring
        ternary = draw_ternary(self._random_bytes, ring_.parameters.degree)
        hidden = ring_.evaluator.multiply_plain(self._keys[level], load_polynomial(ring_, ternary))
        added = np.stack([first, reduced(ring_, level, self.errors())])
        ring_.evaluator.add_inplace(hidden, load_ciphertext(ring_, added, level, transformed=False))
        return hidden

    def errors(self) -> NDArray[np.int64]:
        """Return the coefficients of a fresh t·e."""
        parameters = self._ring.parameters
        return draw_errors(self._random_bytes, parameters.degree) * parameters.plain_modulus


def reduced(ring_: Ring, level: int, coefficients: NDArray[np.int64]) -> Residues:
    """Return small coefficients modulo every prime at ``level``, shape (primes, degree)."""
    words = coefficients.view(np.uint64)
    return np.stack([into_range(words, prime) for prime in ring_.primes(level)])
