"""The named parameter sets of the CKKS scheme, which is for research.

Decides ring degree, primes and scales. Does not bound noise (``ckks_noise``) and does not choose
(``parameter_choice``).

Rules:
 * A ciphertext carries n/2 slots of real numbers. Misses are encoded at the scale 2^scale_bits,
   masks at 2^mask_scale_bits; scales multiply and nothing is rescaled, so that an output's scale
   follows from its circuit alone.
 * A mask is a real number between 1 and 2^mask_bits. It does not hide how far a case misses as a
   mask modulo a prime does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from matcher.core.canonical import JsonObject
from matcher.core.lattice_parameters import LatticeParameters
from matcher.core.scheme import Scheme


@dataclass(frozen=True, slots=True)
class CkksParameters(LatticeParameters):
    """One parameter set.

    Attributes:
        scale_bits: of an encoded miss.
        mask_scale_bits: of an encoded mask.
        mask_bits: masks lie between 1 and 2^mask_bits.
    """

    scale_bits: int
    mask_scale_bits: int
    mask_bits: int

    scheme: ClassVar[Scheme] = Scheme.CKKS
    most_decryptions: ClassVar[int | None] = 1024

    @property
    def slots(self) -> int:
        """Slots of a chunk."""
        return self.degree // 2

    def to_json(self) -> JsonObject:
        """Return what a plan's digest covers; primes as text, which exceed a JSON number."""
        return {
            "name": self.name,
            "degree": self.degree,
            "primes": [str(prime) for prime in self.primes],
            "special_prime": str(self.special_prime),
            "scale_bits": self.scale_bits,
            "mask_scale_bits": self.mask_scale_bits,
            "mask_bits": self.mask_bits,
        }


_ROWS: tuple[CkksParameters, ...] = ()

CKKS_SETS: Mapping[str, CkksParameters] = {row.name: row for row in _ROWS}
"""Every parameter set by name, the cheapest first."""
