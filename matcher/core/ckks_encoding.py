"""Bits as polynomials whose slots they are, exactly enough to be flooded.

SEAL's own encoder computes in double precision. Its error is 2^-50 of the scale, differs from
column to column, and would have to be flooded by 2^40 like any other noise: no scale leaves room
for that (docs/adr). Here the encoding of a column is a sum of fixed integer polynomials, one for
every slot that is 1: exactly linear, and every coefficient within n/4 + 1 of what it should be.

Slot j is the value at ζ^(3^j), ζ = exp(iπ/n), as in SEAL. The polynomial with slot j at Δ has the
coefficients ``(2Δ/n)·cos(π·i·3^j/n)``, i = 0 .. n-1 (Cheon, Kim, Kim and Song, "Homomorphic
encryption for arithmetic of approximate numbers", 2017, section 3.2).

Rules:
 * The cosines come from integer square roots, to 60 bits beyond the scale, and are rounded once.
 * Coefficient i = 2^r·i', i' odd: i' is ±3^k modulo 2n/2^r, so that the coefficients of one r are a
   cyclic correlation of the slots with a table. It is computed by Fourier transforms on limbs of
   24 bits, whose sums stay below 2^38 and come out exact: a transform errs by less than 2^-7.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from matcher.core.modular import add, weighted_sum

_GUARD_BITS = 60
_LIMB_BITS = 24
_SHIFT = 1 << 38
"""Above all sums, so that they can be written as words."""


@dataclass(frozen=True, slots=True, eq=False)
class _Layer:
    """The coefficients i = 2^r·i' of one r.

    Attributes:
        places: i, by k, shape (length,).
        spectra: of the limbs of the table, shape (limbs, length // 2 + 1).
    """

    places: NDArray[np.int64]
    spectra: NDArray[np.complex128]


@dataclass(frozen=True, slots=True, eq=False)
class Encoding:
    """Encodes bits at one degree and scale.

    Attributes:
        degree: n.
        limbs: how many limbs a coefficient has.
        layers: r = 0, 1, ..., then the constant coefficient.
    """

    degree: int
    limbs: int
    layers: tuple[_Layer, ...]

    def residues(self, bits: NDArray[np.uint8], primes: Sequence[int]) -> NDArray[np.uint64]:
        """Return the coefficients modulo every prime, shape (primes, degree).

        Args:
            bits: 0 or 1 for every slot, shape (degree // 2,).
            primes: at most 57 bits each.
        """
        words = list(self._limbs(bits))
        weights = [1 << (_LIMB_BITS * index) for index in range(self.limbs)]
        shift = _SHIFT * sum(weights)
        rows = []
        for prime in primes:
            shifted = weighted_sum(words, [weight % prime for weight in weights], prime)
            rows.append(add(shifted, np.full_like(shifted, -shift % prime), prime))
        return np.stack(rows)

    def _limbs(self, bits: NDArray[np.uint8]) -> NDArray[np.uint64]:
        """Return the limbs of all coefficients, shifted, shape (limbs, degree)."""
        limbs = np.full((self.limbs, self.degree), _SHIFT, dtype=np.uint64)
        folded = bits.astype(np.float64)
        for layer in self.layers:
            length = layer.places.size
            folded = folded.reshape(-1, length).sum(axis=0)
            products = np.conj(np.fft.rfft(folded)) * layer.spectra
            sums = np.rint(np.fft.irfft(products, length)).astype(np.int64)
            limbs[:, layer.places] += sums.view(np.uint64)
        return limbs


@lru_cache(maxsize=8)
def encoding(degree: int, scale_bits: int) -> Encoding:
    """Return the encoding of bits at the scale 2^scale_bits in the ring of ``degree``."""
    table = _table(degree, scale_bits)
    limbs = max(abs(value) for value in table).bit_length() // _LIMB_BITS + 1
    layers = []
    step = 1
    while degree // step >= 2:
        around = 2 * degree // step
        # ±3^k are the odd numbers modulo 2n/2^r; n/2^r and above are the negatives of those below.
        powers = [pow(3, k, around) for k in range(max(degree // step // 2, 1))]
        places = [step * min(power, around - power) for power in powers]
        layers.append(_layer(places, [table[step * power] for power in powers], limbs))
        step *= 2
    layers.append(_layer([0], [table[0]], limbs))
    return Encoding(degree, limbs, tuple(layers))


def _layer(places: list[int], row: list[int], limbs: int) -> _Layer:
    split = np.array([_split(value, limbs) for value in row], dtype=np.float64)
    return _Layer(np.array(places), np.fft.rfft(split.T, axis=1))


def _split(value: int, limbs: int) -> list[int]:
    """Return the signed limbs of ``value``, the low one first."""
    sign = -1 if value < 0 else 1
    mask = (1 << _LIMB_BITS) - 1
    return [sign * (abs(value) >> (_LIMB_BITS * index) & mask) for index in range(limbs)]


def _table(degree: int, scale_bits: int) -> list[int]:
    """Return ``(2Δ/n)·cos(π·k/n)``, k = 0 .. 2n-1, rounded."""
    bits = scale_bits + _GUARD_BITS
    one = 1 << bits
    cosine, sine = 0, one
    for _ in range(degree.bit_length() - 2):
        # From an angle to its half, beginning with a quarter turn.
        half = math.isqrt((one + cosine) * one // 2)
        cosine, sine = half, sine * one // (2 * half)
    values = []
    x, y = one, 0
    for _ in range(2 * degree):
        values.append(x)
        x, y = (x * cosine - y * sine) >> bits, (x * sine + y * cosine) >> bits
    shift = _GUARD_BITS + degree.bit_length() - 2
    return [(value + (1 << (shift - 1))) >> shift for value in values]
