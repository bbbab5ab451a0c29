"""The key side of Paillier: a requester's keys and decryption, a provider's encryption.

Here and nowhere else lives a homomorphic secret key. Decides nothing about whose bytes are
decrypted: the caller first binds a result to its own run.

Rules:
 * A key pair serves one run; phe makes it, and the key side proves it fit for the run
   (``paillier_key_format``).
 * phe decrypts 0, n, n² and numbers above, and what comes out tells the key: it sees nothing that
   ``paillier_format`` has not accepted. Everything else is the same ``DecryptionRefused``.
 * Of a decrypted slot nothing is kept but whether it is 0.
 * Roots for the proof are computed by GMP's constant-time power. phe's decryption is not: how long
   it takes depends on the key, and whoever can time this process more finely than a chunk may
   learn of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

import gmpy2
import numpy as np
from numpy.typing import NDArray
from phe.paillier import PaillierPrivateKey, generate_paillier_keypair

from clients.schemes.paillier_randomness import ZeroStock
from matcher.core.errors import DecryptionRefused, InvalidCiphertext
from matcher.core.paillier_parameters import PaillierParameters
from matcher.schemes.paillier_format import (
    Number,
    modulus_of,
    pack_ciphertexts,
    unpack_ciphertexts,
)
from matcher.schemes.paillier_key_format import challenges, pack_public_key, unpack_public_key
from matcher.schemes.randomness import CipherStream, RandomBytes

CHUNKS_AHEAD = 2
"""For how many chunks of a column an encryptor keeps randomness."""


class PaillierSecretKey:
    """A requester's secret key for one run."""

    def __init__(
        self, parameters: PaillierParameters, nonce: bytes, private: PaillierPrivateKey
    ) -> None:
        """Use ``generate``."""
        self._parameters = parameters
        self._private = private
        self._modulus = modulus_of(gmpy2.mpz(private.public_key.n))
        roots = _roots(private, challenges(parameters, nonce, self._modulus))
        self._public_key = pack_public_key(self._modulus, list(roots))

    @classmethod
    def generate(cls, parameters: PaillierParameters, nonce: bytes) -> Self:
        """Return a fresh key for the run with ``nonce``."""
        _, private = generate_paillier_keypair(n_length=parameters.modulus_bits)
        return cls(parameters, nonce, private)

    def public_key(self) -> bytes:
        """Return the public key, packed: n and the proof that it is fit for the run."""
        return self._public_key

    def evaluation_key(self) -> bytes:
        """Return nothing: nothing is multiplied, so nothing is needed for it."""
        return b""

    def decrypt(self, output: bytes) -> NDArray[np.uint64]:
        """Return the slots of one output chunk: 0 where the formula holds, else 1.

        Raises:
            DecryptionRefused: whatever is wrong with it.
        """
        try:
            ciphertexts = unpack_ciphertexts(self._modulus, self._parameters.slots, output)
        except InvalidCiphertext:
            raise DecryptionRefused("a result cannot be opened") from None
        missed = [self._private.raw_decrypt(int(one)) != 0 for one in ciphertexts]
        return np.array(missed, dtype=np.uint64)

    def __repr__(self) -> str:
        return "PaillierSecretKey(...)"


class PaillierEncryptor:
    """Encrypts a provider's columns under a run's public key; for one process and thread."""

    def __init__(
        self,
        parameters: PaillierParameters,
        nonce: bytes,
        public_key: bytes,
        *,
        random_bytes: RandomBytes | None = None,
    ) -> None:
        """Take the run's public key.

        Raises:
            InvalidKey: wrong length, a key that hides nothing, or a proof that does not hold.
        """
        self._slots = parameters.slots
        self._modulus = unpack_public_key(parameters, nonce, public_key)
        most = CHUNKS_AHEAD * parameters.slots
        self._zeros = ZeroStock(self._modulus, random_bytes or CipherStream(), most)
        # (1 + n)^0 and (1 + n)^1 modulo n², written equally long: a product takes as long for both.
        n, square = self._modulus.n, self._modulus.square
        self._messages = (1 + square, 1 + n + square)

    def encrypt(self, values: NDArray[np.uint8]) -> bytes:
        """Return one chunk of one column, encrypted and packed.

        Args:
            values: 0 or 1 for every slot, shape (slots,).
        """
        if values.shape != (self._slots,) or int(values.max()) > 1:
            raise ValueError("a column chunk holds a 0 or a 1 for every slot")
        square = self._modulus.square
        encrypted = [self._messages[bit] * self._zeros.take() % square for bit in values.tolist()]
        return pack_ciphertexts(self._modulus, encrypted)

    def prepare(self) -> bool:
        """Make the randomness of one slot ahead; False where there is enough."""
        return self._zeros.add()


def _roots(private: PaillierPrivateKey, units: Iterator[Number]) -> Iterator[Number]:
    """Yield the n-th roots of ``units`` modulo n, by way of its two factors."""
    p, q, n = (gmpy2.mpz(one) for one in (private.p, private.q, private.public_key.n))
    exponents = gmpy2.invert(n, p - 1), gmpy2.invert(n, q - 1)
    p_inverse = gmpy2.invert(p, q)
    for unit in units:
        modulo_p = gmpy2.powmod_sec(unit % p, exponents[0], p)
        modulo_q = gmpy2.powmod_sec(unit % q, exponents[1], q)
        yield modulo_p + p * ((modulo_q - modulo_p) * p_inverse % q)
