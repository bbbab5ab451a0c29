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
class BfvParameters(ModularParameters):
    """One parameter set."""

    scheme: ClassVar[Scheme] = Scheme.BFV

    @property
    def public_key_bytes(self) -> int:
        """Bytes of a public key on the wire: its first polynomial modulo all key primes."""
        return self.degree * sum(self.residue_bytes)


def _row(name: str, *primes: int) -> BfvParameters:
    return BfvParameters(name, DEGREE, primes, SPECIAL_PRIME, PLAIN_MODULUS)


_ROWS = (
    _row("bfv-8192-104", PRIMES_48[0], PRIMES_56[0]),
    _row("bfv-8192-112", PRIMES_56[0], PRIMES_56[1]),
    _row("bfv-8192-152", PRIMES_48[0], PRIMES_48[1], PRIMES_56[0]),
    _row("bfv-8192-168", *PRIMES_56),
    _row("bfv-8192-192", *PRIMES_48),
)

BFV_SETS: Mapping[str, BfvParameters] = {row.name: row for row in _ROWS}
"""Every parameter set by name, the cheapest first."""
