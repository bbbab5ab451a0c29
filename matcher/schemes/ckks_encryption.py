"""Public-key encryption under CKKS, as both sides need it: zero, and a polynomial on top of it.

A provider adds its message; a blind evaluator adds the flood. Holds no secret.

Rules:
 * SEAL encrypts, with randomness of its own, fresh for every encryption.
"""

from __future__ import annotations

from typing import Any

from tenseal import sealapi

from matcher.core.errors import InvalidKey
from matcher.schemes.ckks_format import carrying
from matcher.schemes.tenseal_format import Residues, Ring, load_into
from matcher.schemes.tenseal_key_format import unpack_public_key


class PublicEncryption:
    """Encrypts under one run's public key."""

    def __init__(self, ring_: Ring, nonce: bytes, public_key: bytes) -> None:
        """Take the run's public key, packed.

        Raises:
            InvalidKey: wrong length or range, or a key that protects nothing.
        """
        self._ring = ring_
        key = sealapi.PublicKey()
        try:
            load_into(ring_, key, unpack_public_key(ring_, nonce, public_key))
        except (ValueError, RuntimeError):
            raise InvalidKey("a public key does not fit its parameters") from None
        self._encryptor = sealapi.Encryptor(ring_.context, key)

    def encrypt(self, polynomial: Residues, scale: float) -> Any:
        """Return a fresh ciphertext of ``polynomial``, which has ``scale``.

        Args:
            polynomial: coefficients modulo the data primes, shape (data primes, degree).
            scale: what SEAL is to write into the ciphertext.
        """
        encrypted = sealapi.Ciphertext()
        self._encryptor.encrypt_zero(encrypted)
        encrypted.scale = scale
        self._ring.evaluator.add_inplace(encrypted, carrying(self._ring, polynomial, scale))
        return encrypted
