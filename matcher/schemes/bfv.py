"""The blind side of BFV on TenSEAL: evaluates one output of one chunk, safe to release.

It holds a run's public keys and cannot decrypt. Bytes in, bytes out; whether the bytes are
authentic has been decided before.

TenSEAL's vectors serve for everything that is evaluated: sums, products (relinearised by
themselves), masks, the encryption of zero, the flood. They cannot switch a modulus; that one step
is done by SEAL itself (``tenseal.sealapi``), to which a vector goes as bytes.

Rules, in this order and for every output:
 * formula, each product relinearised at once;
 * mask, fresh for every output and slot: 0 stays 0, anything else becomes uniform non-zero;
 * blind: re-randomise with a fresh encryption of zero and flood with F, so that neither the second
   polynomial nor the noise tells anything of mask and formula (docs/adr);
 * drop all primes but the first, pack. An output has two polynomials or is not released.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import tenseal

from matcher.core.bfv_noise import output_noise
from matcher.core.bfv_parameters import BfvParameters
from matcher.core.circuit import Circuit, columns_of
from matcher.core.errors import InvalidCiphertext, InvalidKey
from matcher.core.evaluation import evaluate
from matcher.core.flood import Flood
from matcher.schemes.bfv_format import load_open, one_in_every_slot, pack_output, unpack_column
from matcher.schemes.flooding import draw_flood
from matcher.schemes.randomness import CipherStream, RandomBytes, draw_masks
from matcher.schemes.tenseal_format import (
    ciphertext_in,
    load_ciphertext,
    ring,
    saved,
    vector_context,
)
from matcher.schemes.tenseal_key_format import unpack_evaluation_key, unpack_public_key


class BfvEvaluator:
    """Evaluates the outputs of one run; cheap to make once the process knows the parameters.

    Not to be shared between threads; a forked process that inherits one cannot evaluate.
    """

    def __init__(
        self,
        parameters: BfvParameters,
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
        self._multiplies = evaluation_key is not None
        self._random_bytes = random_bytes or CipherStream()
        relinearisation = (
            b"" if evaluation_key is None else unpack_evaluation_key(self._ring, evaluation_key)
        )
        self._context = vector_context(
            self._ring,
            public_key=unpack_public_key(self._ring, nonce, public_key),
            relinearisation_key=relinearisation,
        )
        self._one = load_open(self._ring, self._context, one_in_every_slot(self._ring))

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
        noise = output_noise(self._parameters, circuit)
        loaded = {index: self._load(columns[index]) for index in set(columns_of(circuit))}
        try:
            formula = evaluate(circuit, self._arithmetic(loaded))
        except (ValueError, RuntimeError):
            # SEAL refuses a result without a second polynomial: it would lie open.
            raise InvalidCiphertext("columns cancel each other") from None
        output = self._masked(formula.value)
        self._blind(output, noise.flood)
        return self._lowered(output)

    def _load(self, column: bytes) -> tenseal.BFVVector:
        return unpack_column(self._ring, self._context, column)

    def _arithmetic(self, columns: Mapping[int, tenseal.BFVVector]) -> _VectorArithmetic:
        return _VectorArithmetic(columns, self._one, multiplies=self._multiplies)

    def _masked(self, formula: tenseal.BFVVector) -> tenseal.BFVVector:
        masks = draw_masks(self._random_bytes, self._parameters.degree)
        return formula * masks.tolist()

    def _blind(self, output: tenseal.BFVVector, flood: Flood) -> None:
        """Re-randomise and flood a masked output in place."""
        degree, primes = self._parameters.degree, self._ring.primes(0)
        output += tenseal.bfv_vector(self._context, [0] * degree)
        drawn = draw_flood(flood, 1, primes, degree, self._random_bytes)
        output += load_open(self._ring, self._context, drawn)

    def _lowered(self, output: tenseal.BFVVector) -> bytes:
        """Return a blinded output modulo the first prime, packed."""
        ciphertext = load_ciphertext(self._ring, ciphertext_in(output.serialize()))
        last = list(self._ring.level_ids[self._ring.last])
        self._ring.evaluator.mod_switch_to_inplace(ciphertext, last)
        return pack_output(self._ring, saved(ciphertext))


class _VectorArithmetic:
    """TenSEAL's vectors; no method changes one it was given."""

    def __init__(
        self,
        columns: Mapping[int, tenseal.BFVVector],
        one: tenseal.BFVVector,
        *,
        multiplies: bool,
    ) -> None:
        self._columns = columns
        self._one = one
        self._multiplies = multiplies

    def column(self, index: int) -> tenseal.BFVVector:
        return self._columns[index]

    def add(self, values: Sequence[tenseal.BFVVector]) -> tenseal.BFVVector:
        total = values[0] + values[1]
        for value in values[2:]:
            total += value
        return total

    def complement(self, value: tenseal.BFVVector) -> tenseal.BFVVector:
        # Not 1 + value·(-1): SEAL multiplies by t - 1 there, and the noise with it.
        return self._one - value

    def subtract(self, value: tenseal.BFVVector, constant: int) -> tenseal.BFVVector:
        return value + -constant

    def multiply(self, left: tenseal.BFVVector, right: tenseal.BFVVector) -> tenseal.BFVVector:
        if not self._multiplies:
            raise InvalidKey("a formula with alternatives needs a relinearisation key")
        return left * right

    def lower(self, value: tenseal.BFVVector) -> tenseal.BFVVector:
        return value
