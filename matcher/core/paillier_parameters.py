"""The named parameter sets of Paillier's scheme.

Decides modulus and slots. A slot is a ciphertext of its own, so that a chunk is a list of them.

Rules:
 * n has 3072 bits: 128 bits of security against classical computers (NIST SP 800-57 part 1,
   table 2), none against quantum computers. A set with fewer does not exist.
 * A chunk is small: every slot costs an exponentiation modulo n² wherever it is touched, and 16 of
   a chunk's slots are control slots.
 * A public key is n followed by the proof that n is fit for it (``paillier_key_format``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from matcher.core.canonical import JsonObject
from matcher.core.errors import InvalidConfiguration
from matcher.core.scheme import Scheme

LEAST_MODULUS_BITS = 3072
LEAST_PROOFS = 8


@dataclass(frozen=True, slots=True)
class PaillierParameters:
    """One parameter set.

    Attributes:
        name: what a run statement and a plan call it.
        modulus_bits: of n.
        slots: of a chunk.
        proofs: n-th roots that show n to be fit for encryption.
    """

    name: str
    modulus_bits: int
    slots: int
    proofs: int

    scheme: ClassVar[Scheme] = Scheme.PAILLIER
    most_decryptions: ClassVar[int | None] = None
    resists_quantum: ClassVar[bool] = False
    evaluation_key_bytes: ClassVar[int] = 0

    def __post_init__(self) -> None:
        if self.modulus_bits < LEAST_MODULUS_BITS or self.modulus_bits % 8:
            raise InvalidConfiguration(
                f"a modulus of {self.modulus_bits} bits is not of the security table, which asks "
                f"for {LEAST_MODULUS_BITS} bits or more in whole bytes",
                where=self.name,
                fix=f"use {LEAST_MODULUS_BITS} bits",
            )
        if self.proofs < LEAST_PROOFS:
            raise InvalidConfiguration(
                f"{self.proofs} proofs show less than 128 bits",
                where=self.name,
                fix=f"use {LEAST_PROOFS}",
            )

    @property
    def modulus_bytes(self) -> int:
        """Bytes of a number modulo n."""
        return self.modulus_bits // 8

    @property
    def ciphertext_bytes(self) -> int:
        """Bytes of a column chunk on the wire: a number modulo n² for every slot."""
        return self.slots * 2 * self.modulus_bytes

    @property
    def output_bytes(self) -> int:
        """Bytes of an output chunk on the wire."""
        return self.ciphertext_bytes

    @property
    def public_key_bytes(self) -> int:
        """Bytes of a public key on the wire: n and the proofs."""
        return (1 + self.proofs) * self.modulus_bytes

    @property
    def security(self) -> str:
        """What the set promises, as a sentence."""
        return (
            f"128 bits of security against classical computers: a modulus of {self.modulus_bits} "
            "bits; none against quantum computers"
        )

    def to_json(self) -> JsonObject:
        """Return what a plan's digest covers."""
        return {"name": self.name, "modulus_bits": self.modulus_bits, "proofs": self.proofs}


_ROWS = (PaillierParameters("paillier-3072", 3072, 64, 8),)

PAILLIER_SETS: Mapping[str, PaillierParameters] = {row.name: row for row in _ROWS}
"""Every parameter set by name, the cheapest first."""
