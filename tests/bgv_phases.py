"""What the holder of a secret key sees and makes beyond messages: phases c₀ + c₁·s.

A phase is a polynomial of signed integers, message plus noise. Reading it shows what decryption
rounds away; writing it makes ciphertexts whose noise is exactly as large as a test wants.
"""

import math
from dataclasses import dataclass

import numpy as np
import seal
from numpy.typing import NDArray

from clients.schemes import bgv as key_side
from clients.schemes.bgv import BgvSecretKey
from matcher.core.modular import add, multiply, subtract
from matcher.schemes.bgv_format import Residues, Ring, load_ciphertext, residues_of

Integers = NDArray[np.object_]


@dataclass(frozen=True)
class KeyHolder:
    """Reads and writes phases under one secret key."""

    ring: Ring
    secret: Residues

    @classmethod
    def of(cls, key: BgvSecretKey) -> "KeyHolder":
        offset = key_side._SECRET_KEY_HEADER_BYTES
        secret = key._generator.secret_key()
        return cls(key._ring, key_side._words_of(secret, offset, 1, key._ring.parameters)[0])

    def phase(self, ciphertext: seal.Ciphertext, level: int) -> Integers:
        """Coefficients around 0."""
        first, second = residues_of(self.ring, ciphertext, level)
        primes = self.ring.primes(level)
        transformed = np.stack(
            [
                add(first[i], multiply(second[i], self.secret[i], prime), prime)
                for i, prime in enumerate(primes)
            ]
        )
        return centred(self.coefficients(transformed, level), primes)

    def with_phase(self, phase: Integers, second: Residues, level: int = 0) -> seal.Ciphertext:
        """The ciphertext with this phase and this second polynomial, in transform."""
        transformed = self.transformed(phase, level)
        first = [
            subtract(transformed[i], multiply(second[i], self.secret[i], prime), prime)
            for i, prime in enumerate(self.ring.primes(level))
        ]
        return load_ciphertext(self.ring, np.stack([np.stack(first), second]), level)

    def transformed(self, polynomial: Integers, level: int = 0) -> Residues:
        """Integer coefficients modulo every prime, in number-theoretic transform."""
        rows = [(polynomial % prime).astype(np.uint64) for prime in self.ring.primes(level)]
        pair = np.stack([np.stack(rows)] * 2)
        return residues_of(
            self.ring, load_ciphertext(self.ring, pair, level, transformed=False), level
        )[0]

    def coefficients(self, transformed: Residues, level: int) -> Residues:
        """Out of the transform."""
        pair = load_ciphertext(self.ring, np.stack([transformed] * 2), level)
        return residues_of(self.ring, self.ring.evaluator.transform_from_ntt(pair), level)[0]

    def uniform(self, seed: int, level: int = 0) -> Residues:
        """A second polynomial like any honest one."""
        rng = np.random.default_rng(seed)
        degree = self.ring.parameters.degree
        primes = self.ring.primes(level)
        return np.stack([rng.integers(0, prime, degree, dtype=np.uint64) for prime in primes])


def centred(residues: Residues, primes: tuple[int, ...]) -> Integers:
    """The integers around 0 with these residues."""
    modulus = math.prod(primes)
    whole = np.zeros(residues.shape[-1], dtype=object)
    for row, prime in zip(residues, primes, strict=True):
        others = modulus // prime
        whole = (whole + row.astype(object) * (others * pow(others, -1, prime))) % modulus
    return np.where(whole > modulus // 2, whole - modulus, whole)
