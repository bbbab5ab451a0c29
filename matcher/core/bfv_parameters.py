"""The named parameter sets of the BFV scheme.

Decides ring degree and primes. Does not bound noise (``bfv_noise``) and does not choose
(``parameter_choice``).

Rules:
 * SEAL's own encryption works modulo the special prime, too: so does a public key.
 * The ring, the plaintext modulus and the primes are those of BGV: what a slot holds and what the
   wire carries is the same, and q is 1 modulo t, so that a product with the rounded quotient q/t
   loses next to nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from matcher.core.canonical import JsonObject
from matcher.core.lattice_parameters import (
    PLAIN_MODULUS,
    PRIMES_48,
    PRIMES_56,
    SPECIAL_PRIME,
    LatticeParameters,
)
from matcher.core.scheme import Scheme

DEGREE = 8192

_P48, _P56 = PRIMES_48, PRIMES_56


@dataclass(frozen=True, slots=True)
class BfvParameters(LatticeParameters):
    """One parameter set.

    Attributes:
        plain_modulus: t.
    """

    plain_modulus: int

    scheme: ClassVar[Scheme] = Scheme.BFV
    most_decryptions: ClassVar[int | None] = None

    @property
    def slots(self) -> int:
        """Slots of a chunk."""
        return self.degree

    @property
    def public_key_bytes(self) -> int:
        """Bytes of a public key on the wire: its first polynomial modulo all key primes."""
        return self.degree * sum(self.residue_bytes)

    def to_json(self) -> JsonObject:
        """Return what a plan's digest covers; primes as text, which exceed a JSON number."""
        return {
            "name": self.name,
            "degree": self.degree,
            "plain_modulus": self.plain_modulus,
            "primes": [str(prime) for prime in self.primes],
            "special_prime": str(self.special_prime),
        }


def _row(name: str, *primes: int) -> BfvParameters:
    return BfvParameters(name, DEGREE, primes, SPECIAL_PRIME, PLAIN_MODULUS)


_ROWS = (
    _row("bfv-8192-104", _P48[0], _P56[0]),
    _row("bfv-8192-112", _P56[0], _P56[1]),
    _row("bfv-8192-152", _P48[0], _P48[1], _P56[0]),
    _row("bfv-8192-168", *_P56),
    _row("bfv-8192-192", *_P48),
)

BFV_SETS: Mapping[str, BfvParameters] = {row.name: row for row in _ROWS}
"""Every parameter set by name, the cheapest first."""
