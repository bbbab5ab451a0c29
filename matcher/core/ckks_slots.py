"""What a slot of a CKKS output decrypts to: a masked value, and how far it may be from it.

Decides which decrypted values an honest output can have. Real and imaginary part are each off by a
quarter at most. So a formula of 0 decrypts to at most √2/4 in size, one of 1 or more to at least
1 - √2/4 minus the error of a mask; what is in between is refused. What the noise in a ciphertext
is, ``ckks_noise`` says.

Where a quarter goes:

 1. The flood, by ``flood_factor``. Re F(ζ) and Im F(ζ) are sums of n independent uniform numbers
    of size W with weights cos and sin, whose squares sum up to n/2. A uniform number is
    sub-Gaussian with its own variance, because sinh(x)/x <= exp(x²/6); so |·| > x has probability
    at most 2·exp(-3x²/(n·W²)). x is taken so large that none of a chunk's n sums exceeds it, except
    with probability 2^-128.
 2. Noise: at most n times its root mean square. Dropping primes rounds by (n + 1)/2 in all
    coefficients.
 3. SEAL's decoding, in double precision: u = 2^-53. A transform of 2^k points errs by at most 8·k·u
    in the 2-norm (Higham, "Accuracy and Stability of Numerical Algorithms", 2002, theorem 24.2),
    which is at most √n times the largest value; converting adds as little again.

Rules:
 * Masks are encoded by SEAL in double precision and rounded: a slot is off by at most n/2 for the
   rounding of n coefficients and, by 3, less than that for the rest. This is part of the mask.
 * Columns hold 0 or 1, and of the classes of one attribute one at most is 1. Other values of a
   dishonest agency may come out as any number or be refused: nothing that it could not bring about
   by lying about its own data.
"""

from __future__ import annotations

import math
from fractions import Fraction

from matcher.core.ckks_parameters import CkksParameters

LARGEST_ERROR = Fraction(1, 4)
"""How far both parts of a decrypted slot are from those of its masked value at most."""

LARGEST_DISTANCE = Fraction(36, 100)
"""How far a decrypted slot is from its masked value at most, above √2/4; a half would be wrong."""

TAIL_BITS = 128

_LN2 = Fraction(6932, 10000)
_ROUNDOFF = Fraction(1, 2**53)


def mask_error(parameters: CkksParameters) -> Fraction:
    """Return how far a slot of an encoded mask is from the mask at most."""
    return Fraction(parameters.degree, 1 << parameters.mask_scale_bits)


def largest_masked(parameters: CkksParameters) -> Fraction:
    """Return the largest masked value."""
    return ((1 << parameters.mask_bits) + mask_error(parameters)) * (1 << parameters.value_bits)


def decoding_error(parameters: CkksParameters) -> Fraction:
    """Return what decoding in double precision adds to a slot at most."""
    n = parameters.degree
    relative = 2 * 8 * (n.bit_length() - 1) * _ROUNDOFF
    return relative * _root_above(n) * (largest_masked(parameters) + 1)


def flood_factor(degree: int) -> int:
    """Return how many times W the flood of a slot is at most."""
    exponent = TAIL_BITS + 1 + degree.bit_length()
    return _root_above(math.ceil(Fraction(degree, 3) * exponent * _LN2))


def _root_above(square: int) -> int:
    return math.isqrt(square) + 1
