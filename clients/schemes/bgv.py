"""The key side of BGV: a requester's keys and decryption, a provider's encryption.

Here and nowhere else lives a homomorphic secret key. Decides nothing about whose bytes are
decrypted: the caller first binds a result to its own run, because decrypting one forged
ciphertext for somebody else can reveal the key.

Rules:
 * A key pair serves one run. pk₁ is the one its nonce prescribes; pk₀ = -(pk₁·s + t·e) with
   SEAL's own secret s and error e, moved over to that pk₁.
 * Everything that cannot be decrypted is the same ``DecryptionRefused``.
 * Noise budgets are not reported.
"""

from __future__ import annotations

from typing import Self

import numpy as np
import seal
from numpy.typing import NDArray

from matcher.core.bgv_parameters import BgvParameters
from matcher.core.errors import DecryptionRefused, InvalidCiphertext
from matcher.core.modular import add, multiply, subtract
from matcher.core.packing import pack
from matcher.schemes.bgv_encryption import PublicEncryption, reduced
from matcher.schemes.bgv_format import (
    CIPHERTEXT_HEADER_BYTES,
    Ring,
    coefficients_of,
    pack_column,
    ring,
    unpack_output,
    words_at,
)
from matcher.schemes.bgv_key_format import (
    pack_evaluation_key,
    prescribed_polynomial,
    unpack_public_key,
)
from matcher.schemes.randomness import CipherStream, RandomBytes

_SECRET_KEY_HEADER_BYTES = 88


class BgvSecretKey:
    """A requester's secret key for one run."""

    def __init__(self, ring_: Ring, nonce: bytes, generator: seal.KeyGenerator) -> None:
        """Use ``generate``."""
        self._ring = ring_
        self._generator = generator
        self._decryptor = seal.Decryptor(ring_.context, generator.secret_key())
        self._public_key = _prescribed_public_key(ring_, nonce, generator)

    @classmethod
    def generate(cls, parameters: BgvParameters, nonce: bytes) -> Self:
        """Return a fresh key for the run with ``nonce``."""
        ring_ = ring(parameters)
        return cls(ring_, nonce, seal.KeyGenerator(ring_.context))

    def public_key(self) -> bytes:
        """Return the public key, packed: pk₀ only, because the nonce prescribes pk₁."""
        return self._public_key

    def evaluation_key(self) -> bytes:
        """Return the relinearisation key, packed; only plans that multiply need it."""
        return pack_evaluation_key(self._ring, self._generator.create_relin_keys())

    def decrypt(self, output: bytes) -> NDArray[np.uint64]:
        """Return the slots of one output chunk: 0 where the formula holds.

        Raises:
            DecryptionRefused: whatever is wrong with it.
        """
        try:
            plain = self._decryptor.decrypt(unpack_output(self._ring, output))
            slots: NDArray[np.uint64] = self._ring.encoder.decode_uint64(plain)
        except (InvalidCiphertext, ValueError, RuntimeError):
            raise DecryptionRefused("a result cannot be opened") from None
        return slots

    def __repr__(self) -> str:
        return "BgvSecretKey(...)"


class BgvEncryptor:
    """Encrypts a provider's columns under a run's public key."""

    def __init__(
        self,
        parameters: BgvParameters,
        nonce: bytes,
        public_key: bytes,
        *,
        random_bytes: RandomBytes | None = None,
    ) -> None:
        """Take the run's public key.

        Raises:
            InvalidKey: wrong length or range, or a key that protects nothing.
        """
        self._ring = ring(parameters)
        polynomials = unpack_public_key(self._ring, nonce, public_key)
        self._encryption = PublicEncryption(self._ring, polynomials, random_bytes or CipherStream())

    def encrypt(self, values: NDArray[np.uint8]) -> bytes:
        """Return one chunk of one column, encrypted and packed.

        Args:
            values: 0 or 1 for every slot, shape (degree,).
        """
        if values.shape != (self._ring.parameters.degree,) or int(values.max()) > 1:
            raise ValueError("a column chunk holds a 0 or a 1 for every slot")
        message = coefficients_of(self._ring, self._ring.encoder.encode(values.astype(np.uint64)))
        first = reduced(self._ring, 0, message + self._encryption.errors())
        return pack_column(self._ring, self._encryption.encrypt(0, first))

    def prepare(self) -> bool:
        """Return False: nothing is to be done ahead."""
        return False


def _prescribed_public_key(ring_: Ring, nonce: bytes, generator: seal.KeyGenerator) -> bytes:
    """Return pk₀ for the prescribed pk₁ = a, packed.

    SEAL makes (pk₀', a') with pk₀' = -(a'·s + t·e); then pk₀ = pk₀' + (a' - a)·s. To be called
    once per key: two pk₀ for one a would differ by their errors only.
    """
    parameters = ring_.parameters
    theirs = _words_of(generator.create_public_key(), CIPHERTEXT_HEADER_BYTES, 2, parameters)
    secret = _words_of(generator.secret_key(), _SECRET_KEY_HEADER_BYTES, 1, parameters)[0]
    prescribed = prescribed_polynomial(parameters, nonce)
    first = np.empty_like(prescribed)
    for index, prime in enumerate(parameters.primes):
        difference = subtract(theirs[1, index], prescribed[index], prime)
        moved = multiply(difference, secret[index], prime)
        first[index] = add(theirs[0, index], moved, prime)
    return pack(first[np.newaxis], parameters.primes)


def _words_of(
    key: seal.PublicKey | seal.SecretKey, offset: int, polynomials: int, parameters: BgvParameters
) -> NDArray[np.uint64]:
    """Return a key's polynomials, transformed, shape (polynomials, key primes, degree)."""
    shape = (polynomials, len(parameters.key_primes), parameters.degree)
    return words_at(key.to_string(), offset, shape)
