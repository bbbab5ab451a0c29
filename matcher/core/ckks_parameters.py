"""The named parameter sets of the CKKS scheme, which is for research.

Decides ring degree, primes, scales and masks. Does not bound noise (``ckks_noise``) and does not
choose (``parameter_choice``).

Rules:
 * A ciphertext carries n/2 slots of real numbers. Misses are encoded at the scale 2^scale_bits,
   masks at 2^mask_scale_bits; scales multiply and nothing is rescaled before the output, so that
   every output of a set has the same scale: ``factors`` times that of a miss, times a mask's.
 * An output keeps the first two primes; its scale is divided by the others.
 * A mask is a complex number at a uniform angle, 2^x in size with x uniform below mask_bits. Its
   angle hides that of a slot, whatever an agency sent. Nothing hides a number's size as a mask
   modulo a prime does: whoever sees a masked value tells few misses from many a little better than
   by chance (``advantage``).
 * The special prime is used in encryption, too, so that a public key is modulo all primes.
 * A column's chunk stays below 1 MiB, the largest message: at n = 16384 that is 30 bytes a residue.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from matcher.core.canonical import JsonObject
from matcher.core.errors import InvalidConfiguration
from matcher.core.lattice_parameters import LatticeParameters
from matcher.core.scheme import Scheme

OUTPUT_PRIMES = 2

_P48 = (281474976546817, 281474976317441, 281474975662081, 281474975563777, 281474975367169)
_P56 = (72057594037370881, 72057594037338113, 72057594036879361)
_SPECIAL = 786433
"""Primes that are 1 modulo 2·16384, the largest of their size."""


@dataclass(frozen=True, slots=True)
class CkksParameters(LatticeParameters):
    """One parameter set.

    Attributes:
        scale_bits: of an encoded miss.
        factors: how many misses' scales an output's scale contains: 1 for sums, 2 for a product.
        mask_scale_bits: of an encoded mask.
        mask_bits: masks lie between 1 and 2^mask_bits.
        value_bits: a formula counts up to 2^value_bits.
    """

    scale_bits: int
    factors: int
    mask_scale_bits: int
    mask_bits: int
    value_bits: int

    scheme: ClassVar[Scheme] = Scheme.CKKS
    most_decryptions: ClassVar[int | None] = 1024

    def __post_init__(self) -> None:
        LatticeParameters.__post_init__(self)
        bits = self.masked_scale.bit_length() + self.mask_bits + self.value_bits
        # A sign, and half as much again for noise.
        if 3 << bits > 2 * self.modulus(0):
            raise InvalidConfiguration(
                f"masked values of {bits} bits do not fit into a modulus of "
                f"{self.modulus(0).bit_length()} bits",
                where=self.name,
                fix="use smaller scales or masks, or more primes",
            )

    @property
    def slots(self) -> int:
        """Slots of a chunk."""
        return self.degree // 2

    @property
    def output_level(self) -> int:
        """How many primes an output has lost."""
        return len(self.primes) - OUTPUT_PRIMES

    @property
    def output_bytes(self) -> int:
        """Bytes of an output chunk on the wire: two polynomials modulo the first two primes."""
        return 2 * self.degree * sum(self.residue_bytes[:OUTPUT_PRIMES])

    @property
    def public_key_bytes(self) -> int:
        """Bytes of a public key on the wire: its first polynomial modulo all key primes."""
        return self.degree * sum(self.residue_bytes)

    @property
    def masked_scale(self) -> int:
        """The scale of a masked value before primes are dropped."""
        return 1 << (self.factors * self.scale_bits + self.mask_scale_bits)

    @property
    def output_scale(self) -> Fraction:
        """The scale of an output on the wire."""
        return Fraction(self.masked_scale, math.prod(self.primes[OUTPUT_PRIMES:]))

    @property
    def advantage(self) -> float:
        """How well one masked value tells one miss from two: the statistical distance.

        The logarithm of a masked value is that of the mask, uniform over mask_bits, moved by that
        of the number of misses; the distance is the part of the range that it moves out of.
        """
        return self.advantage_over(2)

    def advantage_over(self, misses: int) -> float:
        """Return the statistical distance of a masked value of one miss and one of ``misses``."""
        return min(1.0, math.log2(misses) / self.mask_bits)

    def to_json(self) -> JsonObject:
        """Return what a plan's digest covers; primes as text, which exceed a JSON number."""
        return {
            "name": self.name,
            "degree": self.degree,
            "primes": [str(prime) for prime in self.primes],
            "special_prime": str(self.special_prime),
            "scale_bits": self.scale_bits,
            "factors": self.factors,
            "mask_scale_bits": self.mask_scale_bits,
            "mask_bits": self.mask_bits,
            "value_bits": self.value_bits,
        }


_ROWS = (
    CkksParameters(
        "ckks-8192-152",
        8192,
        (_P56[0], *_P48[:2]),
        _SPECIAL,
        scale_bits=98,
        factors=1,
        mask_scale_bits=18,
        mask_bits=28,
        value_bits=6,
    ),
    CkksParameters(
        "ckks-8192-168",
        8192,
        _P56,
        _SPECIAL,
        scale_bits=114,
        factors=1,
        mask_scale_bits=18,
        mask_bits=24,
        value_bits=10,
    ),
    CkksParameters(
        "ckks-16384-240",
        16384,
        _P48,
        _SPECIAL,
        scale_bits=96,
        factors=2,
        mask_scale_bits=18,
        mask_bits=22,
        value_bits=6,
    ),
)

CKKS_SETS: Mapping[str, CkksParameters] = {row.name: row for row in _ROWS}
"""Every parameter set by name, the cheapest first."""
