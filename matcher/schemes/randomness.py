"""The blind side's cryptographic randomness and the distributions drawn from it.

SEAL draws its own for keys and encryption; this is for masks and blinding, which numpy computes.

Rules:
 * A stream is AES-256 in counter mode under a key from the operating system: one per evaluator,
   and a forked process that inherits one is refused, because it would repeat masks.
 * A mask is uniform in 1 .. t-1. With t - 1 = 2^16 that is 16 random bits plus one: no
   rejection, no bias. Other uniform numbers are drawn by rejection, never by reduction.
 * Encryption randomness and errors have SEAL's distributions: uniform ternary, and centred
   binomial of 2·21 bits (standard deviation 3.2, at most 21).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from numpy.typing import NDArray

from matcher.core.bgv_noise import ERROR_BOUND

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
            RuntimeError: a forked process uses its parent's stream.
        """
        if os.getpid() != self._owner:
            raise RuntimeError("a random stream does not survive a fork")
        return self._encryptor.update(bytes(count))

    def __repr__(self) -> str:
        return "CipherStream(...)"


def draw_masks(random_bytes: RandomBytes, count: int) -> NDArray[np.uint64]:
    """Return ``count`` independent uniform numbers in 1 .. 65536."""
    words = np.frombuffer(random_bytes(2 * count), dtype="<u2")
    return words.astype(np.uint64) + np.uint64(1)


def draw_words(random_bytes: RandomBytes, count: int) -> NDArray[np.uint64]:
    """Return ``count`` independent uniform numbers below 2^32."""
    return np.frombuffer(random_bytes(4 * count), dtype="<u4").astype(np.uint64)


def draw_below(random_bytes: RandomBytes, limit: int, count: int) -> NDArray[np.uint64]:
    """Return ``count`` independent uniform numbers below ``limit``, which is at most 2^64."""
    mask = np.uint64((1 << (limit - 1).bit_length()) - 1)
    kept = np.empty(0, dtype=np.uint64)
    while kept.size < count:
        words = np.frombuffer(random_bytes(8 * (count - kept.size)), dtype="<u8") & mask
        kept = np.concatenate((kept, words[words <= np.uint64(limit - 1)]))
    return kept


def draw_ternary(random_bytes: RandomBytes, count: int) -> NDArray[np.int64]:
    """Return ``count`` independent uniform numbers in -1, 0, 1."""
    kept = np.empty(0, dtype=np.uint8)
    while kept.size < count:
        drawn = np.frombuffer(random_bytes(count - kept.size + 64), dtype=np.uint8)
        kept = np.concatenate((kept, drawn[drawn < 255]))
    return kept[:count].astype(np.int64) % 3 - 1


def draw_errors(random_bytes: RandomBytes, count: int) -> NDArray[np.int64]:
    """Return ``count`` independent centred binomial errors, at most 21 in size."""
    words = np.frombuffer(random_bytes(8 * count), dtype="<u8")
    half = np.uint64((1 << ERROR_BOUND) - 1)
    plus: NDArray[np.int64] = np.bitwise_count(words & half).astype(np.int64)
    minus: NDArray[np.int64] = np.bitwise_count((words >> np.uint64(ERROR_BOUND)) & half)
    return plus - minus


def draw_complex_masks(random_bytes: RandomBytes, bits: int, count: int) -> NDArray[np.complex128]:
    """Return ``count`` independent numbers of size 2^x, x uniform below ``bits``, at any angle."""
    words = np.frombuffer(random_bytes(16 * count), dtype="<u8").reshape(2, count)
    exponents, turns = (words >> np.uint64(12)) / 2.0**52
    masks: NDArray[np.complex128] = np.exp2(bits * exponents) * np.exp(2j * np.pi * turns)
    return masks
