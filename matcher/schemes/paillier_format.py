"""Numbers modulo n² and their bytes: what the blind side and the key side of Paillier both need.

Decides which numbers are ciphertexts at all and how they stand on the wire (keys:
``paillier_key_format``). Holds no secret; that the bytes are authentic has been checked by the
caller.

Rules:
 * A chunk is the ciphertexts of its slots one after the other, each a number modulo n² in fixed
   length, big-endian. Plaintexts are raw integers modulo n: there is no exponent that a peer could
   choose.
 * 0 < c < n² and gcd(c, n) = 1, or c is no ciphertext. Decrypting one that is not, such as 0 or n,
   gives the factors of n away.
 * c mod n is neither 1 nor n - 1: there the randomness is ±1 and the message lies open.
 * All of it is checked before anything is computed, a chunk at a time: one gcd for all slots.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import gmpy2

from matcher.core.errors import InvalidCiphertext

Number: TypeAlias = gmpy2.mpz


@dataclass(frozen=True, slots=True, eq=False)
class Modulus:
    """A public modulus and what is computed from it once.

    Attributes:
        n: as checked by ``paillier_key_format``.
        square: n², what ciphertexts count modulo.
        size: bytes of a number modulo n; a ciphertext has twice as many.
    """

    n: Number
    square: Number
    size: int


def modulus_of(n: Number) -> Modulus:
    """Return ``n`` with what is computed from it."""
    return Modulus(n, n * n, (n.bit_length() + 7) // 8)


def pack_ciphertexts(modulus: Modulus, ciphertexts: Sequence[Number]) -> bytes:
    """Return the ciphertexts of a chunk as wire bytes."""
    return b"".join(int(one).to_bytes(2 * modulus.size, "big") for one in ciphertexts)


def unpack_ciphertexts(modulus: Modulus, slots: int, packed: bytes) -> list[Number]:
    """Return the ciphertexts of a chunk, one a slot.

    Raises:
        InvalidCiphertext: wrong length, a number that is no ciphertext, or one that is not
            blinded.
    """
    size = 2 * modulus.size
    if len(packed) != slots * size:
        raise InvalidCiphertext("a chunk has the wrong length")
    ciphertexts = [
        gmpy2.mpz(int.from_bytes(packed[start : start + size], "big"))
        for start in range(0, len(packed), size)
    ]
    product, lying_open = gmpy2.mpz(1), (1, modulus.n - 1)
    for one in ciphertexts:
        if not 0 < one < modulus.square:
            raise InvalidCiphertext("a number is out of range")
        residue = one % modulus.n
        if residue in lying_open:
            raise InvalidCiphertext("a slot is not encrypted")
        product = product * residue % modulus.n
    if gmpy2.gcd(product, modulus.n) != 1:
        raise InvalidCiphertext("a number is no ciphertext")
    return ciphertexts
