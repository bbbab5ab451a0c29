"""The blind side of Paillier: evaluates one output of one chunk and makes it safe to release.

It holds a run's modulus and cannot decrypt. Bytes in, bytes out; whether the bytes are authentic
has been decided before.

Rules, in this order and for every output:
 * formula: a sum of misses is a product of ciphertexts. Nothing is multiplied with one another.
 * mask: a power whose exponent is uniform in 1 .. n-1, fresh for every output and slot. 0 stays 0;
   everything else a circuit counts to is a unit modulo n (``paillier_key_format``) and becomes
   uniform non-zero: not nearly, exactly.
 * blind: times a fresh encryption of zero. The result is a uniform encryption of what it decrypts
   to, so that the holder of the key sees nothing of the mask in the ciphertext's randomness.

The mask is a secret exponent, known to nobody but this process: its power is GMP's constant-time
one, which costs half as much again. Nothing else here claims to take constant time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import gmpy2

from matcher.core.circuit import Circuit, columns_of
from matcher.core.errors import TooDeep
from matcher.core.evaluation import evaluate
from matcher.core.paillier_margin import ONLY_ADDS, paillier_margin
from matcher.core.paillier_parameters import PaillierParameters
from matcher.schemes.paillier_encryption import draw_nonzero, encryption_of_zero
from matcher.schemes.paillier_format import (
    Modulus,
    Number,
    pack_ciphertexts,
    unpack_ciphertexts,
)
from matcher.schemes.paillier_key_format import unpack_public_key
from matcher.schemes.randomness import CipherStream, RandomBytes

Slots: TypeAlias = Sequence[Number]


class PaillierEvaluator:
    """Evaluates the outputs of one run.

    Not to be shared between threads; a forked process that inherits one cannot evaluate.
    """

    def __init__(
        self,
        parameters: PaillierParameters,
        nonce: bytes,
        public_key: bytes,
        *,
        random_bytes: RandomBytes | None = None,
    ) -> None:
        """Take a run's key.

        Args:
            parameters: the plan's.
            nonce: the run's, which prescribes what the key has to prove.
            public_key: packed; what the run statement's digest covers.
            random_bytes: source of masks and blinding; a cryptographic stream unless injected.

        Raises:
            InvalidKey: the key does not fit the parameters or the run, or hides nothing.
        """
        self._parameters = parameters
        self._modulus = unpack_public_key(parameters, nonce, public_key)
        self._random_bytes = random_bytes or CipherStream()

    def evaluate(self, circuit: Circuit, columns: Mapping[int, bytes]) -> bytes:
        """Return one output of one chunk, packed; its slots decrypt to mask·formula mod n.

        Args:
            circuit: an output of the plan.
            columns: packed column chunks, at least those that ``circuit`` reads.

        Raises:
            InvalidCiphertext: a column does not fit the parameters.
            TooDeep: the circuit multiplies; the plan would have said so.
        """
        paillier_margin(self._parameters, circuit)
        loaded = {
            index: unpack_ciphertexts(self._modulus, self._parameters.slots, columns[index])
            for index in set(columns_of(circuit))
        }
        formula = evaluate(circuit, _CiphertextArithmetic(self._modulus, loaded)).value
        return pack_ciphertexts(self._modulus, [self._released(slot) for slot in formula])

    def _released(self, slot: Number) -> Number:
        """Return a masked and blinded slot."""
        square = self._modulus.square
        mask = draw_nonzero(self._random_bytes, self._modulus)
        masked = gmpy2.powmod_sec(slot, mask, square)
        return masked * encryption_of_zero(self._random_bytes, self._modulus) % square


class _CiphertextArithmetic:
    """Chunks of ciphertexts; no method changes one it was given."""

    def __init__(self, modulus: Modulus, columns: Mapping[int, Slots]) -> None:
        self._one = 1 + modulus.n
        self._n = modulus.n
        self._square = modulus.square
        self._columns = columns

    def column(self, index: int) -> Slots:
        return self._columns[index]

    def add(self, values: Sequence[Slots]) -> Slots:
        total = list(values[0])
        for value in values[1:]:
            total = [one * other % self._square for one, other in zip(total, value, strict=True)]
        return total

    def complement(self, value: Slots) -> Slots:
        inverted = (gmpy2.invert(one, self._square) for one in value)
        return [self._one * one % self._square for one in inverted]

    def subtract(self, value: Slots, constant: int) -> Slots:
        less = 1 + (self._n - constant) * self._n
        return [one * less % self._square for one in value]

    def multiply(self, left: Slots, right: Slots) -> Slots:  # noqa: ARG002
        raise TooDeep(ONLY_ADDS)

    def lower(self, value: Slots) -> Slots:
        # Nothing is ever multiplied, and there is no level to go down to.
        return value
