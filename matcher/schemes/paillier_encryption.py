"""Encryptions of zero, r^n modulo n²: a provider adds its message, a blind evaluator nothing.

Decides how the randomness of Paillier's scheme is drawn. Holds no secret key.

Rules:
 * r is uniform among the units modulo n, which makes r^n uniform among the n-th powers. Units are
   kept by looking, not by trusting that others are rare: they are, if the factors of n are large,
   and its maker alone knows whether they are.
 * Everything is drawn by rejection, never by reduction.
 * The exponent n is public; GMP's power takes an equally long way for every r, up to its last
   reductions. No more than that is claimed about timing.
"""

from __future__ import annotations

import gmpy2

from matcher.schemes.paillier_format import Modulus, Number
from matcher.schemes.randomness import RandomBytes


def draw_nonzero(random_bytes: RandomBytes, modulus: Modulus) -> Number:
    """Return a uniform number in 1 .. n-1."""
    excess = 8 * modulus.size - modulus.n.bit_length()
    while True:
        drawn = gmpy2.mpz(int.from_bytes(random_bytes(modulus.size), "big") >> excess)
        if 0 < drawn < modulus.n:
            return drawn


def draw_unit(random_bytes: RandomBytes, modulus: Modulus) -> Number:
    """Return a uniform number in 1 .. n-1 that has no factor in common with n."""
    while True:
        drawn = draw_nonzero(random_bytes, modulus)
        if gmpy2.gcd(drawn, modulus.n) == 1:
            return drawn


def encryption_of_zero(random_bytes: RandomBytes, modulus: Modulus) -> Number:
    """Return a fresh r^n modulo n²."""
    return gmpy2.powmod(draw_unit(random_bytes, modulus), modulus.n, modulus.square)
