"""The key side of BFV on TenSEAL: a requester's decryption, a provider's encryption.

Both are TenSEAL's vectors; the keys are made by SEAL itself (``tenseal_keys``). Decides nothing
about whose bytes are decrypted: the caller first binds a result to its own run, because decrypting
one forged ciphertext for somebody else can reveal the key, and because TenSEAL decrypts whatever
it is given, under whatever key, to numbers.

Rules:
 * Everything that cannot be decrypted is the same ``DecryptionRefused``.
 * Noise budgets are not reported.
"""

from __future__ import annotations

from typing import Self

import numpy as np
import tenseal
from numpy.typing import NDArray

from clients.schemes.tenseal_keys import TensealKeys
from matcher.core.bfv_parameters import BfvParameters
from matcher.core.errors import DecryptionRefused, InvalidCiphertext
from matcher.schemes.bfv_format import pack_column, unpack_output
from matcher.schemes.tenseal_format import ring, vector_context
from matcher.schemes.tenseal_key_format import unpack_public_key


class BfvSecretKey:
    """A requester's secret key for one run."""

    def __init__(self, parameters: BfvParameters, keys: TensealKeys) -> None:
        """Use ``generate``."""
        self._parameters = parameters
        self._ring = ring(parameters)
        self._keys = keys
        self._context = keys.decrypting_context()

    @classmethod
    def generate(cls, parameters: BfvParameters, nonce: bytes) -> Self:
        """Return a fresh key for the run with ``nonce``."""
        return cls(parameters, TensealKeys.generate(ring(parameters), nonce))

    def public_key(self) -> bytes:
        """Return the public key, packed: pk₀ only, because the nonce prescribes pk₁."""
        return self._keys.public_key()

    def evaluation_key(self) -> bytes:
        """Return the relinearisation key, packed; only plans that multiply need it."""
        return self._keys.evaluation_key()

    def decrypt(self, output: bytes) -> NDArray[np.uint64]:
        """Return the slots of one output chunk: 0 where the formula holds.

        Raises:
            DecryptionRefused: whatever is wrong with it.
        """
        try:
            slots = np.array(unpack_output(self._ring, self._context, output).decrypt())
        except (InvalidCiphertext, ValueError, RuntimeError):
            raise DecryptionRefused("a result cannot be opened") from None
        # TenSEAL gives remainders around 0.
        return (slots % self._parameters.plain_modulus).astype(np.uint64)

    def __repr__(self) -> str:
        return "BfvSecretKey(...)"


class BfvEncryptor:
    """Encrypts a provider's columns under a run's public key."""

    def __init__(self, parameters: BfvParameters, nonce: bytes, public_key: bytes) -> None:
        """Take the run's public key.

        Raises:
            InvalidKey: wrong length or range, or a key that protects nothing.
        """
        self._ring = ring(parameters)
        key = unpack_public_key(self._ring, nonce, public_key)
        self._context: tenseal.Context = vector_context(self._ring, public_key=key)

    def encrypt(self, values: NDArray[np.uint8]) -> bytes:
        """Return one chunk of one column, encrypted and packed.

        Args:
            values: 0 or 1 for every slot, shape (degree,).
        """
        if values.shape != (self._ring.parameters.degree,) or int(values.max()) > 1:
            raise ValueError("a column chunk holds a 0 or a 1 for every slot")
        return pack_column(self._ring, tenseal.bfv_vector(self._context, values.tolist()))

    def prepare(self) -> bool:
        """Return False: nothing is to be done ahead."""
        return False
