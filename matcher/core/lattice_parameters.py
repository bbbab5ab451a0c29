"""What parameter sets of all schemes on ring learning with errors have in common.

Decides byte widths and what a modulus promises. Which primes a scheme uses is said in its own
file of parameters; how much noise they leave room for in its file of noise.

Rules:
 * Ring: Z[X]/(X^n + 1). Key material is modulo all primes, a fresh ciphertext modulo the data
   primes, an output modulo the first of them.
 * Security of a uniform ternary secret is read off the Homomorphic Encryption Standard (2018),
   table 1: the largest log2 q at 128 bits, special prime included, against classical and against
   quantum computers. A set above the classical limit does not exist.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from matcher.core.canonical import JsonObject
from matcher.core.errors import InvalidConfiguration

PLAIN_MODULUS = 65537
"""t, what slots count modulo; circuits of every scheme keep their values below it."""

PRIMES_48 = (281449206448129, 281412698669057, 281383707197441, 281342904385537)
PRIMES_56 = (72057594021150721, 72057584357326849, 72057577914777601)
SPECIAL_PRIME = 1032193
"""Primes that are 1 modulo 2·8192; those of 48 and 56 bits are 1 modulo t, too."""

CLASSICAL_128_BITS: Mapping[int, int] = {4096: 109, 8192: 218, 16384: 438}
QUANTUM_128_BITS: Mapping[int, int] = {4096: 101, 8192: 202, 16384: 411}


@dataclass(frozen=True, slots=True)
class LatticeParameters:
    """One parameter set.

    Attributes:
        name: what a run statement and a plan call it.
        degree: ring degree n.
        primes: data primes, the one that stays to the end first, the first to be dropped last.
        special_prime: used in relinearisation only.
    """

    name: str
    degree: int
    primes: tuple[int, ...]
    special_prime: int

    def __post_init__(self) -> None:
        check_security(self.degree, self.log2_modulus, self.name)

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
        return self.log2_modulus <= QUANTUM_128_BITS[self.degree]

    @property
    def security(self) -> str:
        """What the set promises, as a sentence."""
        quantum = self.resists_quantum
        against = "classical and quantum" if quantum else "classical"
        limit = (QUANTUM_128_BITS if quantum else CLASSICAL_128_BITS)[self.degree]
        return (
            f"128 bits of security against {against} computers: "
            f"n = {self.degree}, log2 q = {self.log2_modulus}, at most {limit}"
        )

    def modulus(self, level: int) -> int:
        """Return the ciphertext modulus after ``level`` primes have been dropped."""
        return math.prod(self.primes[: len(self.primes) - level])


@dataclass(frozen=True, slots=True)
class ModularParameters(LatticeParameters):
    """A parameter set of a scheme whose slots hold numbers modulo a prime.

    Attributes:
        plain_modulus: t.
    """

    plain_modulus: int

    most_decryptions: ClassVar[int | None] = None

    @property
    def slots(self) -> int:
        """Slots of a chunk."""
        return self.degree

    def to_json(self) -> JsonObject:
        """Return what a plan's digest covers; primes as text, which exceed a JSON number."""
        return {
            "name": self.name,
            "degree": self.degree,
            "plain_modulus": self.plain_modulus,
            "primes": [str(prime) for prime in self.primes],
            "special_prime": str(self.special_prime),
        }


def check_security(degree: int, log2_modulus: int, where: str) -> None:
    """Check that a modulus of ``log2_modulus`` bits has 128 bits of security at ``degree``.

    Raises:
        InvalidConfiguration: the degree is not in the table, or the modulus is above it.
    """
    if degree not in CLASSICAL_128_BITS:
        raise InvalidConfiguration(
            f"the security table has no ring degree {degree}",
            where=where,
            fix=f"choose {', '.join(map(str, CLASSICAL_128_BITS))}",
        )
    limit = CLASSICAL_128_BITS[degree]
    if log2_modulus > limit:
        raise InvalidConfiguration(
            f"a modulus of {log2_modulus} bits at n = {degree} is above the security table, which "
            f"allows {limit} bits",
            where=where,
            fix="use smaller or fewer primes, or a larger ring degree",
        )
