"""The named parameter sets of the BGV scheme.

Decides ring degree, primes and byte widths. Does not bound noise (``noise``) and does not choose
(``parameter_choice``).

Rules:
 * Ring: Z[X]/(X^n + 1), n = 8192, plaintexts modulo t = 65537, so that one ciphertext carries
   8192 slots and every slot is a number modulo a prime.
 * t - 1 is a power of two: 16 random bits are a uniform non-zero mask, without rejection.
 * Every data prime is 1 modulo 2n and modulo t. The first gives a number-theoretic transform,
   the second means that dropping a prime leaves the plaintext as it is: SEAL's BGV correction
   factor is always 1 and need not be sent, derived or trusted.
 * Data primes have 48 or 56 bits, so that a residue is 6 or 7 bytes; the special prime has 20.
 * At most 218 bits including the special prime: 128-bit security with a uniform ternary secret
   against classical computers (Homomorphic Encryption Standard, 2018, table 1); sets of at most
   202 bits also meet the standard's quantum row. n = 4096 allows 109 bits, too few for flooding.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

DEGREE = 8192
PLAIN_MODULUS = 65537
CLASSICAL_128_BITS = 218
QUANTUM_128_BITS = 202

_P48 = (281449206448129, 281412698669057, 281383707197441, 281342904385537)
_P56 = (72057594021150721, 72057584357326849, 72057577914777601)
_SPECIAL = 1032193


@dataclass(frozen=True, slots=True)
class BgvParameters:
    """One parameter set.

    Attributes:
        name: what a run statement and a plan call it.
        degree: ring degree n, and slots per chunk.
        plain_modulus: t.
        primes: data primes, the one that stays to the end first, the first to be dropped last.
        special_prime: used in relinearisation only.
    """

    name: str
    degree: int
    plain_modulus: int
    primes: tuple[int, ...]
    special_prime: int

    @property
    def key_primes(self) -> tuple[int, ...]:
        """The primes of key material: data primes, then the special prime."""
        return (*self.primes, self.special_prime)

    @property
    def residue_bytes(self) -> tuple[int, ...]:
        """Bytes of one residue on the wire, for each of ``key_primes``."""
        return tuple((prime.bit_length() + 7) // 8 for prime in self.key_primes)

    @property
    def ciphertext_bytes(self) -> int:
        """Bytes of a column chunk on the wire: two polynomials modulo all data primes."""
        return 2 * self.degree * sum(self.residue_bytes[: len(self.primes)])

    @property
    def output_bytes(self) -> int:
        """Bytes of an output chunk on the wire: two polynomials modulo the first prime."""
        return 2 * self.degree * self.residue_bytes[0]

    @property
    def public_key_bytes(self) -> int:
        """Bytes of a public key on the wire: its first polynomial modulo all data primes."""
        return self.degree * sum(self.residue_bytes[: len(self.primes)])

    @property
    def evaluation_key_bytes(self) -> int:
        """Bytes of a relinearisation key: per data prime two polynomials modulo all key primes."""
        return len(self.primes) * 2 * self.degree * sum(self.residue_bytes)

    @property
    def log2_modulus(self) -> int:
        """Bits of the modulus that security rests on, special prime included."""
        return math.prod(self.key_primes).bit_length()

    @property
    def resists_quantum(self) -> bool:
        """Whether the set has 128 bits of security against quantum computers too."""
        return self.log2_modulus <= QUANTUM_128_BITS

    @property
    def security(self) -> str:
        """What the set promises, as a sentence."""
        against = "classical and quantum" if self.resists_quantum else "classical"
        limit = QUANTUM_128_BITS if self.resists_quantum else CLASSICAL_128_BITS
        return (
            f"128 bits of security against {against} computers: "
            f"n = {self.degree}, log2 q = {self.log2_modulus}, at most {limit}"
        )

    def modulus(self, level: int) -> int:
        """Return the ciphertext modulus after ``level`` primes have been dropped."""
        return math.prod(self.primes[: len(self.primes) - level])


def _row(name: str, *primes: int) -> BgvParameters:
    return BgvParameters(name, DEGREE, PLAIN_MODULUS, primes, _SPECIAL)


_ROWS = (
    _row("bgv-8192-104", _P48[0], _P56[0]),
    _row("bgv-8192-112", _P56[0], _P56[1]),
    _row("bgv-8192-152", _P48[0], _P48[1], _P56[0]),
    _row("bgv-8192-168", *_P56),
    _row("bgv-8192-192", *_P48),
)

PARAMETER_SETS: Mapping[str, BgvParameters] = {row.name: row for row in _ROWS}
"""Every parameter set by name, the cheapest first."""
