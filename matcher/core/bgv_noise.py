"""Worst-case noise of a BGV circuit, and how much flooding an output gets and needs.

A ciphertext of a message m decrypts to the polynomial m + t·e; here that whole polynomial is
bounded in the infinity norm, never measured: the evaluator cannot discover that it ran out.
Everything is exact integer arithmetic. Decides nothing about which circuit is evaluated.

Rules:
 * Secrets and encryption randomness are ternary, errors at most 21 (SEAL's centred binomial
   distribution). A fresh encryption is bounded except with probability 2^-128; everything after
   it in the worst case: k columns are budgeted as k times the bound of one.
 * That probability concerns hiding only: results are right for any noise fresh errors can have.
 * SEAL's rounding in a modulus switch is not centred: it adds up to t per coefficient to each
   polynomial, and the second one is multiplied by the secret.
 * E is the bound after mask and re-randomisation. Flooding adds t·F with F uniform and
   independent per coefficient and output; t·F >= 2^40·E and t·F + E <= q/4.
 * A parameter set that cannot do both is refused while planning.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from matcher.core.bgv_parameters import BgvParameters
from matcher.core.circuit import Circuit
from matcher.core.errors import TooDeep
from matcher.core.evaluation import evaluate
from matcher.core.flood import FLOODING_BITS, Flood, flood_within
from matcher.core.margin import Margin

ERROR_BOUND = 21
TAIL_BITS = 128

_LN2_TIMES_10000 = 6932


@dataclass(frozen=True, slots=True)
class OutputNoise:
    """What is known of an output before it exists.

    Attributes:
        bound: E, the largest coefficient after mask and re-randomisation.
        level: primes dropped before the flood.
        flood: the range of F.
    """

    bound: int
    level: int
    flood: Flood


@dataclass(frozen=True, slots=True)
class _Bound:
    largest: int
    level: int


class _NoiseArithmetic:
    """Bounds instead of ciphertexts."""

    def __init__(self, parameters: BgvParameters) -> None:
        self._parameters = parameters

    def column(self, index: int) -> _Bound:  # noqa: ARG002 - every column is budgeted alike
        return _Bound(fresh_bound(self._parameters), 0)

    def add(self, values: Sequence[_Bound]) -> _Bound:
        return _Bound(sum(value.largest for value in values), values[0].level)

    def complement(self, value: _Bound) -> _Bound:
        return _Bound(value.largest + 1, value.level)

    def subtract(self, value: _Bound, constant: int) -> _Bound:
        # The same number in every slot is one coefficient of the message.
        return _Bound(value.largest + constant, value.level)

    def multiply(self, left: _Bound, right: _Bound) -> _Bound:
        parameters = self._parameters
        product = parameters.degree * left.largest * right.largest
        return _Bound(product + _relinearisation(parameters, left.level), left.level)

    def lower(self, value: _Bound) -> _Bound:
        parameters = self._parameters
        if value.level + 1 >= len(parameters.primes):
            raise TooDeep("the predicate drops more primes than the parameter set has")
        dropped = parameters.primes[len(parameters.primes) - 1 - value.level]
        return _Bound(value.largest // dropped + 1 + _rounding(parameters), value.level + 1)


def fresh_bound(parameters: BgvParameters) -> int:
    """Return the bound of one public-key encryption: ``m + t·(e·u + e₁·s + e₀)``.

    e·u and e₁·s are sums of n errors with ternary signs. An error is a sum of 42 fair bits of
    ±1/2, hence sub-Gaussian with variance proxy 21/2, and such a sum exceeds x with probability
    at most ``2·exp(-x²/(21·n))``. x is chosen so that none of the 2n sums does, except with
    probability 2^-128. (The largest sums imaginable, 21·n, are 40 times as large.)
    """
    n = parameters.degree
    exponent = TAIL_BITS + 1 + (2 * n).bit_length()
    sums = math.isqrt(n * ERROR_BOUND * exponent * _LN2_TIMES_10000 // 10000) + 1
    return parameters.plain_modulus * (2 * sums + ERROR_BOUND + 1)


@lru_cache(maxsize=256)
def output_noise(parameters: BgvParameters, circuit: Circuit) -> OutputNoise:
    """Bound one output of ``circuit`` and lay down its flood.

    Raises:
        TooDeep: the flooding criterion cannot be met under ``parameters``.
    """
    formula = evaluate(circuit, _NoiseArithmetic(parameters))
    level = formula.level
    masked = parameters.degree * (parameters.plain_modulus // 2) * formula.value.largest
    bound = masked + fresh_bound(parameters)
    room = parameters.modulus(level) // 4 - bound
    flood = flood_within(room // parameters.plain_modulus)
    if parameters.plain_modulus * flood.offset < bound << FLOODING_BITS:
        raise TooDeep("the predicate leaves too little room to hide its noise")
    return OutputNoise(bound, level, flood)


def bgv_margin(parameters: BgvParameters, circuit: Circuit) -> Margin:
    """Return how well an output of ``circuit`` is hidden, and how far it is from going wrong.

    The noise shifts F by at most E/t, which moves a uniform variable by that over its range in
    statistical distance; the n coefficients of a chunk add up, and so do the chunks and outputs
    of a run: k of them are within k·2^-b.

    Raises:
        TooDeep: as ``output_noise``.
    """
    noise = output_noise(parameters, circuit)
    room = parameters.plain_modulus * noise.flood.size
    hiding = (room // (parameters.degree * noise.bound)).bit_length() - 1
    spare = (parameters.modulus(noise.level) // 2 // noise.bound).bit_length() - 1
    return Margin(hiding, spare)


def _rounding(parameters: BgvParameters) -> int:
    return parameters.plain_modulus * (1 + parameters.degree)


def _relinearisation(parameters: BgvParameters, level: int) -> int:
    primes = parameters.primes[: len(parameters.primes) - level]
    keys = parameters.plain_modulus * ERROR_BOUND * parameters.degree * sum(primes)
    return keys // parameters.special_prime + 1 + _rounding(parameters)
