"""The named parameter sets of the BGV scheme.

Decides ring degree and primes. Does not bound noise (``bgv_noise``) and does not choose
(``parameter_choice``).

Rules:
 * n = 8192, plaintexts modulo t = 65537, so that one ciphertext carries 8192 slots and every slot
   is a number modulo a prime.
 * t - 1 is a power of two: 16 random bits are a uniform non-zero mask, without rejection.
 * Every data prime is 1 modulo 2n and modulo t. The first gives a number-theoretic transform,
   the second means that dropping a prime leaves the plaintext as it is: SEAL's BGV correction
   factor is always 1 and need not be sent, derived or trusted.
 * Data primes have 48 or 56 bits, so that a residue is 6 or 7 bytes; the special prime has 20.
 * n = 4096 allows 109 bits, too few for flooding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from matcher.core.lattice_parameters import (
    PLAIN_MODULUS,
    PRIMES_48,
    PRIMES_56,
    SPECIAL_PRIME,
    ModularParameters,
)
from matcher.core.scheme import Scheme

DEGREE = 8192


@dataclass(frozen=True, slots=True)
class BgvParameters(ModularParameters):
    """One parameter set."""

    scheme: ClassVar[Scheme] = Scheme.BGV


def _row(name: str, *primes: int) -> BgvParameters:
    return BgvParameters(name, DEGREE, primes, SPECIAL_PRIME, PLAIN_MODULUS)


_ROWS = (
    _row("bgv-8192-104", PRIMES_48[0], PRIMES_56[0]),
    _row("bgv-8192-112", PRIMES_56[0], PRIMES_56[1]),
    _row("bgv-8192-152", PRIMES_48[0], PRIMES_48[1], PRIMES_56[0]),
    _row("bgv-8192-168", *PRIMES_56),
    _row("bgv-8192-192", *PRIMES_48),
)

BGV_SETS: Mapping[str, BgvParameters] = {row.name: row for row in _ROWS}
"""Every parameter set by name, the cheapest first."""
