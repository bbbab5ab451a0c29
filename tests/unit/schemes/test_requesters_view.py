"""What a requester with an honest key can tell of two results with the same verdicts.

It knows the secret, every mask a hypothesis implies, and here even the columns' second
polynomials. Each distinguisher is first shown to work on an output that was not blinded.
"""

from __future__ import annotations

import math
import os

import numpy as np
import pytest

from clients.schemes.bgv import BgvEncryptor, BgvSecretKey
from matcher.core.bgv_noise import output_noise
from matcher.core.bgv_parameters import BGV_SETS
from matcher.core.circuit import Circuit, Miss, Sum
from matcher.core.modular import multiply
from matcher.schemes.bgv import BgvEvaluator
from matcher.schemes.bgv_format import (
    coefficients_of,
    load_ciphertext,
    residues_of,
    unpack_column,
    unpack_output,
)
from tests.bgv_phases import Integers, KeyHolder, centred

PARAMETERS = BGV_SETS["bgv-8192-104"]
PRIMES, T, SLOTS = PARAMETERS.primes, PARAMETERS.plain_modulus, PARAMETERS.degree
NONCE = b"\x31" * 32
CIRCUIT: Circuit = Sum(tuple(map(Miss, range(4))))
BINS = 64
OUTPUTS = 12

# Columns with the same verdicts: the first half is eligible, the second misses this many.
MISSES = {"all miss one": 1, "all miss four": 4}


