"""The bytes of BGV public and relinearisation keys, and what makes a public key acceptable.

Decides which public keys anybody encrypts under. Holds no secret; rings and ciphertexts are
``bgv_format``'s, what is demanded of both polynomials is ``public_polynomial``'s.

Rules:
 * The wire carries a public key's first polynomial only; one that hides nothing is refused.
 * Whatever is wrong with a key is an ``InvalidKey``.
"""

from __future__ import annotations

import math
import struct

import numpy as np
import seal

from matcher.core.bgv_parameters import BgvParameters
from matcher.core.errors import InvalidCiphertext, InvalidKey
from matcher.core.packing import pack, unpack
from matcher.schemes import public_polynomial
from matcher.schemes.bgv_format import (
    CIPHERTEXT_HEADER_BYTES,
    SEAL_HEADER_BYTES,
    Residues,
    Ring,
    ciphertext_header,
    load_ciphertext,
    residues_of,
    words_at,
)


def prescribed_polynomial(parameters: BgvParameters, nonce: bytes) -> Residues:
    """Return the run's pk₁, shape (data primes, degree), in number-theoretic transform."""
    return public_polynomial.prescribed_polynomial(parameters.primes, parameters.degree, nonce)


def unpack_public_key(ring_: Ring, nonce: bytes, packed: bytes) -> Residues:
    """Return the public key (pk₀ from the wire, pk₁ from the nonce), shape (2, primes, degree).

    Raises:
        InvalidKey: wrong length or range, or a pk₀ that protects nothing.
    """
    parameters = ring_.parameters
    try:
        first = unpack(packed, 1, parameters.primes, parameters.degree)[0]
    except InvalidCiphertext:
        raise InvalidKey("a public key has the wrong length or range") from None
    _refuse_trivial(ring_, first)
    return np.stack([first, prescribed_polynomial(parameters, nonce)])


def pack_evaluation_key(ring_: Ring, keys: seal.RelinKeys) -> bytes:
    """Return relinearisation keys as wire bytes."""
    parameters = ring_.parameters
    shape = (2, len(parameters.key_primes), parameters.degree)
    data = keys.to_string()
    start = len(_evaluation_key_header(ring_)) + CIPHERTEXT_HEADER_BYTES
    stride = CIPHERTEXT_HEADER_BYTES + 8 * math.prod(shape)
    return b"".join(
        pack(words_at(data, start + index * stride, shape), parameters.key_primes)
        for index in range(len(parameters.primes))
    )


def unpack_evaluation_key(ring_: Ring, packed: bytes) -> seal.RelinKeys:
    """Return relinearisation keys.

    Raises:
        InvalidKey: wrong length or a residue out of range.
    """
    parameters = ring_.parameters
    count = len(parameters.primes)
    try:
        polynomials = unpack(packed, 2 * count, parameters.key_primes, parameters.degree)
        header = _evaluation_key_header(ring_)
        keys = [
            _key_bytes(ring_, pair) for pair in polynomials.reshape(count, 2, -1, parameters.degree)
        ]
        return ring_.context.from_relin_str(b"".join((header, *keys)))
    except (InvalidCiphertext, ValueError, RuntimeError):
        raise InvalidKey("a relinearisation key does not fit its parameters") from None


def _evaluation_key_header(ring_: Ring) -> bytes:
    """Return SEAL's header of relinearisation keys: one key power, one key per data prime."""
    parameters = ring_.parameters
    count = len(parameters.primes)
    body = 2 * len(parameters.key_primes) * parameters.degree * 8
    size = SEAL_HEADER_BYTES + 48 + count * (CIPHERTEXT_HEADER_BYTES + body)
    return struct.pack("<8sQ32sQQ", ring_.preamble, size, ring_.key_id, 1, count)


def _refuse_trivial(ring_: Ring, first: Residues) -> None:
    """Refuse a pk₀ that is zero or small modulo any data prime: it hides no message."""
    public_polynomial.refuse_zero(first)
    # The second polynomial is a stand-in: SEAL does not load a ciphertext without one.
    probe = load_ciphertext(ring_, np.stack([first, first]), 0)
    plain = ring_.evaluator.transform_from_ntt(probe)
    public_polynomial.refuse_small(residues_of(ring_, plain, 0)[0], ring_.primes(0))


def _key_bytes(ring_: Ring, polynomials: Residues) -> bytes:
    """Return two polynomials modulo all key primes as SEAL writes a key."""
    header = ciphertext_header(ring_, ring_.key_id, polynomials.shape, transformed=True)
    return header + polynomials.tobytes()
