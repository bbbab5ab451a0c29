"""The noise bound, step by step, where it is reached; and answers beyond what it promises.

Chance never comes near a worst case, so these ciphertexts are written by the holder of the key:
every coefficient of their noise has the largest size, with signs that add up.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
import seal

from clients.schemes.bgv import BgvSecretKey
from matcher.core import bgv_noise as noise
from matcher.core.bgv_parameters import BGV_SETS, BgvParameters
from matcher.core.circuit import AtMost, Circuit, Miss, Product, Sum, Unselected, columns_of
from matcher.core.modular import add
from matcher.core.packing import pack, unpack
from matcher.schemes import flooding
from matcher.schemes.bgv import BgvEvaluator
from matcher.schemes.bgv_format import (
    Ring,
    coefficients_of,
    load_polynomial,
    pack_column,
    residues_of,
)
from matcher.schemes.bgv_key_format import unpack_evaluation_key
from matcher.schemes.clear import ClearEvaluator
from tests.bgv_by_hand import transform
from tests.bgv_phases import Integers, KeyHolder, centred

NONCE = bytes(range(32))
SLOTS, T = 8192, 65537
ROWS = list(BGV_SETS)
MULTIPLYING = [name for name, row in BGV_SETS.items() if len(row.primes) > 2]
# The sum of 8192 errors of the largest size, all with the right sign, twice, and one more.
IMAGINABLE = T * (2 * SLOTS * noise.ERROR_BOUND + noise.ERROR_BOUND)

FULL: dict[str, tuple[str, Circuit]] = {
    "eight columns": ("bgv-8192-104", Sum(tuple(map(Miss, range(8))))),
    "128 classes": ("bgv-8192-112", Unselected(tuple(range(8)) * 16)),
    "alternatives of four": ("bgv-8192-152", Product((Sum((Miss(0),) * 4), Sum((Miss(1),) * 4)))),
    "alternatives of 64 classes": ("bgv-8192-168", Product((Unselected((0, 1) * 32),) * 2)),
    "at most one of eight": ("bgv-8192-152", AtMost(1, (Miss(0), Miss(1)) * 4)),
    "at most three of eight": ("bgv-8192-192", AtMost(3, (Miss(0), Miss(1), Miss(2), Miss(3)) * 2)),
    "two levels": ("bgv-8192-192", Product((Sum((Miss(0), Miss(1), Miss(2), Miss(3))),) * 4)),
}


def run_of(name: str) -> tuple[BgvParameters, BgvSecretKey, KeyHolder]:
    parameters = BGV_SETS[name]
    key = BgvSecretKey.generate(parameters, NONCE)
    return parameters, key, KeyHolder.of(key)


def evaluator_of(key: BgvSecretKey, parameters: BgvParameters, **options) -> BgvEvaluator:
    relinearisation = key.evaluation_key() if len(parameters.primes) > 2 else None
    return BgvEvaluator(parameters, NONCE, key.public_key(), relinearisation, **options)


def constant(value: int) -> Integers:
    return np.full(SLOTS, value, dtype=object)


def largest_masks(ring_: Ring) -> bytes:
    """The random bytes of a mask polynomial whose coefficients are all t/2."""
    plain = load_polynomial(ring_, np.full(SLOTS, T // 2))
    masks = ring_.encoder.decode_uint64(plain)
    assert masks.min() > 0
    return (masks - 1).astype("<u2").tobytes()


@pytest.mark.parametrize("name", ROWS)
def test_a_mask_multiplies_noise_by_exactly_what_is_budgeted(name: str) -> None:
    parameters, key, holder = run_of(name)
    evaluator = evaluator_of(key, parameters, random_bytes=lambda _: largest_masks(holder.ring))
    fresh = noise.fresh_bound(parameters)
    masked = evaluator._masked(holder.with_phase(constant(fresh), holder.uniform(1)))
    reached = int(abs(holder.phase(masked, 0)).max())
    assert reached == SLOTS * (T // 2) * fresh
    assert reached + fresh == noise.output_noise(parameters, Miss(0)).bound


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("signs", ["random", "all negative"])
def test_a_switch_errs_by_less_than_t_in_each_polynomial(name: str, signs: str) -> None:
    parameters, _, holder = run_of(name)
    ring_, primes = holder.ring, parameters.primes
    second = holder.uniform(2) if signs == "random" else holder.transformed(constant(-1))
    whole = holder.with_phase(constant(noise.fresh_bound(parameters)), second)
    lowered = ring_.evaluator.mod_switch_to_next(whole)
    for index in (0, 1):
        before = _polynomial(holder, whole, index, 0)
        after = _polynomial(holder, lowered, index, 1)
        # What the division leaves, times the prime that was dropped.
        left = (before - after * primes[-1]) % math.prod(primes)
        assert left.max() <= T * primes[-1]
    bound = noise.fresh_bound(parameters) // primes[-1] + 1 + noise._rounding(parameters)
    assert abs(holder.phase(lowered, 1)).max() <= bound


def _polynomial(holder: KeyHolder, ciphertext: seal.Ciphertext, index: int, level: int) -> Integers:
    primes = holder.ring.primes(level)
    plain = holder.ring.evaluator.transform_from_ntt(ciphertext)
    return centred(residues_of(holder.ring, plain, level)[index], primes) % math.prod(primes)


@pytest.mark.parametrize("name", MULTIPLYING)
def test_relinearisation_adds_up_to_its_bound_and_not_more(name: str) -> None:
    """All errors of the key 21 larger than SEAL's, all digits of c₂ at their largest."""
    parameters, key, holder = run_of(name)
    primes, all_primes = parameters.primes, parameters.key_primes
    packed = unpack(key.evaluation_key(), 2 * len(primes), all_primes, SLOTS)
    for index, prime in enumerate(all_primes):
        error = transform(constant(noise.ERROR_BOUND * T % prime), prime).astype(np.uint64)
        for pair in range(len(primes)):
            packed[2 * pair, index] = add(packed[2 * pair, index], error, prime)
    keys = unpack_evaluation_key(holder.ring, pack(packed, all_primes))
    one = constant(0)
    one[0] = 1
    left, right = (
        holder.with_phase(constant(1), holder.transformed(second)) for second in (one, constant(-1))
    )
    product = holder.ring.evaluator.multiply(left, right)
    holder.ring.evaluator.relinearize_inplace(product, keys)
    # (1 + x + … )² modulo x^n + 1.
    exact = 2 * np.arange(SLOTS) + 2 - SLOTS
    added = int(abs(holder.phase(product, 0) - exact).max())
    bound = noise._relinearisation(parameters, 0)
    assert 0.9 * bound < added < 2 * bound


