"""Polynomials modulo primes as bytes, without a wasted one.

A residue modulo a 48-bit prime is six bytes, not eight. Decides the byte order on the wire;
knows nothing of what the polynomials mean.

Rules:
 * Polynomial by polynomial, within it prime by prime, within it plane by plane.
 * Planes, little-endian: with a width of 7 bytes the low 4 bytes of all residues, then the next
   2 of all, then the last 1 of all. A width of 6 is 4 + 2, of 3 is 2 + 1. Planes instead of
   interleaved residues make packing a few strided copies.
 * Unpacking checks the length and that every residue is below its prime.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.core.errors import InvalidCiphertext

_PLANE_BYTES = (4, 2, 1)


def width(prime: int) -> int:
    """Return the bytes of one residue modulo ``prime``."""
    return (prime.bit_length() + 7) // 8


def packed_bytes(polynomials: int, primes: Sequence[int], degree: int) -> int:
    """Return the length of ``polynomials`` packed polynomials."""
    return polynomials * degree * sum(map(width, primes))


def pack(residues: NDArray[np.uint64], primes: Sequence[int]) -> bytes:
    """Pack residues of shape (polynomials, primes, degree)."""
    polynomials, _, degree = residues.shape
    packed = np.empty(packed_bytes(polynomials, primes, degree), dtype=np.uint8)
    at = 0
    for polynomial in residues:
        for residue, prime in zip(polynomial, primes, strict=True):
            for offset, size in _planes(prime):
                plane = residue.view(f"<u{size}")[offset // size :: 8 // size]
                packed[at : at + degree * size].view(f"<u{size}")[:] = plane
                at += degree * size
    return packed.tobytes()


def unpack(
    packed: bytes | memoryview, polynomials: int, primes: Sequence[int], degree: int
) -> NDArray[np.uint64]:
    """Return residues of shape (polynomials, primes, degree).

    Raises:
        InvalidCiphertext: wrong length, or a residue that is not below its prime.
    """
    if len(packed) != packed_bytes(polynomials, primes, degree):
        raise InvalidCiphertext("a polynomial has the wrong length for its parameters")
    source = np.frombuffer(packed, dtype=np.uint8)
    residues = np.zeros((polynomials, len(primes), degree), dtype="<u8")
    at = 0
    for polynomial in residues:
        for residue, prime in zip(polynomial, primes, strict=True):
            for offset, size in _planes(prime):
                plane = source[at : at + degree * size].view(f"<u{size}")
                residue.view(f"<u{size}")[offset // size :: 8 // size] = plane
                at += degree * size
    for index, prime in enumerate(primes):
        if int(residues[:, index].max()) >= prime:
            raise InvalidCiphertext("a residue is out of range for its prime")
    return residues


def _planes(prime: int) -> Iterator[tuple[int, int]]:
    """Yield offset within a residue and size of every plane."""
    offset = 0
    for size in _PLANE_BYTES:
        if width(prime) & size:
            yield offset, size
            offset += size
