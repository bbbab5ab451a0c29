"""A provider in league with the requester: half the modulus as noise in its own column.

A known limit, kept here so that nobody claims more (docs/threat-model.md). The result's noise then
says of every coefficient of the mask polynomial whether it is even, and its message is a linear
function of the masks. For each guess of how many conditions a person missed the masks follow, at
eligible controls too, and one guess agrees with all 8192 parities. The verdicts are spoilt by it.
"""

from __future__ import annotations

import numpy as np
import pytest

from clients.schemes.bgv import BgvEncryptor, BgvSecretKey
from matcher.core.bgv_parameters import BGV_SETS
from matcher.core.circuit import Miss, Sum
from matcher.core.controls import ELIGIBLE_PER_CHUNK
from matcher.core.modular import add
from matcher.core.packing import pack
from matcher.schemes.bgv import BgvEvaluator
from matcher.schemes.bgv_format import (
    coefficients_of,
    load_polynomial,
    residues_of,
    unpack_column,
    unpack_output,
)
from tests.bgv_phases import Integers, KeyHolder

PARAMETERS = BGV_SETS["bgv-8192-104"]
SLOTS, T, PRIMES = PARAMETERS.degree, PARAMETERS.plain_modulus, PARAMETERS.primes
NONCE = b"\x17" * 32
SUBJECT = 5
GUESSES = (2, 3)


def smuggled(holder: KeyHolder, column: bytes) -> bytes:
    """The column with noise of half the modulus, a multiple of t, in its first coefficient."""
    half = np.zeros(SLOTS, dtype=object)
    half[0] = PARAMETERS.modulus(0) // 2 // T * T
    residues = residues_of(holder.ring, unpack_column(holder.ring, column), 0)
    for row, added, prime in zip(residues[0], holder.transformed(half), PRIMES, strict=True):
        row[:] = add(row, added, prime)
    return pack(residues, PRIMES)


def agreeing(holder: KeyHolder, phase: Integers, misses: Integers) -> int:
    """How many parities agree with the masks that follow from these misses."""
    ring_ = holder.ring
    odd = abs(phase) > PRIMES[0] // 4
    # c·q/2 modulo q is ±q/2 or 0, and the multiple of q that goes missing shifts the message:
    # mask·(2·misses - 1) = 2·message - sign·odd, slot by slot.
    shifted = (2 * phase - np.sign(phase) * odd) % T
    centred = np.where(shifted > T // 2, shifted - T, shifted).astype(np.int64)
    slots = ring_.encoder.decode_uint64(load_polynomial(ring_, centred)).astype(object)
    inverses = {value: pow(2 * value - 1, -1, T) for value in set(misses.tolist())}
    masks = slots * np.array([inverses[value] for value in misses], dtype=object) % T
    mask = coefficients_of(ring_, ring_.encoder.encode(masks.astype(np.uint64)))
    signed = np.where(mask > T // 2, mask - T, mask)
    return int((signed % 2 == odd).sum())


@pytest.mark.parametrize("missed", GUESSES)
def test_a_provider_and_the_requester_learn_how_many_others_missed(missed: int) -> None:
    key = BgvSecretKey.generate(PARAMETERS, NONCE)
    holder = KeyHolder.of(key)
    encryptor = BgvEncryptor(PARAMETERS, NONCE, key.public_key())
    columns = np.ones((3, SLOTS), dtype=np.uint8)
    columns[:, 100 : 100 + ELIGIBLE_PER_CHUNK] = 0
    columns[0, SUBJECT] = missed - 2
    packed = {index: encryptor.encrypt(column) for index, column in enumerate(columns)}
    packed[2] = smuggled(holder, packed[2])
    evaluator = BgvEvaluator(PARAMETERS, NONCE, key.public_key())
    output = evaluator.evaluate(Sum((Miss(0), Miss(1), Miss(2))), packed)
    phase = holder.phase(unpack_output(holder.ring, output), 1)
    scores = {}
    for guess in GUESSES:
        misses = columns.sum(axis=0).astype(object)
        misses[SUBJECT] = guess
        scores[guess] = agreeing(holder, phase, misses)
    assert scores.pop(missed) == SLOTS
    assert all(abs(score - SLOTS // 2) < 500 for score in scores.values())
