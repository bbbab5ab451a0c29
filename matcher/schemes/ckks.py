"""The blind side of CKKS on TenSEAL: evaluates one output of one chunk, safe to release.

For research: a complex mask does not hide how far a case misses as a mask modulo a prime does
(``CkksParameters.advantage``). It holds a run's public keys and cannot decrypt. Bytes in, bytes
out; whether the bytes are authentic has been decided before.

Rules, in this order and for every output:
 * formula, each product relinearised at once; scales multiply and nothing is rescaled; where
   scales differ, a value is multiplied by a power of two, exactly;
 * mask, fresh for every output and slot: a value stays within its error of 0, or goes beyond. The
   mask's angle is uniform: it would carry what somebody adds to the imaginary part of a column;
 * blind: re-randomise with a fresh encryption of zero and flood with F, so that neither the second
   polynomial nor the noise tells anything but the masked formula (``core.ckks_noise``);
 * drop all primes but two, pack. An output has two polynomials or is not released.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tenseal import sealapi

from matcher.core.circuit import Circuit, columns_of
from matcher.core.ckks_noise import output_noise
from matcher.core.ckks_parameters import CkksParameters
from matcher.core.errors import InvalidCiphertext, InvalidKey
from matcher.core.evaluation import evaluate
from matcher.core.flood import Flood
from matcher.schemes.ckks_encryption import PublicEncryption
from matcher.schemes.ckks_format import encoder, pack_output, unpack_column
from matcher.schemes.flooding import draw_flood
from matcher.schemes.randomness import CipherStream, RandomBytes, draw_complex_masks
from matcher.schemes.tenseal_format import Ring, load_into, ring
from matcher.schemes.tenseal_key_format import unpack_evaluation_key


class CkksEvaluator:
    """Evaluates the outputs of one run; cheap to make once the process knows the parameters.

    Not to be shared between threads; a forked process that inherits one cannot evaluate.
    """

    def __init__(
        self,
        parameters: CkksParameters,
        nonce: bytes,
        public_key: bytes,
        evaluation_key: bytes | None = None,
        *,
        random_bytes: RandomBytes | None = None,
    ) -> None:
        """Take a run's keys.

        Args:
            parameters: the plan's.
            nonce: the run's, which prescribes the public key's second polynomial.
            public_key: packed; what the run statement's digest covers.
            evaluation_key: packed relinearisation key, where an output multiplies.
            random_bytes: source of masks and floods; a cryptographic stream unless injected.

        Raises:
            InvalidKey: a key is not the prescribed one or does not fit the parameters.
        """
        self._parameters = parameters
        self._ring = ring(parameters)
        self._random_bytes = random_bytes or CipherStream()
        self._relinearisation = (
            None if evaluation_key is None else _relinearisation(self._ring, evaluation_key)
        )
        self._encryption = PublicEncryption(self._ring, nonce, public_key)

    def evaluate(self, circuit: Circuit, columns: Mapping[int, bytes]) -> bytes:
        """Return one output of one chunk, packed; its slots decrypt near mask·formula.

        Args:
            circuit: an output of the plan.
            columns: packed column chunks, at least those that ``circuit`` reads.

        Raises:
            InvalidCiphertext: a column does not fit the parameters.
            InvalidKey: the circuit multiplies and there is no relinearisation key.
            TooDeep: the parameters do not carry the circuit; the plan would have said so.
        """
        noise = output_noise(self._parameters, circuit)
        scale = 1 << self._parameters.scale_bits
        loaded = {
            index: unpack_column(self._ring, columns[index], scale)
            for index in set(columns_of(circuit))
        }
        arithmetic = _ScaledArithmetic(self._ring, self._parameters, loaded, self._relinearisation)
        try:
            formula = evaluate(circuit, arithmetic).value
            output = self._masked(arithmetic.raised(formula, self._parameters.factors))
        except (ValueError, RuntimeError):
            # SEAL refuses a result without a second polynomial: it would lie open.
            raise InvalidCiphertext("columns cancel each other") from None
        self._blind(output, noise.flood)
        for _ in range(self._parameters.output_level):
            self._ring.evaluator.rescale_to_next_inplace(output)
        return pack_output(self._ring, self._parameters, output)

    def _masked(self, formula: _Scaled) -> Any:
        """Return a formula that has all factors of an output, masked."""
        parameters = self._parameters
        masks = draw_complex_masks(self._random_bytes, parameters.mask_bits, parameters.slots)
        plain = sealapi.Plaintext()
        encoder(parameters).encode(masks.tolist(), float(1 << parameters.mask_scale_bits), plain)
        masked = sealapi.Ciphertext()
        self._ring.evaluator.multiply_plain(formula.ciphertext, plain, masked)
        return masked

    def _blind(self, output: Any, flood: Flood) -> None:
        """Re-randomise and flood a masked output in place."""
        degree, primes = self._parameters.degree, self._ring.primes(0)
        drawn = draw_flood(flood, 1, primes, degree, self._random_bytes)
        zero = self._encryption.encrypt(drawn, float(self._parameters.masked_scale))
        self._ring.evaluator.add_inplace(output, zero)


@dataclass(frozen=True, slots=True)
class _Scaled:
    """A ciphertext and how many misses' scales its scale contains."""

    ciphertext: Any
    factors: int


