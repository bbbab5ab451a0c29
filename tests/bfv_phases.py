"""What the holder of a BFV secret key sees and makes beyond messages: phases c₀ + c₁·s.

A phase is a polynomial of integers, (q/t)·message plus noise. Polynomials are in coefficient form,
as columns and outputs are on the wire; products go through SEAL's transform.
"""

import math
from dataclasses import dataclass

import numpy as np
import tenseal

from clients.schemes.bfv import BfvSecretKey
from clients.schemes.tenseal_keys import secret_residues
from matcher.core.modular import add, into_range, multiply, subtract
from matcher.core.packing import pack, unpack
from matcher.schemes.tenseal_format import (
    Residues,
    Ring,
    ciphertext_bytes,
    ciphertext_in,
    load_ciphertext,
    residues_in,
    saved,
)
from tests.bgv_phases import Integers, centred


@dataclass(frozen=True)
class KeyHolder:
    """Reads and writes phases under one secret key."""

    ring: Ring
    secret: Residues

    @classmethod
    def of(cls, key: BfvSecretKey) -> "KeyHolder":
        return cls(key._ring, secret_residues(key._ring, key._keys._generator))

    def phase(self, polynomials: Residues, level: int = 0) -> Integers:
        """Coefficients around 0 of c₀ + c₁·s, for residues of shape (2, primes, degree)."""
        primes = self.ring.primes(level)
        hidden = self.times_secret(polynomials[1], level)
        whole = [add(polynomials[0][i], hidden[i], prime) for i, prime in enumerate(primes)]
        return centred(np.stack(whole), primes)

    def noise(self, polynomials: Residues, level: int = 0) -> Integers:
        """t times the noise, around 0: what is left of t times the phase modulo q."""
        t, modulus = self.ring.parameters.plain_modulus, math.prod(self.ring.primes(level))
        left = self.phase(polynomials, level) * t % modulus
        return np.where(left > modulus // 2, left - modulus, left)

    def with_phase(self, phase: Integers, second: Residues, level: int = 0) -> Residues:
        """The ciphertext with this phase and this second polynomial."""
        hidden = self.times_secret(second, level)
        first = [
            subtract((phase % prime).astype(np.uint64), hidden[i], prime)
            for i, prime in enumerate(self.ring.primes(level))
        ]
        return np.stack([np.stack(first), second])

    def with_noise(self, message: Integers, noise: Integers, second: Residues) -> Residues:
        """The ciphertext of message coefficients with this noise."""
        t, modulus = self.ring.parameters.plain_modulus, self.ring.parameters.modulus(0)
        return self.with_phase((2 * message * modulus + t) // (2 * t) + noise, second)

    def times_secret(self, polynomial: Residues, level: int = 0) -> Residues:
        """A polynomial times s."""
        primes = self.ring.primes(level)
        transformed = self.transformed(polynomial, level)
        rows = [multiply(transformed[i], self.secret[i], prime) for i, prime in enumerate(primes)]
        return self.coefficients(np.stack(rows), level)

    def transformed(self, polynomial: Residues, level: int = 0) -> Residues:
        """Into SEAL's number-theoretic transform."""
        loaded = self._loaded(polynomial, level, transformed=False)
        self.ring.evaluator.transform_to_ntt_inplace(loaded)
        return residues_in(self.ring, saved(loaded), level)[0]

    def coefficients(self, transformed: Residues, level: int = 0) -> Residues:
        """Out of the transform."""
        loaded = self._loaded(transformed, level, transformed=True)
        self.ring.evaluator.transform_from_ntt_inplace(loaded)
        return residues_in(self.ring, saved(loaded), level)[0]

    def uniform(self, seed: int, level: int = 0) -> Residues:
        """A second polynomial like any honest one."""
        rng = np.random.default_rng(seed)
        degree, primes = self.ring.parameters.degree, self.ring.primes(level)
        return np.stack([rng.integers(0, prime, degree, dtype=np.uint64) for prime in primes])

    def _loaded(self, polynomial: Residues, level: int, *, transformed: bool):
        pair = np.stack([polynomial] * 2)
        parms_id = self.ring.level_ids[level]
        return load_ciphertext(
            self.ring, ciphertext_bytes(self.ring, pair, parms_id, transformed=transformed)
        )


def polynomials_of(ring: Ring, vector: tenseal.BFVVector) -> Residues:
    """The two polynomials of a vector modulo all data primes."""
    return residues_in(ring, ciphertext_in(vector.serialize()), 0)


def unpacked(ring: Ring, packed: bytes, level: int) -> Residues:
    """The two polynomials of a column or an output."""
    return unpack(packed, 2, ring.primes(level), ring.parameters.degree)


def packed(ring: Ring, polynomials: Residues, level: int = 0) -> bytes:
    return pack(polynomials, ring.primes(level))


def small(values: Integers, primes: tuple[int, ...]) -> Residues:
    """Integers of fewer bits than any prime as residues."""
    words = np.array(values, dtype=np.int64).view(np.uint64)
    return np.stack([into_range(words, prime) for prime in primes])
