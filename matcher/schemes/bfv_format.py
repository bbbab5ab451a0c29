"""The bytes of BFV columns and outputs, between the wire and TenSEAL's vectors.

Decides what a column and an output are on the wire. Rings, headers and messages are
``tenseal_format``'s, keys ``tenseal_key_format``'s.

Rules:
 * The wire carries packed polynomials only, as coefficients: BFV works out of the transform.
 * Length, range and number of polynomials are checked before TenSEAL sees anything, and SEAL
   checks again; whatever it refuses is an ``InvalidCiphertext`` without its wording.
"""

from __future__ import annotations

import numpy as np
import tenseal

from matcher.core.errors import InvalidCiphertext
from matcher.core.lattice_parameters import PLAIN_MODULUS
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
    return _load(ring_, context, residues, 0)


def pack_column(ring_: Ring, vector: tenseal.BFVVector) -> bytes:
    """Return a fresh vector as wire bytes."""
    return pack(residues_in(ring_, ciphertext_in(vector.serialize()), 0), ring_.primes(0))


def unpack_output(ring_: Ring, context: tenseal.Context, packed: bytes) -> tenseal.BFVVector:
    """Return an output chunk as a vector modulo the first prime.

    Raises:
        InvalidCiphertext: wrong length or a residue out of range.
    """
    residues = unpack(packed, 2, ring_.primes(ring_.last), ring_.parameters.degree)
    return _load(ring_, context, residues, ring_.last)


def pack_output(ring_: Ring, ciphertext: bytes) -> bytes:
    """Return a flooded ciphertext at the last level, as SEAL wrote it, as wire bytes.

    Raises:
        InvalidCiphertext: it is at another level, or has not exactly two polynomials: a third
            gives the mask away.
    """
    return pack(residues_in(ring_, ciphertext, ring_.last), ring_.primes(ring_.last))


def load_open(ring_: Ring, context: tenseal.Context, first: Residues) -> tenseal.BFVVector:
    """Return (``first``, 0), which hides nothing, to be added to what does.

    Args:
        ring_: where it lives.
        context: with the run's keys.
        first: in coefficient form, shape (data primes, degree).
    """
    return _load(ring_, context, np.stack([first, np.zeros_like(first)]), 0)


def one_in_every_slot(ring_: Ring) -> Residues:
    """Return (q/t)·1, rounded, as residues of shape (data primes, degree)."""
    parameters = ring_.parameters
    scaled = np.zeros((len(parameters.primes), parameters.degree), dtype=np.uint64)
    # q is 1 modulo t, so that rounding down is rounding to the nearest.
    scaled[:, 0] = [parameters.modulus(0) // PLAIN_MODULUS % prime for prime in parameters.primes]
    return scaled


def _load(
    ring_: Ring, context: tenseal.Context, residues: Residues, level: int
) -> tenseal.BFVVector:
    data = ciphertext_bytes(ring_, residues, ring_.level_ids[level], transformed=False)
    try:
        return tenseal.bfv_vector_from(context, vector_bytes(data, ring_.parameters.slots))
    except (ValueError, RuntimeError):
        raise InvalidCiphertext("a ciphertext does not fit its parameters") from None
