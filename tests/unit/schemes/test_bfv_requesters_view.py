"""What a requester with an honest BFV key can tell of two results with the same verdicts.

It knows the secret and every mask a hypothesis implies, and here even the columns. Each
distinguisher is first shown to work on an output that was not blinded.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from clients.schemes.bfv import BfvEncryptor, BfvSecretKey
from matcher.core.bfv_noise import output_noise
from matcher.core.bfv_parameters import BFV_SETS
from matcher.core.circuit import Circuit, Miss, Sum
from matcher.core.evaluation import evaluate
from matcher.core.modular import multiply
from matcher.schemes.bfv import BfvEvaluator
from tests.bfv_phases import KeyHolder, polynomials_of, unpacked
from tests.bgv_phases import centred

PARAMETERS = BFV_SETS["bfv-8192-104"]
PRIMES, T, SLOTS = PARAMETERS.primes, PARAMETERS.plain_modulus, PARAMETERS.degree
NONCE = b"\x31" * 32
CIRCUIT: Circuit = Sum(tuple(map(Miss, range(4))))
BINS = 64
OUTPUTS = 12

# Columns with the same verdicts: the first half is eligible, the second misses this many.
MISSES = {"all miss one": 1, "all miss four": 4}


class Scene:
    def __init__(self) -> None:
        self.key = BfvSecretKey.generate(PARAMETERS, NONCE)
        self.holder = KeyHolder.of(self.key)
        self.encryptor = BfvEncryptor(PARAMETERS, NONCE, self.key.public_key())
        self.evaluator = BfvEvaluator(PARAMETERS, NONCE, self.key.public_key())

    def columns(self, misses: int) -> dict[int, bytes]:
        ineligible = (np.arange(SLOTS) >= SLOTS // 2).astype(np.uint8)
        return {
            index: self.encryptor.encrypt(ineligible * np.uint8(index < misses))
            for index in range(4)
        }

    def steps(self, misses: int):
        """The formula, the same masked, and the same blinded before primes are dropped."""
        columns = self.columns(misses)
        loaded = {index: self.evaluator._load(columns[index]) for index in range(4)}
        formula = evaluate(CIRCUIT, self.evaluator._arithmetic(loaded)).value
        masked = self.evaluator._masked(formula)
        blinded = masked.copy()
        self.evaluator._blind(blinded, output_noise(PARAMETERS, CIRCUIT).flood)
        return [polynomials_of(self.holder.ring, one) for one in (formula, masked, blinded)]

    def quotient(self, above: np.ndarray, below: np.ndarray) -> float:
        """The largest coefficient of the polynomial above / below, as a part of q."""
        top, bottom = self.holder.transformed(above), self.holder.transformed(below)
        rows = [
            multiply(top[i], np.array([pow(int(x), -1, p) for x in bottom[i]], dtype=np.uint64), p)
            for i, p in enumerate(PRIMES)
        ]
        whole = centred(self.holder.coefficients(np.stack(rows)), PRIMES)
        return float(abs(whole).max() / PARAMETERS.modulus(0))


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene()


def deviation(counts: np.ndarray, expected: float) -> float:
    """χ² in standard deviations (Wilson and Hilferty)."""
    freedom = counts.size - 1
    statistic = float(((counts - expected) ** 2 / expected).sum())
    scale = 2 / (9 * freedom)
    return ((statistic / freedom) ** (1 / 3) - (1 - scale)) / math.sqrt(scale)


def test_second_polynomials_show_the_mask_only_without_blinding(scene) -> None:
    formula, masked, blinded = scene.steps(2)
    assert scene.quotient(masked[1], formula[1]) * PARAMETERS.modulus(0) <= T // 2 + 1
    assert scene.quotient(blinded[1], formula[1]) > 0.49


def test_noise_shows_the_mask_only_without_blinding(scene) -> None:
    """Whoever knows the columns' noise divides by it and has the mask polynomial."""
    formula, masked, blinded = (scene.holder.noise(one) for one in scene.steps(2))
    below = np.stack([(formula % p).astype(np.uint64) for p in PRIMES])
    sizes = []
    for noise in (masked, blinded):
        above = np.stack([(noise % p).astype(np.uint64) for p in PRIMES])
        sizes.append(scene.quotient(above, below))
    assert sizes[0] * PARAMETERS.modulus(0) <= T // 2 + 1
    assert sizes[1] > 0.49


def test_phases_and_second_polynomials_are_uniform_alike(scene) -> None:
    """χ² of each view against uniform, and of the two against each other."""
    ring_, first = scene.holder.ring, PRIMES[0]
    noise = output_noise(PARAMETERS, CIRCUIT)
    widest = T * noise.flood.offset / PRIMES[1]
    phases, seconds = {}, {}
    for case, misses in MISSES.items():
        columns = scene.columns(misses)
        phases[case], seconds[case] = np.zeros(BINS), np.zeros(BINS)
        for _ in range(OUTPUTS):
            output = unpacked(ring_, scene.evaluator.evaluate(CIRCUIT, columns), ring_.last)
            seen = scene.holder.noise(output, ring_.last).astype(np.float64)
            # Rounding at the switch reaches over the flood's edge by 2^12 of 2^30.
            places = np.clip((seen / widest + 1) / 2 * BINS, 0, BINS - 1)
            phases[case] += np.bincount(places.astype(int), minlength=BINS)
            places = output[1, 0].astype(np.float64) / first * BINS
            seconds[case] += np.bincount(places.astype(int), minlength=BINS)
    for views in (phases, seconds):
        for counts in views.values():
            assert abs(deviation(counts, OUTPUTS * SLOTS / BINS)) < 4.75
        one, four = views.values()
        # The difference of two counts has twice the variance of one.
        shifted = (one - four) / math.sqrt(2) + OUTPUTS * SLOTS / BINS
        assert abs(deviation(shifted, OUTPUTS * SLOTS / BINS)) < 4.75


def test_an_ineligible_slot_is_uniform_whatever_was_missed(scene) -> None:
    ones = np.ones(SLOTS, dtype=np.uint8)
    parity = (np.arange(SLOTS) % 2).astype(np.uint8)
    columns = {0: scene.encryptor.encrypt(ones), 1: scene.encryptor.encrypt(parity)}
    circuit = Sum((Miss(0), Miss(1)))
    outputs = [scene.key.decrypt(scene.evaluator.evaluate(circuit, columns)) for _ in range(24)]
    for missed in (0, 1):
        values = np.concatenate([output[parity == missed] for output in outputs])
        assert values.min() > 0
        counts = np.bincount((values - 1).astype(np.int64) * BINS // 65536, minlength=BINS)
        assert abs(deviation(counts, values.size / BINS)) < 4.75
