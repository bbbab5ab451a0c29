"""Worst-case noise of a CKKS circuit, its flooding, and how far an output is from a wrong verdict.

A ciphertext of values v, one per slot, decrypts to the polynomial ``Δ·τ⁻¹(v) + e``: τ takes a
polynomial to its values at the roots ζ^(3^j) of X^n + 1, j = 0 .. n/2-1, and Δ is the scale.
τ⁻¹(v) is meant exactly, with real coefficients; whatever is rounded in an encoding is part of e.
Everything is exact integer arithmetic, rounded up. Decides nothing about which circuit is
evaluated.

Norms. |a|∞ is the largest coefficient, |a|₂ the root of the sum of squares, rms(a) = |a|₂/√n,
and |a|τ the largest value at any root of X^n + 1.

 1. |a|τ <= n·rms(a): a root has size 1, and |a|₁ <= √n·|a|₂ (Cauchy and Schwarz).
 2. rms(a·b) <= |a|τ·rms(b): n·|a|₂² is the sum of the squared values at all n roots (Parseval),
    and values multiply. (Lyubashevsky, Peikert and Regev, "On ideal lattices and learning with
    errors over rings", 2010, section 2.2.)
 3. |Δ·τ⁻¹(v)|τ = Δ·max|v| for real v, and no coefficient is larger.

e is bounded in rms. With 2, a product ``(Δ·τ⁻¹(v) + e)·(Δ·τ⁻¹(w) + f)`` has the noise
``Δ·(max|v|·rms(f) + max|w|·rms(e)) + |e|τ·rms(f)``, a masked formula ``|m|τ·rms(e)``.

Hiding. The masked formula is ``m·(Δ·τ⁻¹(v) + e)`` with a mask polynomial m of integers. Its first
part follows from mask and formula alone; m·e, and the noise of the encryption of zero that is
added, depend on the columns one by one. Together they are E. F is uniform over an interval,
independent per coefficient; moving it by e' changes its distribution by at most |e'|₁/size(F) <=
n·E/size(F) per chunk. So F >= 2^40·E hides as well as in the exact schemes, where E bounds every
coefficient.

Verdicts. The noise of a slot is at most n·E, by 1; what a slot decrypts to is in ``ckks_slots``.

Rules:
 * Secrets and encryption randomness are ternary, errors at most 21 (SEAL's centred binomial
   distribution). Encryption is bounded in the worst case: SEAL divides by the special prime, which
   leaves of all errors less than its own rounding.
 * F takes all the room that a quarter leaves.
 * A parameter set in which all this does not fit is refused while planning.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from matcher.core.bgv_noise import ERROR_BOUND
from matcher.core.circuit import Circuit, largest_value
from matcher.core.ckks_parameters import OUTPUT_PRIMES, CkksParameters
from matcher.core.ckks_slots import LARGEST_ERROR, decoding_error, flood_factor, mask_error
from matcher.core.errors import TooDeep
from matcher.core.evaluation import evaluate
from matcher.core.flood import FLOODING_BITS, Flood, flood_within
from matcher.core.margin import Margin


@dataclass(frozen=True, slots=True)
class OutputNoise:
    """What is known of an output before it exists.

    Attributes:
        bound: E, the largest root mean square over coefficients after mask and re-randomisation.
        flood: the range of F.
    """

    bound: int
    flood: Flood


@dataclass(frozen=True, slots=True)
class _Bound:
    """Bounds of a value: its range, its noise in rms, and how many scales it contains."""

    lowest: int
    highest: int
    noise: int
    factors: int

    @property
    def largest(self) -> int:
        return max(abs(self.lowest), abs(self.highest))


class _NoiseArithmetic:
    """Bounds instead of ciphertexts."""

    def __init__(self, parameters: CkksParameters) -> None:
        self._parameters = parameters

    def column(self, index: int) -> _Bound:  # noqa: ARG002 - every column is budgeted alike
        return _Bound(0, 1, column_bound(self._parameters), 1)

    def add(self, values: Sequence[_Bound]) -> _Bound:
        factors = max(value.factors for value in values)
        raised = [raise_bound(self._parameters, value, factors) for value in values]
        return _Bound(
            sum(value.lowest for value in values),
            sum(value.highest for value in values),
            sum(value.noise for value in raised),
            factors,
        )

    def complement(self, value: _Bound) -> _Bound:
        # Of the classes of an attribute one at most is selected.
        return _Bound(0, 1, value.noise, value.factors)

    def subtract(self, value: _Bound, constant: int) -> _Bound:
        return _Bound(value.lowest - constant, value.highest - constant, value.noise, value.factors)

    def multiply(self, left: _Bound, right: _Bound) -> _Bound:
        parameters = self._parameters
        factors = left.factors + right.factors
        if factors > parameters.factors:
            raise TooDeep(_too_many(parameters, factors))
        crossed = (left.largest * right.noise << left.factors * parameters.scale_bits) + (
            right.largest * left.noise << right.factors * parameters.scale_bits
        )
        noise = crossed + parameters.degree * left.noise * right.noise
        corners = [
            one * other
            for one in (left.lowest, left.highest)
            for other in (right.lowest, right.highest)
        ]
        return _Bound(
            min(corners), max(corners), noise + relinearisation_bound(parameters), factors
        )

    def lower(self, value: _Bound) -> _Bound:
        return value


def raise_bound(parameters: CkksParameters, value: _Bound, factors: int) -> _Bound:
    """Return the bound of ``value`` at the scale of ``factors`` misses."""
    noise = value.noise << (factors - value.factors) * parameters.scale_bits
    return _Bound(value.lowest, value.highest, noise, factors)


def column_bound(parameters: CkksParameters) -> int:
    """Return the bound of a fresh column: encryption, the message's carrier, and encoding.

    A coefficient of an encoding is a sum of at most n/2 numbers of a table, each rounded; the
    ciphertext in which it is added has the second polynomial 1, hence the noise s.
    """
    encoding = parameters.degree // 4 + 1
    return encryption_bound(parameters) + 1 + encoding


def encryption_bound(parameters: CkksParameters) -> int:
    """Return the bound of one public-key encryption by SEAL.

    ``e·u + e₁·s + e₀`` divided by the special prime, half for the rounding of each polynomial, of
    which the second is multiplied by the secret.
    """
    errors = ERROR_BOUND * (2 * parameters.degree + 1)
    return errors // parameters.special_prime + 1 + _rounding(parameters)


def relinearisation_bound(parameters: CkksParameters) -> int:
    """Return what relinearising adds: digits times errors of the key, and rounding."""
    keys = ERROR_BOUND * parameters.degree * sum(parameters.primes)
    return keys // parameters.special_prime + 1 + _rounding(parameters)


@lru_cache(maxsize=256)
def output_noise(parameters: CkksParameters, circuit: Circuit) -> OutputNoise:
    """Bound one output of ``circuit`` and lay down its flood.

    Raises:
        TooDeep: the formula multiplies or counts further than ``parameters`` provide for, or the
            flooding criterion cannot be met.
    """
    formula = evaluate(circuit, _NoiseArithmetic(parameters)).value
    counted = min(formula.largest, largest_value(circuit))
    if counted > 1 << parameters.value_bits:
        raise TooDeep(
            f"the predicate counts up to {counted} misses, and masked values of "
            f"{parameters.name} have room for {1 << parameters.value_bits}"
        )
    noise = raise_bound(parameters, formula, parameters.factors).noise
    scale = parameters.masked_scale
    mask = (1 << parameters.mask_bits) + mask_error(parameters)
    bound = math.ceil(mask * (1 << parameters.mask_scale_bits)) * noise
    bound += encryption_bound(parameters) + 1
    dropped = math.prod(parameters.primes[OUTPUT_PRIMES:])
    rounded = parameters.degree * (parameters.degree + 1) * dropped
    room = (LARGEST_ERROR - decoding_error(parameters)) * scale
    # F lies around -1/2.
    room -= parameters.degree * (bound + 1) + rounded
    flood = flood_within(math.floor(room / flood_factor(parameters.degree)))
    if flood.offset < bound << FLOODING_BITS:
        raise TooDeep("the predicate leaves too little room to hide its noise")
    return OutputNoise(bound, flood)


def ckks_margin(parameters: CkksParameters, circuit: Circuit) -> Margin:
    """Return how well an output of ``circuit`` is hidden, and how far it is from going wrong.

    What is hidden is everything but the formula's values; those show as far as
    ``CkksParameters.advantage`` says. k chunks and outputs of a run are within k·2^-b.

    Raises:
        TooDeep: as ``output_noise``.
    """
    noise = output_noise(parameters, circuit)
    spread = parameters.degree * noise.bound
    hiding = (noise.flood.size // spread).bit_length() - 1
    half = Fraction(parameters.masked_scale, 2) - (
        flood_factor(parameters.degree) * noise.flood.offset
    )
    spare = math.floor(half / spread).bit_length() - 1
    return Margin(hiding, spare)


def _rounding(parameters: CkksParameters) -> int:
    """Return what dropping a prime adds: half per polynomial, the second times the secret."""
    return (parameters.degree + 1) // 2 + 1


def _too_many(parameters: CkksParameters, factors: int) -> str:
    most = parameters.factors
    room = "none" if most == 1 else f"products of {most}"
    return f"it multiplies {factors} misses, and scales of {parameters.name} have room for {room}"
