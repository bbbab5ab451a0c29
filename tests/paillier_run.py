"""A run under Paillier's scheme with a key that is always the same and chunks of four slots.

Every slot costs tens of milliseconds wherever it is touched, and four hold every pair of misses.
"""

from __future__ import annotations

import random
from functools import lru_cache

import gmpy2
import numpy as np
from phe.paillier import PaillierPrivateKey, PaillierPublicKey

from clients.schemes.paillier import PaillierEncryptor, PaillierSecretKey
from matcher.core.paillier_parameters import PaillierParameters
from matcher.schemes.paillier_format import Modulus, modulus_of

NONCE = b"\x2a" * 32
SLOTS = 4
PARAMETERS = PaillierParameters("paillier-of-tests", 3072, SLOTS, 8)

# What two agencies can answer about four people.
FIRST = np.array([0, 0, 1, 1], dtype=np.uint8)
SECOND = np.array([0, 1, 0, 1], dtype=np.uint8)

# With this seed n is a little above 2^3071, so that a number below n has room for n on top.
_SEED = 16


@lru_cache(maxsize=1)
def factors() -> tuple[int, int]:
    """Return the two primes of the key."""
    drawn = random.Random(_SEED)
    p, q = (gmpy2.next_prime((1 << 1535) | drawn.getrandbits(1536)) for _ in range(2))
    return int(p), int(q)


@lru_cache(maxsize=1)
def private_key() -> PaillierPrivateKey:
    """Return phe's key."""
    p, q = factors()
    return PaillierPrivateKey(PaillierPublicKey(p * q), p, q)


@lru_cache(maxsize=1)
def modulus() -> Modulus:
    """Return n."""
    p, q = factors()
    return modulus_of(gmpy2.mpz(p) * q)


@lru_cache(maxsize=1)
def secret_key() -> PaillierSecretKey:
    """Return the requester's key of the run."""
    return PaillierSecretKey(PARAMETERS, NONCE, private_key())


@lru_cache(maxsize=1)
def columns() -> dict[int, bytes]:
    """Return ``FIRST`` and ``SECOND``, encrypted, as columns 0 and 1."""
    encryptor = PaillierEncryptor(PARAMETERS, NONCE, secret_key().public_key())
    return {0: encryptor.encrypt(FIRST), 1: encryptor.encrypt(SECOND)}


def numbers(chunk: bytes) -> list[int]:
    """Return the ciphertexts of a chunk, unchecked."""
    size = 2 * PARAMETERS.modulus_bytes
    return [
        int.from_bytes(chunk[start : start + size], "big") for start in range(0, len(chunk), size)
    ]


def chunk_of(ciphertexts: list[int]) -> bytes:
    """Return ``ciphertexts`` as a chunk, unchecked."""
    return b"".join(one.to_bytes(2 * PARAMETERS.modulus_bytes, "big") for one in ciphertexts)


def opened(chunk: bytes) -> list[int]:
    """Return what the slots of a chunk decrypt to, modulo n: what nobody but a test sees."""
    return [private_key().raw_decrypt(one) for one in numbers(chunk)]
