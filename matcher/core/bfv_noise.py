"""Worst-case noise of a BFV circuit, and how much flooding an output gets and needs.

A ciphertext of a message m decrypts to the polynomial ``(q/t)·m + e``, modulo q; e is the noise
that is bounded here in the infinity norm, never measured. m stands for any integers with the right
remainders modulo t, because t times q/t is q: a sum or a plain product that wraps around t adds
nothing to e. Everything is exact integer arithmetic. Decides nothing about which circuit is
evaluated.

Rules:
 * Secrets and encryption randomness are ternary, errors at most 21 (SEAL's centred binomial
   distribution). Everything is bounded in the worst case, fresh encryptions too: SEAL divides by
   the special prime, which leaves of all errors less than its own rounding.
 * A product is what Fan and Vercauteren (2012) define, computed as Bajard, Eynard, Hasan and Zucca
   (2016) do. Where their base conversions are not exact, twice their error is budgeted.
 * No modulus is switched inside a circuit: a product's noise grows by a factor that does not depend
   on its factors' noise, so that dropping a prime would win nothing.
 * E is the bound after mask and re-randomisation. Flooding adds F, uniform and independent per
   coefficient and output; F >= 2^40·E and F + E <= q/(4t). The other half of q/(2t) is for the
   rounding of the switch to the first prime.
 * A parameter set that cannot do both is refused while planning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from matcher.core.bfv_parameters import BfvParameters
from matcher.core.bgv_noise import ERROR_BOUND
from matcher.core.circuit import Circuit
from matcher.core.errors import TooDeep
from matcher.core.evaluation import evaluate
from matcher.core.flood import FLOODING_BITS, Flood, flood_within
from matcher.core.margin import Margin


@dataclass(frozen=True, slots=True)
class OutputNoise:
    """What is known of an output before it exists.

    Attributes:
        bound: E, the largest coefficient of e after mask and re-randomisation.
        flood: the range of F.
    """

    bound: int
    flood: Flood


class _NoiseArithmetic:
    """Bounds instead of ciphertexts."""

    def __init__(self, parameters: BfvParameters) -> None:
        self._parameters = parameters

    def column(self, index: int) -> int:  # noqa: ARG002 - every column is budgeted alike
        return fresh_bound(self._parameters)

    def add(self, values: Sequence[int]) -> int:
        return sum(values)

    def complement(self, value: int) -> int:
        # A constant is rounded when it is scaled by q/t.
        return value + 1

    def subtract(self, value: int, constant: int) -> int:  # noqa: ARG002 - any is rounded alike
        return value + 1

    def multiply(self, left: int, right: int) -> int:
        product = product_bound(self._parameters, left, right)
        return product + relinearisation_bound(self._parameters)

    def lower(self, value: int) -> int:
        return value


def fresh_bound(parameters: BfvParameters) -> int:
    """Return the bound of one public-key encryption by SEAL.

    ``e·u + e₁·s + e₀`` divided by the special prime, half for the rounding of each polynomial, of
    which the second is multiplied by the secret, and half for the rounding of (q/t)·m.
    """
    errors = ERROR_BOUND * (2 * parameters.degree + 1)
    return errors // parameters.special_prime + 1 + switch_bound(parameters) + 1


def switch_bound(parameters: BfvParameters) -> int:
    """Return what the rounding adds when a prime is dropped: half per polynomial, times s."""
    return (parameters.degree + 1) // 2 + 1


def product_bound(parameters: BfvParameters, left: int, right: int) -> int:
    """Return the bound of a product before it is relinearised.

    With ``cᵢ(s) = (q/t)·mᵢ + eᵢ + q·kᵢ`` over the integers, ``(t/q)·c₁(s)·c₂(s)`` is, modulo q,
    ``(q/t)·m₁m₂ + m₁e₂ + m₂e₁ + t·(k₁e₂ + k₂e₁) + (t/q)·e₁e₂``. Polynomials are taken in -q..q,
    twice what base conversion leaves, so that |kᵢ| <= n + 2. Each of the three polynomials is
    divided with an error of at most the number of primes and one more; twice that is budgeted.
    """
    n, t = parameters.degree, parameters.plain_modulus
    crossed = n * (t // 2 + t * (n + 2)) * (left + right)
    squared = t * n * left * right // parameters.modulus(0) + 1
    divided = 2 * (len(parameters.primes) + 1) * (1 + n + n * n)
    return crossed + squared + divided


def relinearisation_bound(parameters: BfvParameters) -> int:
    """Return what relinearising adds: digits times errors of the key, and rounding."""
    keys = ERROR_BOUND * parameters.degree * sum(parameters.primes)
    return keys // parameters.special_prime + 1 + switch_bound(parameters)


@lru_cache(maxsize=256)
def output_noise(parameters: BfvParameters, circuit: Circuit) -> OutputNoise:
    """Bound one output of ``circuit`` and lay down its flood.

    Raises:
        TooDeep: the flooding criterion cannot be met under ``parameters``.
    """
    formula = evaluate(circuit, _NoiseArithmetic(parameters)).value
    masked = parameters.degree * (parameters.plain_modulus // 2) * formula
    bound = masked + fresh_bound(parameters)
    room = parameters.modulus(0) // (4 * parameters.plain_modulus) - bound
    flood = flood_within(room)
    if flood.offset < bound << FLOODING_BITS:
        raise TooDeep("the predicate leaves too little room to hide its noise")
    return OutputNoise(bound, flood)


def bfv_margin(parameters: BfvParameters, circuit: Circuit) -> Margin:
    """Return how well an output of ``circuit`` is hidden, and how far it is from going wrong.

    The noise shifts F by at most E, which moves a uniform variable by that over its range in
    statistical distance; the n coefficients of a chunk add up, and so do the chunks and outputs
    of a run: k of them are within k·2^-b.

    Raises:
        TooDeep: as ``output_noise``.
    """
    noise = output_noise(parameters, circuit)
    hiding = (noise.flood.size // (parameters.degree * noise.bound)).bit_length() - 1
    largest = parameters.modulus(0) // (2 * parameters.plain_modulus)
    spare = (largest // noise.bound).bit_length() - 1
    return Margin(hiding, spare)
