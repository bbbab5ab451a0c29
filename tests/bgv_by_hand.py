"""BGV's bytes made from docs/protocol.md with Python's integers, independent of SEAL.

Slow and plain: it is there to say that the page is enough to write another implementation from.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.object_]
N = 8192
T = 65537


@dataclass(frozen=True)
class ByHand:
    """A key pair and a column of one run, without noise so that everything is determined."""

    primes: tuple[int, ...]
    nonce: bytes
    seed: bytes

    @property
    def secret(self) -> Integers:
        """Coefficients in -1, 0, 1."""
        drawn = hashlib.shake_256(self.seed + b"secret").digest(N)
        return np.array([byte % 3 - 1 for byte in drawn], dtype=object)

    @property
    def slots(self) -> NDArray[np.uint8]:
        """Zeros and ones."""
        drawn = hashlib.shake_256(self.seed + b"slots").digest(N)
        return np.frombuffer(drawn, dtype=np.uint8) & 1

    def secret_residues(self) -> list[Integers]:
        return [transform(self.secret, prime) for prime in self.primes]

    def public_key(self) -> bytes:
        bound = b"fusuma/v1/public-polynomial\x00" + self.nonce
        prescribed = expand(hashlib.sha256(bound).digest(), self.primes)
        return pack(
            [
                -a * transform(self.secret, prime) % prime
                for a, prime in zip(prescribed, self.primes, strict=True)
            ],
            self.primes,
        )

    def column(self) -> bytes:
        second = expand(hashlib.sha256(self.seed + b"second").digest(), self.primes)
        message = coefficients_of_slots(self.slots)
        first = [
            (transform(message, prime) - c1 * transform(self.secret, prime)) % prime
            for c1, prime in zip(second, self.primes, strict=True)
        ]
        return pack(first, self.primes) + pack(second, self.primes)


def expand(seed: bytes, primes: tuple[int, ...]) -> list[Integers]:
    """Residues drawn from SHAKE-256, one polynomial modulo every prime."""
    polynomials = []
    for index, prime in enumerate(primes):
        stream = hashlib.shake_256(seed + index.to_bytes(4, "big")).digest(16 * N)
        words = (
            int.from_bytes(stream[at : at + 8], "little") & ((1 << prime.bit_length()) - 1)
            for at in range(0, len(stream), 8)
        )
        kept = [word for word in words if word < prime][:N]
        polynomials.append(np.array(kept, dtype=object))
    return polynomials


def pack(polynomial: list[Integers], primes: tuple[int, ...]) -> bytes:
    """Planes of 4, 2 and 1 bytes, as many as the prime's width needs."""
    packed = b""
    for residues, prime in zip(polynomial, primes, strict=True):
        width, low = (prime.bit_length() + 7) // 8, 0
        for size in (4, 2, 1):
            if width & size:
                packed += b"".join(
                    (int(r) >> (8 * low) & ((1 << (8 * size)) - 1)).to_bytes(size, "little")
                    for r in residues
                )
                low += size
    return packed


def transform(polynomial: Integers, q: int) -> Integers:
    """Values at psi^(2 * reversed(i) + 1), i = 0 .. n-1, psi the least primitive 2n-th root."""
    scaled = polynomial * powers(least_root(q), q)[: len(polynomial)] % q
    return _cyclic(scaled, pow(least_root(q), 2, q), q)[_reversed(len(polynomial))]


def coefficients_of_slots(slots: NDArray[np.uint8]) -> Integers:
    """Coefficients in -t/2 .. t/2 of the polynomial whose slots these are."""
    psi = least_root(T)
    # Slot i holds the value at psi^(3^i), slot n/2 + i the one at psi^(-3^i).
    by_exponent = np.zeros(2 * N, dtype=object)
    for i in range(N // 2):
        exponent = pow(3, i, 2 * N)
        by_exponent[exponent] = int(slots[i])
        by_exponent[2 * N - exponent] = int(slots[N // 2 + i])
    values = by_exponent[1::2]
    inverse = pow(psi, -1, T)
    spread = _cyclic(values, pow(inverse, 2, T), T)
    coefficients = spread * powers(inverse, T)[:N] * pow(N, -1, T) % T
    return np.where(coefficients > T // 2, coefficients - T, coefficients)


@lru_cache
def least_root(q: int) -> int:
    """The least primitive 2n-th root of unity modulo ``q``."""
    root = next(r for g in range(2, 1000) if pow(r := pow(g, (q - 1) // (2 * N), q), N, q) == q - 1)
    square, power, least = root * root % q, root, root
    for _ in range(N - 1):
        power = power * square % q
        least = min(least, power)
    return least


@lru_cache
def powers(base: int, q: int) -> Integers:
    values, power = [], 1
    for _ in range(N):
        values.append(power)
        power = power * base % q
    return np.array(values, dtype=object)


def _cyclic(values: Integers, omega: int, q: int) -> Integers:
    """The values at omega^0 .. omega^(n-1): Cooley and Tukey, decimation in time."""
    if len(values) == 1:
        return values
    even = _cyclic(values[0::2], omega * omega % q, q)
    odd = _cyclic(values[1::2], omega * omega % q, q)
    turned = odd * _powers_of(omega, len(odd), q) % q
    return np.concatenate([(even + turned) % q, (even - turned) % q])


@lru_cache(maxsize=64)
def _powers_of(omega: int, count: int, q: int) -> Integers:
    values, power = [], 1
    for _ in range(count):
        values.append(power)
        power = power * omega % q
    return np.array(values, dtype=object)


def _reversed(count: int) -> NDArray[np.int64]:
    bits = count.bit_length() - 1
    return np.array([int(format(i, f"0{bits}b")[::-1], 2) for i in range(count)], dtype=np.int64)