class Scene:
    def __init__(self) -> None:
        self.key = BgvSecretKey.generate(PARAMETERS, NONCE)
        self.holder = KeyHolder.of(self.key)
        self.encryptor = BgvEncryptor(PARAMETERS, NONCE, self.key.public_key())
        self.evaluator = BgvEvaluator(
            PARAMETERS, NONCE, self.key.public_key(), random_bytes=self._noted
        )
        self._drawn: list[bytes] = []

    def _noted(self, count: int) -> bytes:
        self._drawn.append(os.urandom(count))
        return self._drawn[-1]

    def columns(self, misses: int) -> dict[int, bytes]:
        ineligible = (np.arange(SLOTS) >= SLOTS // 2).astype(np.uint8)
        return {
            index: self.encryptor.encrypt(ineligible * np.uint8(index < misses))
            for index in range(4)
        }

    def bare(self, columns: dict[int, bytes]):
        """Formula and mask without blinding, and the sum of the columns."""
        ring_ = self.holder.ring
        total = unpack_column(ring_, columns[0])
        for index in range(1, 4):
            ring_.evaluator.add_inplace(total, unpack_column(ring_, columns[index]))
        # It masks in place, and the sum is wanted, too.
        again = load_ciphertext(ring_, residues_of(ring_, total, 0), 0)
        masked = self.evaluator._masked(again)
        self.masks = np.frombuffer(self._drawn[-1], dtype="<u2").astype(object) + 1
        return masked, total

    def blinded(self, columns: dict[int, bytes]):
        """The same, blinded, before primes are dropped: the requester sees less."""
        masked, total = self.bare(columns)
        noise = output_noise(PARAMETERS, CIRCUIT)
        self.evaluator._blinding.blind(masked, noise.level, noise.flood)
        return masked, total


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene()


def quotient(scene: Scene, above: np.ndarray, below: np.ndarray) -> Integers:
    """The polynomial above / below, both in transform."""
    rows = [
        multiply(top, np.array([pow(int(x), -1, prime) for x in bottom], dtype=np.uint64), prime)
        for top, bottom, prime in zip(above, below, PRIMES, strict=True)
    ]
    return centred(scene.holder.coefficients(np.stack(rows), 0), PRIMES)


def divided(scene: Scene, phase: Integers, masks: Integers) -> Integers:
    """The phase without the mask polynomial that has these slots."""
    ring_ = scene.holder.ring
    mask = coefficients_of(ring_, ring_.encoder.encode(masks.astype(np.uint64))).astype(object)
    around = np.where(mask > T // 2, mask - T, mask)
    return quotient(scene, scene.holder.transformed(phase), scene.holder.transformed(around))


def part_of_modulus(polynomial: Integers) -> float:
    return float(abs(polynomial).max() / PARAMETERS.modulus(0))


def deviation(counts: np.ndarray, expected: float) -> float:
    """χ² in standard deviations (Wilson and Hilferty)."""
    freedom = counts.size - 1
    statistic = float(((counts - expected) ** 2 / expected).sum())
    scale = 2 / (9 * freedom)
    return ((statistic / freedom) ** (1 / 3) - (1 - scale)) / math.sqrt(scale)


def test_second_polynomials_show_the_mask_only_without_blinding(scene) -> None:
    columns = scene.columns(2)
    bare, total = scene.bare(columns)
    blinded, same_total = scene.blinded(columns)
    ring_ = scene.holder.ring
    mask = quotient(scene, residues_of(ring_, bare, 0)[1], residues_of(ring_, total, 0)[1])
    assert abs(mask).max() <= T // 2
    hidden = quotient(
        scene, residues_of(ring_, blinded, 0)[1], residues_of(ring_, same_total, 0)[1]
    )
    assert part_of_modulus(hidden) > 0.49


@pytest.mark.parametrize("guessed", [1, 2])
def test_a_guess_of_the_misses_is_confirmed_only_without_blinding(guessed, scene) -> None:
    """Divide the phase by the mask that a guess implies: right, and little noise remains."""
    seen = {}
    for how in ("bare", "blinded"):
        output, _ = getattr(scene, how)(scene.columns(4))
        slots = scene.key._decryptor.decrypt(output)
        values = scene.holder.ring.encoder.decode_uint64(slots).astype(object)
        phase = scene.holder.phase(output, 0)
        remains = []
        for misses in (4, guessed):
            masks = values * pow(misses, -1, T) % T
            # Where 0 came back nothing is known of the mask: give the guess the truth there.
            masks[: SLOTS // 2] = scene.masks[: SLOTS // 2]
            remains.append(part_of_modulus(divided(scene, phase, masks)))
        seen[how] = remains
    right, wrong = seen["bare"]
    assert right < 2**-60
    assert wrong > 0.49
    assert min(seen["blinded"]) > 0.49


def test_phases_and_second_polynomials_are_uniform_alike(scene) -> None:
    """χ² of each view against uniform, and of the two against each other."""
    noise = output_noise(PARAMETERS, CIRCUIT)
    widest = T * noise.flood.offset / PARAMETERS.primes[1]
    phases, seconds = {}, {}
    for case, misses in MISSES.items():
        columns = scene.columns(misses)
        phases[case] = np.zeros(BINS)
        seconds[case] = np.zeros(BINS)
        for _ in range(OUTPUTS):
            output = unpack_output(scene.holder.ring, scene.evaluator.evaluate(CIRCUIT, columns))
            phase = scene.holder.phase(output, 1).astype(np.float64)
            second = residues_of(scene.holder.ring, output, 1)[1]
            coefficients = scene.holder.coefficients(second, 1)[0].astype(np.float64)
            # Rounding at the switch reaches over the flood's edge by 2^29 of 2^46.
            places = np.clip((phase / widest + 1) / 2 * BINS, 0, BINS - 1)
            phases[case] += np.bincount(places.astype(int), minlength=BINS)
            places = coefficients / PRIMES[0] * BINS
            seconds[case] += np.bincount(places.astype(int), minlength=BINS)
    for views in (phases, seconds):
        for counts in views.values():
            assert abs(deviation(counts, OUTPUTS * SLOTS / BINS)) < 4.75
        one, four = views.values()
        # The difference of two counts has twice the variance of one.
        shifted = (one - four) / math.sqrt(2) + OUTPUTS * SLOTS / BINS
        assert abs(deviation(shifted, OUTPUTS * SLOTS / BINS)) < 4.75
