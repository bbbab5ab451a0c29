"""The bytes of BFV columns and outputs, between the wire and TenSEAL's vectors.

Decides what a column and an output are on the wire. Rings, headers and messages are
``tenseal_format``'s, keys ``tenseal_key_format``'s.

Rules:
 * The wire carries packed polynomials only, as coefficients: BFV works out of the transform.
 * Length, range and number of polynomials are checked before TenSEAL sees anything, and SEAL
   checks again; whatever it refuses is an ``InvalidCiphertext`` without its wording.
"""

from __future__ import annotations

import tenseal

from matcher.core.errors import InvalidCiphertext
from matcher.core.packing import pack, unpack
from matcher.schemes.tenseal_format import (
    Residues,
    Ring,
    ciphertext_bytes,
    ciphertext_in,
    residues_in,
    vector_bytes,
)


def unpack_column(ring_: Ring, context: tenseal.Context, packed: bytes) -> tenseal.BFVVector:
    """Return a provider's column chunk as a vector under ``context``.

    Raises:
        InvalidCiphertext: wrong length, a residue out of range, or not encrypted at all.
    """
    residues = unpack(packed, 2, ring_.primes(0), ring_.parameters.degree)
    if not residues[1].any():
        raise InvalidCiphertext("a column is not encrypted")
    return load_vector(ring_, context, residues, 0)


def pack_column(ring_: Ring, vector: tenseal.BFVVector) -> bytes:
    """Return a fresh vector as wire bytes."""
    return pack(residues_in(ring_, ciphertext_in(vector.serialize()), 0), ring_.primes(0))


def unpack_output(ring_: Ring, context: tenseal.Context, packed: bytes) -> tenseal.BFVVector:
    """Return an output chunk as a vector modulo the first prime.

    Raises:
        InvalidCiphertext: wrong length or a residue out of range.
    """
    residues = unpack(packed, 2, ring_.primes(ring_.last), ring_.parameters.degree)
    return load_vector(ring_, context, residues, ring_.last)


def pack_output(ring_: Ring, ciphertext: bytes) -> bytes:
    """Return a flooded ciphertext at the last level, as SEAL wrote it, as wire bytes.

    Raises:
        InvalidCiphertext: it is at another level, or has not exactly two polynomials: a third
            gives the mask away.
    """
    return pack(residues_in(ring_, ciphertext, ring_.last), ring_.primes(ring_.last))


def load_vector(
    ring_: Ring, context: tenseal.Context, residues: Residues, level: int
) -> tenseal.BFVVector:
    """Return residues of shape (2, primes, degree) at ``level`` as a vector.

    Raises:
        InvalidCiphertext: SEAL refuses them.
    """
    data = ciphertext_bytes(ring_, residues, ring_.level_ids[level], transformed=False)
    try:
        return tenseal.bfv_vector_from(context, vector_bytes(data, ring_.parameters.slots))
    except (ValueError, RuntimeError):
        raise InvalidCiphertext("a ciphertext does not fit its parameters") from None
