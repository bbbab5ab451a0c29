"""The blind side's cryptographic randomness, and the masks drawn from it.

SEAL draws its own encryption randomness; this is for masks and flooding, which numpy computes.

Rules:
 * A stream is AES-256 in counter mode under a key from the operating system, never reused: one
   per evaluator, and a forked process that inherits one is refused.
 * A mask is uniform in 1 .. t-1. With t - 1 = 2^16 that is 16 random bits plus one: no
   rejection, no bias.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from numpy.typing import NDArray

RandomBytes: TypeAlias = Callable[[int], bytes]

_KEY_BYTES = 32
_BLOCK_BYTES = 16


class CipherStream:
    """Uniform bytes, indistinguishable from random, at several gigabytes a second."""

    def __init__(self) -> None:
        cipher = Cipher(algorithms.AES256(os.urandom(_KEY_BYTES)), modes.CTR(bytes(_BLOCK_BYTES)))
        self._encryptor = cipher.encryptor()
        self._owner = os.getpid()

    def __call__(self, count: int) -> bytes:
        """Return the next ``count`` bytes.

        Raises:
            RuntimeError: a forked process uses its parent's stream, which would repeat masks.
        """
        if os.getpid() != self._owner:
            raise RuntimeError("a random stream does not survive a fork")
        return self._encryptor.update(bytes(count))

    def __repr__(self) -> str:
        return "CipherStream(...)"


def draw_masks(random_bytes: RandomBytes, count: int) -> NDArray[np.int64]:
    """Return ``count`` independent uniform numbers in 1 .. 65536."""
    words = np.frombuffer(random_bytes(2 * count), dtype="<u2")
    return words.astype(np.int64) + 1


def draw_below(random_bytes: RandomBytes, limit: int, count: int) -> NDArray[np.uint64]:
    """Return ``count`` independent uniform numbers below ``limit``, at most 2^40, by rejection."""
    mask = np.uint64((1 << (limit - 1).bit_length()) - 1)
    kept = np.empty(0, dtype=np.uint64)
    while kept.size < count:
        missing = count - kept.size
        words = np.frombuffer(random_bytes(8 * missing), dtype="<u8") & mask
        kept = np.concatenate((kept, words[words < np.uint64(limit)]))
    return kept
