"""The bytes of CKKS columns and outputs, and what carries bits and floods into ciphertexts.

Decides what a column and an output are on the wire. Rings, headers and SEAL's objects are
``tenseal_format``'s, keys ``tenseal_key_format``'s.

TenSEAL's vectors (``tenseal.ckks_vector``) do not serve for CKKS. They encode in double precision,
which no flood covers; they encode a plain factor at the scale of the vector, not at one of its own;
they cannot add a polynomial that is drowned noise and not numbers; and they decrypt to real parts
only, so that half of what can be wrong with an output does not show. So all of CKKS is done by SEAL
itself (``tenseal.sealapi``).

Rules:
 * The wire carries packed polynomials only, in number-theoretic transform; scales follow from the
   parameters and are never taken from a peer.
 * Length, range and number of polynomials are checked before SEAL sees anything, and SEAL checks
   again; whatever it refuses is an ``InvalidCiphertext`` without its wording.
 * A polynomial that is added to a ciphertext comes in one whose second polynomial is 1: SEAL
   transforms no ciphertext without a second one. It adds the secret to the noise, at most 1.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from tenseal import sealapi

from matcher.core.ckks_parameters import CkksParameters
from matcher.core.errors import InvalidCiphertext
from matcher.core.packing import pack, unpack
from matcher.schemes.tenseal_format import (
    Residues,
    Ring,
    ciphertext_bytes,
    load_ciphertext,
    residues_in,
    ring,
    saved,
)


@lru_cache(maxsize=8)
def encoder(parameters: CkksParameters) -> Any:
    """Return the process's ``sealapi.CKKSEncoder`` for ``parameters``."""
    return sealapi.CKKSEncoder(ring(parameters).context)


def unpack_column(ring_: Ring, packed: bytes, scale: int) -> Any:
    """Return a provider's column chunk as a fresh ciphertext of ``scale``.

    Raises:
        InvalidCiphertext: wrong length, a residue out of range, or not encrypted at all.
    """
    residues = unpack(packed, 2, ring_.primes(0), ring_.parameters.degree)
    if not residues[1].any():
        raise InvalidCiphertext("a column is not encrypted")
    return _loaded(ring_, residues, 0, float(scale), transformed=True)


def pack_column(ring_: Ring, ciphertext: Any) -> bytes:
    """Return a fresh ciphertext as wire bytes."""
    return pack(residues_in(ring_, saved(ciphertext), 0), ring_.primes(0))


def unpack_output(ring_: Ring, parameters: CkksParameters, packed: bytes) -> Any:
    """Return an output chunk as a ciphertext at the level and scale of outputs.

    Raises:
        InvalidCiphertext: wrong length or a residue out of range.
    """
    level = parameters.output_level
    residues = unpack(packed, 2, ring_.primes(level), parameters.degree)
    return _loaded(ring_, residues, level, float(parameters.output_scale), transformed=True)


def pack_output(ring_: Ring, parameters: CkksParameters, ciphertext: Any) -> bytes:
    """Return a flooded ciphertext at the level of outputs as wire bytes.

    Raises:
        InvalidCiphertext: it is at another level, or has not exactly two polynomials: a third
            gives the mask away.
    """
    level = parameters.output_level
    return pack(residues_in(ring_, saved(ciphertext), level), ring_.primes(level))


def carrying(ring_: Ring, polynomial: Residues, scale: float) -> Any:
    """Return a ciphertext that adds ``polynomial``, and the secret, to another one.

    Args:
        ring_: where it lives.
        polynomial: coefficients modulo the data primes, shape (data primes, degree).
        scale: of the ciphertext it is added to.
    """
    residues = np.zeros((2, *polynomial.shape), dtype=np.uint64)
    residues[0] = polynomial
    residues[1, :, 0] = 1
    ciphertext = _loaded(ring_, residues, 0, scale, transformed=False)
    ring_.evaluator.transform_to_ntt_inplace(ciphertext)
    return ciphertext


def _loaded(ring_: Ring, residues: Residues, level: int, scale: float, *, transformed: bool) -> Any:
    parms_id = ring_.level_ids[level]
    data = ciphertext_bytes(ring_, residues, parms_id, transformed=transformed, scale=scale)
    return load_ciphertext(ring_, data)
