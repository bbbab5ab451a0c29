"""What is added to a masked output so that it says nothing but its verdicts.

Re-randomisation and flooding in one: an encryption of zero under the run's key whose first
error t·F is drawn from a range far wider than all noise in the output.

Rules:
 * F is uniform and fresh for every coefficient and output (``flooding``).
 * The second polynomial gains a ring-LWE sample for the prescribed, hence uniform pk₁: whatever
   mask and columns left there disappears, honest providers or not.
 * What remains is message plus noise; F hides the noise (``core.noise`` says how well).
 * Always applied, to sums as well as products: a proof that depends on nobody else's randomness
   is worth a quarter of an evaluation (docs/adr).
"""

from __future__ import annotations

import seal

from matcher.core.flood import Flood
from matcher.schemes import flooding
from matcher.schemes.bgv_encryption import PublicEncryption
from matcher.schemes.bgv_format import Residues, Ring
from matcher.schemes.randomness import RandomBytes


class Blinding:
    """Blinds outputs under one run's public key."""

    def __init__(self, ring_: Ring, public_key: Residues, random_bytes: RandomBytes) -> None:
        """Take the public key's polynomials, shape (2, data primes, degree)."""
        self._ring = ring_
        self._random_bytes = random_bytes
        self._encryption = PublicEncryption(ring_, public_key, random_bytes)

    def blind(self, output: seal.Ciphertext, level: int, flood: Flood) -> None:
        """Blind a masked output at ``level`` in place."""
        drawn = draw_flood(self._ring, level, flood, self._random_bytes)
        zero = self._encryption.encrypt(level, drawn)
        self._ring.evaluator.add_inplace(output, zero)


def draw_flood(ring_: Ring, level: int, flood: Flood, random_bytes: RandomBytes) -> Residues:
    """Return t·F in coefficient form, shape (primes at ``level``, degree)."""
    parameters = ring_.parameters
    return flooding.draw_flood(
        flood, parameters.plain_modulus, ring_.primes(level), parameters.degree, random_bytes
    )