class _ScaledArithmetic:
    """Ciphertexts; no method changes one it was given."""

    def __init__(
        self,
        ring_: Ring,
        parameters: CkksParameters,
        columns: Mapping[int, Any],
        relinearisation: Any | None,
    ) -> None:
        self._evaluator = ring_.evaluator
        self._encoder = encoder(parameters)
        self._scale_bits = parameters.scale_bits
        self._columns = columns
        self._relinearisation = relinearisation

    def column(self, index: int) -> _Scaled:
        return _Scaled(self._columns[index], 1)

    def add(self, values: Sequence[_Scaled]) -> _Scaled:
        factors = max(value.factors for value in values)
        first, second, *rest = (self.raised(value, factors).ciphertext for value in values)
        total = sealapi.Ciphertext()
        self._evaluator.add(first, second, total)
        for value in rest:
            self._evaluator.add_inplace(total, value)
        return _Scaled(total, factors)

    def complement(self, value: _Scaled) -> _Scaled:
        negated = sealapi.Ciphertext()
        self._evaluator.negate(value.ciphertext, negated)
        self._evaluator.add_plain_inplace(negated, self._constant(1, value.factors))
        return _Scaled(negated, value.factors)

    def subtract(self, value: _Scaled, constant: int) -> _Scaled:
        lessened = sealapi.Ciphertext()
        plain = self._constant(constant, value.factors)
        self._evaluator.sub_plain(value.ciphertext, plain, lessened)
        return _Scaled(lessened, value.factors)

    def multiply(self, left: _Scaled, right: _Scaled) -> _Scaled:
        if self._relinearisation is None:
            raise InvalidKey("a formula with alternatives needs a relinearisation key")
        product = sealapi.Ciphertext()
        self._evaluator.multiply(left.ciphertext, right.ciphertext, product)
        self._evaluator.relinearize_inplace(product, self._relinearisation)
        return _Scaled(product, left.factors + right.factors)

    def lower(self, value: _Scaled) -> _Scaled:
        return value

    def raised(self, value: _Scaled, factors: int) -> _Scaled:
        """Return ``value`` at the scale of ``factors`` misses, multiplied by a power of two."""
        missing = factors - value.factors
        if not missing:
            return value
        raised = sealapi.Ciphertext()
        self._evaluator.multiply_plain(value.ciphertext, self._constant(1, missing), raised)
        return _Scaled(raised, factors)

    def _constant(self, number: int, factors: int) -> Any:
        """Return ``number`` in every slot: one coefficient, exactly."""
        plain = sealapi.Plaintext()
        self._encoder.encode(float(number), float(1 << factors * self._scale_bits), plain)
        return plain


def _relinearisation(ring_: Ring, packed: bytes) -> Any:
    keys = sealapi.RelinKeys()
    try:
        load_into(ring_, keys, unpack_evaluation_key(ring_, packed))
    except (ValueError, RuntimeError):
        raise InvalidKey("a relinearisation key does not fit its parameters") from None
    return keys
