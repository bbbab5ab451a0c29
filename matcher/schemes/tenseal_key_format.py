"""The bytes of public and relinearisation keys under TenSEAL, for BFV and CKKS alike.

Decides which public keys anybody encrypts under. Holds no secret; rings and ciphertexts are
``tenseal_format``'s, what is demanded of both polynomials is ``public_polynomial``'s.

Rules:
 * The wire carries a public key's first polynomial only, modulo all key primes, because SEAL's own
   encryption works modulo the special prime, too; one that hides nothing is refused.
 * What is returned are keys as SEAL writes them, for TenSEAL's vectors and for ``sealapi`` alike.
 * Whatever is wrong with a key is an ``InvalidKey``.
"""

from __future__ import annotations

import math
import struct

import numpy as np

from matcher.core.errors import InvalidCiphertext, InvalidKey
from matcher.core.packing import pack, unpack
from matcher.schemes.public_polynomial import prescribed_polynomial, refuse_small, refuse_zero
from matcher.schemes.tenseal_format import (
    CIPHERTEXT_HEADER_BYTES,
    SEAL_HEADER_BYTES,
    Residues,
    Ring,
    ciphertext_bytes,
    expanded,
    load_ciphertext,
    residues_in,
    saved,
    words_at,
)

_KEYS_HEADER_BYTES = 48


def prescribed_key_polynomial(ring_: Ring, nonce: bytes) -> Residues:
    """Return the run's pk₁, shape (key primes, degree), in number-theoretic transform."""
    parameters = ring_.parameters
    return prescribed_polynomial(parameters.key_primes, parameters.degree, nonce)


def unpack_public_key(ring_: Ring, nonce: bytes, packed: bytes) -> bytes:
    """Return the public key: pk₀ from the wire, pk₁ from the nonce.

    Raises:
        InvalidKey: wrong length or range, or a pk₀ that protects nothing.
    """
    parameters = ring_.parameters
    try:
        first = unpack(packed, 1, parameters.key_primes, parameters.degree)[0]
    except InvalidCiphertext:
        raise InvalidKey("a public key has the wrong length or range") from None
    _refuse_trivial(ring_, first)
    polynomials = np.stack([first, prescribed_key_polynomial(ring_, nonce)])
    return ciphertext_bytes(ring_, polynomials, ring_.key_id, transformed=True)


def pack_evaluation_key(ring_: Ring, keys: bytes) -> bytes:
    """Return relinearisation keys, as SEAL wrote them, as wire bytes."""
    parameters = ring_.parameters
    count = len(parameters.primes)
    shape = (2, len(parameters.key_primes), parameters.degree)
    stride = CIPHERTEXT_HEADER_BYTES + 8 * math.prod(shape)
    data = expanded(keys, _KEYS_HEADER_BYTES + count * stride)
    start = _KEYS_HEADER_BYTES + CIPHERTEXT_HEADER_BYTES
    return b"".join(
        pack(words_at(data, start + index * stride, shape), parameters.key_primes)
        for index in range(count)
    )


def unpack_evaluation_key(ring_: Ring, packed: bytes) -> bytes:
    """Return relinearisation keys.

    Raises:
        InvalidKey: wrong length or a residue out of range.
    """
    parameters = ring_.parameters
    count = len(parameters.primes)
    try:
        polynomials = unpack(packed, 2 * count, parameters.key_primes, parameters.degree)
    except InvalidCiphertext:
        raise InvalidKey("a relinearisation key does not fit its parameters") from None
    pairs = polynomials.reshape(count, 2, -1, parameters.degree)
    keys = b"".join(ciphertext_bytes(ring_, pair, ring_.key_id, transformed=True) for pair in pairs)
    size = SEAL_HEADER_BYTES + _KEYS_HEADER_BYTES + len(keys)
    return struct.pack("<8sQ4QQQ", ring_.preamble, size, *ring_.key_id, 1, count) + keys


def _refuse_trivial(ring_: Ring, first: Residues) -> None:
    refuse_zero(first)
    primes = ring_.primes(0)
    # The second polynomial is a stand-in: SEAL does not load a ciphertext without one.
    pair = np.stack([first[: len(primes)]] * 2)
    probe = load_ciphertext(
        ring_, ciphertext_bytes(ring_, pair, ring_.level_ids[0], transformed=True)
    )
    ring_.evaluator.transform_from_ntt_inplace(probe)
    refuse_small(residues_in(ring_, saved(probe), 0)[0], primes)
