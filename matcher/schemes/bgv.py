"""The blind side of BGV: evaluates one output of one chunk and makes it safe to release.

It holds a run's public keys and cannot decrypt. Bytes in, bytes out; whether the bytes are
authentic has been decided before.

Rules, in this order and for every output:
 * formula, each product relinearised at once;
 * mask, fresh for every output and slot: 0 stays 0, anything else becomes uniform non-zero;
 * blind: re-randomise with a fresh encryption of zero and flood, so that neither the second
   polynomial nor the noise tells anything of mask and formula;
 * drop all primes but the first, pack. An output has two polynomials or is not released.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import seal

from matcher.core.bgv_noise import output_noise
from matcher.core.bgv_parameters import BgvParameters
from matcher.core.circuit import Circuit, columns_of
from matcher.core.errors import InvalidCiphertext, InvalidKey
from matcher.core.evaluation import evaluate
from matcher.schemes.bgv_blinding import Blinding
from matcher.schemes.bgv_format import (
    Ring,
    pack_output,
    ring,
    unpack_column,
)
from matcher.schemes.bgv_key_format import unpack_evaluation_key, unpack_public_key
from matcher.schemes.randomness import CipherStream, RandomBytes, draw_masks


class BgvEvaluator:
    """Evaluates the outputs of one run; cheap to make once the process knows the parameters.

    Not to be shared between threads; a forked process that inherits one cannot evaluate.
    """

    def __init__(
        self,
        parameters: BgvParameters,
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
        self._ring = ring(parameters)
        self._relinearisation = (
            None if evaluation_key is None else unpack_evaluation_key(self._ring, evaluation_key)
        )
        self._random_bytes = random_bytes or CipherStream()
        polynomials = unpack_public_key(self._ring, nonce, public_key)
        self._blinding = Blinding(self._ring, polynomials, self._random_bytes)

    def evaluate(self, circuit: Circuit, columns: Mapping[int, bytes]) -> bytes:
        """Return one output of one chunk, packed; its slots decrypt to mask·formula mod t.

        Args:
            circuit: an output of the plan.
            columns: packed column chunks, at least those that ``circuit`` reads.

        Raises:
            InvalidCiphertext: a column does not fit the parameters.
            InvalidKey: the circuit multiplies and there is no relinearisation key.
            TooDeep: the parameters do not carry the circuit; the plan would have said so.
        """
        noise = output_noise(self._ring.parameters, circuit)
        loaded = {
            index: unpack_column(self._ring, columns[index]) for index in set(columns_of(circuit))
        }
        try:
            formula = evaluate(circuit, self._arithmetic(loaded))
        except (ValueError, RuntimeError):
            # SEAL refuses a result without a second polynomial: it would lie open.
            raise InvalidCiphertext("columns cancel each other") from None
        output = self._masked(formula.value)
        self._blinding.blind(output, noise.level, noise.flood)
        self._ring.evaluator.mod_switch_to_inplace(output, self._ring.context.last_parms_id())
        return pack_output(self._ring, output)

    def _arithmetic(self, columns: Mapping[int, seal.Ciphertext]) -> _CiphertextArithmetic:
        return _CiphertextArithmetic(self._ring, columns, self._relinearisation)

    def _masked(self, formula: seal.Ciphertext) -> seal.Ciphertext:
        """Mask a formula in place, because nobody else holds it, and return it."""
        masks = draw_masks(self._random_bytes, self._ring.parameters.degree)
        self._ring.evaluator.multiply_plain_inplace(formula, self._ring.encoder.encode(masks))
        return formula


class _CiphertextArithmetic:
    """Ciphertexts; no method changes one it was given."""

    def __init__(
        self,
        ring_: Ring,
        columns: Mapping[int, seal.Ciphertext],
        relinearisation: seal.RelinKeys | None,
    ) -> None:
        self._evaluator = ring_.evaluator
        self._one = seal.Plaintext("1")
        self._columns = columns
        self._relinearisation = relinearisation

    def column(self, index: int) -> seal.Ciphertext:
        return self._columns[index]

    def add(self, values: Sequence[seal.Ciphertext]) -> seal.Ciphertext:
        total = self._evaluator.add(values[0], values[1])
        for value in values[2:]:
            self._evaluator.add_inplace(total, value)
        return total

    def complement(self, value: seal.Ciphertext) -> seal.Ciphertext:
        negated = self._evaluator.negate(value)
        self._evaluator.add_plain_inplace(negated, self._one)
        return negated

    def subtract(self, value: seal.Ciphertext, constant: int) -> seal.Ciphertext:
        return self._evaluator.sub_plain(value, seal.Plaintext(f"{constant:X}"))

    def multiply(self, left: seal.Ciphertext, right: seal.Ciphertext) -> seal.Ciphertext:
        if self._relinearisation is None:
            raise InvalidKey("a formula with alternatives needs a relinearisation key")
        product = self._evaluator.multiply(left, right)
        self._evaluator.relinearize_inplace(product, self._relinearisation)
        return product

    def lower(self, value: seal.Ciphertext) -> seal.Ciphertext:
        return self._evaluator.mod_switch_to_next(value)