@pytest.mark.parametrize("case", FULL)
@pytest.mark.parametrize("end", ["lowest", "highest"])
@pytest.mark.parametrize("sign", [1, -1])
def test_answers_are_right_for_the_largest_noise_imaginable(case, end, sign, monkeypatch) -> None:
    """Not only within the bound, which fresh noise exceeds once in 2^128 chunks."""

    def extreme(_, limit, count):
        return np.full(count, limit - 1 if end == "highest" else 0, dtype=np.uint64)

    name, circuit = FULL[case]
    parameters, key, holder = run_of(name)
    rng = np.random.default_rng(3)
    # The masks come first of all that an evaluator draws.
    masks = iter([largest_masks(holder.ring)])
    evaluator = evaluator_of(
        key, parameters, random_bytes=lambda count: next(masks, None) or rng.bytes(count)
    )
    monkeypatch.setattr(flooding, "draw_below", extreme)
    monkeypatch.setattr(flooding, "draw_words", lambda s, count: extreme(s, 2**32, count))
    plain, columns = {}, {}
    for index in sorted(set(columns_of(circuit))):
        plain[index] = rng.integers(0, 2, SLOTS).astype(np.uint8)
        encoded = holder.ring.encoder.encode(plain[index].astype(np.uint64))
        message = coefficients_of(holder.ring, encoded).astype(object)
        ciphertext = holder.with_phase(message + sign * IMAGINABLE, holder.uniform(index))
        columns[index] = pack_column(holder.ring, ciphertext)
    output = key.decrypt(evaluator.evaluate(circuit, columns))
    expected = ClearEvaluator().evaluate(circuit, plain)
    assert np.array_equal(output == 0, expected == 0)
