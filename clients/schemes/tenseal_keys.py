"""A requester's keys under TenSEAL, made the same way for BFV and CKKS.

A homomorphic secret key lives here; what is done with it is the scheme's. Keys are made by SEAL
(``tenseal.sealapi``), because TenSEAL's own contexts make a public key of their own and know no
primes but SEAL's.

Rules:
 * A key pair serves one run. pk₁ is the one its nonce prescribes; pk₀ = -(pk₁·s + e) with SEAL's
   own secret s and error e, moved over to that pk₁.
"""

from __future__ import annotations

from typing import Self

import numpy as np
import tenseal
from tenseal import sealapi

from matcher.core.modular import add, multiply, subtract
from matcher.core.packing import pack
from matcher.schemes.tenseal_format import (
    CIPHERTEXT_HEADER_BYTES,
    SECRET_KEY_HEADER_BYTES,
    Residues,
    Ring,
    saved,
    vector_context,
    words_in,
)
from matcher.schemes.tenseal_key_format import pack_evaluation_key, prescribed_key_polynomial


class TensealKeys:
    """The secret key of one run and what is derived from it."""

    def __init__(self, ring_: Ring, nonce: bytes, generator: sealapi.KeyGenerator) -> None:
        """Use ``generate``."""
        self._ring = ring_
        self._generator = generator
        self._public_key = _prescribed_public_key(ring_, nonce, generator)

    @classmethod
    def generate(cls, ring_: Ring, nonce: bytes) -> Self:
        """Return fresh keys for the run with ``nonce``."""
        return cls(ring_, nonce, sealapi.KeyGenerator(ring_.context))

    def public_key(self) -> bytes:
        """Return the public key, packed: pk₀ only, because the nonce prescribes pk₁."""
        return self._public_key

    def evaluation_key(self) -> bytes:
        """Return the relinearisation key, packed; only plans that multiply need it."""
        keys = sealapi.RelinKeys()
        self._generator.create_relin_keys(keys)
        return pack_evaluation_key(self._ring, saved(keys))

    def decrypting_context(self) -> tenseal.Context:
        """Return a context under which TenSEAL's vectors decrypt."""
        return vector_context(self._ring, secret_key=saved(self._generator.secret_key()))

    def decryptor(self) -> sealapi.Decryptor:
        """Return what decrypts ciphertexts of ``sealapi``."""
        return sealapi.Decryptor(self._ring.context, self._generator.secret_key())

    def __repr__(self) -> str:
        return "TensealKeys(...)"


def secret_residues(ring_: Ring, generator: sealapi.KeyGenerator) -> Residues:
    """Return the secret, transformed, shape (key primes, degree)."""
    shape = (len(ring_.parameters.key_primes), ring_.parameters.degree)
    return words_in(saved(generator.secret_key()), SECRET_KEY_HEADER_BYTES, shape)


def _prescribed_public_key(ring_: Ring, nonce: bytes, generator: sealapi.KeyGenerator) -> bytes:
    """Return pk₀ for the prescribed pk₁ = a, packed.

    SEAL makes (pk₀', a') with pk₀' = -(a'·s + e); then pk₀ = pk₀' + (a' - a)·s. To be called
    once per key: two pk₀ for one a would differ by their errors only.
    """
    primes = ring_.parameters.key_primes
    made = sealapi.PublicKey()
    generator.create_public_key(made)
    shape = (2, len(primes), ring_.parameters.degree)
    theirs = words_in(saved(made), CIPHERTEXT_HEADER_BYTES, shape)
    secret = secret_residues(ring_, generator)
    prescribed = prescribed_key_polynomial(ring_, nonce)
    first = np.empty_like(prescribed)
    for index, prime in enumerate(primes):
        difference = subtract(theirs[1, index], prescribed[index], prime)
        moved = multiply(difference, secret[index], prime)
        first[index] = add(theirs[0, index], moved, prime)
    return pack(first[np.newaxis], primes)
