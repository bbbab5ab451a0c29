"""The key side of CKKS on TenSEAL: a requester's decryption by rounding, a provider's encryption.

For research. Here and nowhere else are masked values seen as numbers; what leaves is 0 or 1 for
every slot. Decides nothing about whose bytes are decrypted: the caller first binds a result to its
own run, because decrypting one forged ciphertext for somebody else can reveal the key.

Rules:
 * No raw value is returned, printed or raised by anything. Numbers that CKKS decrypts carry noise
   that depends on the key (Li and Micciancio, "On the security of homomorphic encryption on
   approximate numbers", 2021).
 * A value counts as 0 or as not 0 only where an honest output can have it (``core.ckks_slots``):
   near 0, or in size from one miss behind the smallest mask to the most behind the largest.
   Anything between or beyond, in one slot, and the whole output is refused.
 * A key decrypts ``most_decryptions`` outputs, refused ones included; then it opens no other. The
   same bytes count once: whoever fetches a result again sees what it has seen.
 * Everything that cannot be decrypted is the same ``DecryptionRefused``.
"""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray
from tenseal import sealapi

from clients.schemes.tenseal_keys import TensealKeys
from matcher.core.binding import sha256
from matcher.core.ckks_encoding import encoding
from matcher.core.ckks_parameters import CkksParameters
from matcher.core.ckks_slots import LARGEST_DISTANCE, LARGEST_ERROR, largest_masked, mask_error
from matcher.core.errors import DecryptionRefused, InvalidCiphertext
from matcher.core.identifiers import Digest
from matcher.schemes.ckks_encryption import PublicEncryption
from matcher.schemes.ckks_format import encoder, pack_column, unpack_output
from matcher.schemes.tenseal_format import ring


class CkksSecretKey:
    """A requester's secret key for one run."""

    def __init__(self, parameters: CkksParameters, keys: TensealKeys) -> None:
        """Use ``generate``."""
        self._parameters = parameters
        self._ring = ring(parameters)
        self._keys = keys
        self._decryptor = keys.decryptor()
        self._tried: set[Digest] = set()

    @classmethod
    def generate(cls, parameters: CkksParameters, nonce: bytes) -> Self:
        """Return a fresh key for the run with ``nonce``."""
        return cls(parameters, TensealKeys.generate(ring(parameters), nonce))

    def public_key(self) -> bytes:
        """Return the public key, packed: pk₀ only, because the nonce prescribes pk₁."""
        return self._keys.public_key()

    def evaluation_key(self) -> bytes:
        """Return the relinearisation key, packed; only plans that multiply need it."""
        return self._keys.evaluation_key()

    def decrypt(self, output: bytes) -> NDArray[np.uint64]:
        """Return the slots of one output chunk: 0 where the formula holds, else 1.

        Raises:
            DecryptionRefused: whatever is wrong with it, or the key has opened all it may.
        """
        slots = self._slots(output) if self._may_open(sha256(output)) else None
        if slots is None:
            raise DecryptionRefused("a result cannot be opened")
        return slots

    def _may_open(self, output: Digest) -> bool:
        """Count the output with this digest; False where it is one more than the key opens."""
        if len(self._tried) < (self._parameters.most_decryptions or 0):
            self._tried.add(output)
        return output in self._tried

    def _slots(self, output: bytes) -> NDArray[np.uint64] | None:
        """Return the slots; None, and no trace of their values, if they cannot be had."""
        plain = sealapi.Plaintext()
        try:
            self._decryptor.decrypt(unpack_output(self._ring, self._parameters, output), plain)
            values = encoder(self._parameters).decode_complex(plain)
        except (InvalidCiphertext, ValueError, RuntimeError):
            return None
        return _rounded(self._parameters, np.array(values, dtype=np.complex128))

    def __repr__(self) -> str:
        return "CkksSecretKey(...)"


class CkksEncryptor:
    """Encrypts a provider's columns under a run's public key."""

    def __init__(self, parameters: CkksParameters, nonce: bytes, public_key: bytes) -> None:
        """Take the run's public key.

        Raises:
            InvalidKey: wrong length or range, or a key that protects nothing.
        """
        self._parameters = parameters
        self._ring = ring(parameters)
        self._encoding = encoding(parameters.degree, parameters.scale_bits)
        self._encryption = PublicEncryption(self._ring, nonce, public_key)

    def encrypt(self, values: NDArray[np.uint8]) -> bytes:
        """Return one chunk of one column, encrypted and packed.

        Args:
            values: 0 or 1 for every slot, shape (slots,).
        """
        if values.shape != (self._parameters.slots,) or int(values.max()) > 1:
            raise ValueError("a column chunk holds a 0 or a 1 for every slot")
        message = self._encoding.residues(values, self._parameters.primes)
        encrypted = self._encryption.encrypt(message, float(1 << self._parameters.scale_bits))
        return pack_column(self._ring, encrypted)

    def prepare(self) -> bool:
        """Return False: nothing is to be done ahead."""
        return False


def _rounded(
    parameters: CkksParameters, values: NDArray[np.complex128]
) -> NDArray[np.uint64] | None:
    """Return 0 for values near 0 and 1 for those near a masked miss; None if one is neither."""
    error = float(LARGEST_ERROR)
    held = (np.abs(values.real) <= error) & (np.abs(values.imag) <= error)
    size = np.abs(values)
    least = float(1 - mask_error(parameters) - LARGEST_DISTANCE)
    most = float(largest_masked(parameters) + LARGEST_DISTANCE)
    missed = (size >= least) & (size <= most)
    if not (held | missed).all():
        return None
    return missed.astype(np.uint64)
