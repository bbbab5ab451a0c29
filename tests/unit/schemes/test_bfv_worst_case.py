"""BFV's noise bound, step by step, where it is reached; and answers at its very edge.

Chance never comes near a worst case, so these ciphertexts are written by the holder of the key:
every coefficient of their noise has the largest size, with signs that add up.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from tenseal import sealapi

from clients.schemes.bfv import BfvSecretKey
from matcher.core import bfv_noise as noise
from matcher.core.bfv_parameters import BFV_SETS
from matcher.core.bgv_parameters import BGV_SETS
from matcher.core.circuit import AtMost, Circuit, Miss, Product, Sum, Unselected, columns_of
from matcher.core.modular import add
from matcher.core.packing import pack, unpack
from matcher.schemes import bgv_format, flooding
from matcher.schemes.bfv import BfvEvaluator
from matcher.schemes.clear import ClearEvaluator
from matcher.schemes.tenseal_format import (
    CIPHERTEXT_HEADER_BYTES,
    Residues,
    ciphertext_bytes,
    load_ciphertext,
    load_into,
    residues_in,
    saved,
    words_in,
)
from matcher.schemes.tenseal_key_format import unpack_evaluation_key
from tests.bfv_phases import KeyHolder, packed, polynomials_of, small
from tests.bgv_by_hand import transform
from tests.bgv_phases import Integers, centred

NONCE = bytes(range(32))
SLOTS, T = 8192, 65537
MULTIPLYING = [name for name, row in BFV_SETS.items() if len(row.primes) > 2]

FULL: dict[str, tuple[str, Circuit]] = {
    "thirty-two columns": ("bfv-8192-104", Sum((Miss(0), Miss(1)) * 16)),
    "128 classes": ("bfv-8192-112", Unselected((0, 1) * 64)),
    "alternatives of 64 classes": ("bfv-8192-152", Product((Unselected((0, 1) * 32),) * 2)),
    "at most one of eight": ("bfv-8192-168", AtMost(1, (Miss(0), Miss(1)) * 4)),
    "at most three of eight": ("bfv-8192-192", AtMost(3, (Miss(0), Miss(1)) * 4)),
    "two levels": ("bfv-8192-192", Product((Sum((Miss(0), Miss(1)) * 2),) * 4)),
}


@lru_cache(maxsize=8)
def run_of(name: str) -> tuple[BfvSecretKey, KeyHolder]:
    key = BfvSecretKey.generate(BFV_SETS[name], NONCE)
    return key, KeyHolder.of(key)


def evaluator_of(name: str, **options: Any) -> BfvEvaluator:
    key, parameters = run_of(name)[0], BFV_SETS[name]
    relinearisation = key.evaluation_key() if len(parameters.primes) > 2 else None
    return BfvEvaluator(parameters, NONCE, key.public_key(), relinearisation, **options)


def constant(value: int) -> Integers:
    return np.full(SLOTS, value, dtype=object)


def largest_masks() -> bytes:
    """The random bytes of a mask polynomial whose coefficients are all t/2."""
    ring_ = bgv_format.ring(BGV_SETS["bgv-8192-104"])
    plain = bgv_format.load_polynomial(ring_, np.full(SLOTS, T // 2))
    masks = ring_.encoder.decode_uint64(plain)
    assert masks.min() > 0
    return (masks - 1).astype("<u2").tobytes()


def message_of(slots: np.ndarray) -> Integers:
    """The coefficients, around 0, of the polynomial with these slots."""
    ring_ = bgv_format.ring(BGV_SETS["bgv-8192-104"])
    encoded = bgv_format.coefficients_of(ring_, ring_.encoder.encode(slots.astype(np.uint64)))
    return np.where(encoded > T // 2, encoded - T, encoded).astype(object)


def sealed(holder: KeyHolder, polynomials: Residues) -> Any:
    """A ciphertext of ``sealapi``."""
    parms_id = holder.ring.level_ids[0]
    return load_ciphertext(
        holder.ring, ciphertext_bytes(holder.ring, polynomials, parms_id, transformed=False)
    )


def product_of(holder: KeyHolder, left: Residues, right: Residues) -> Any:
    """The product of two ciphertexts, of three polynomials."""
    product = sealapi.Ciphertext()
    holder.ring.evaluator.multiply(sealed(holder, left), sealed(holder, right), product)
    return product


def folded(holder: KeyHolder, product: Any) -> Residues:
    """Two polynomials with the same phase as three."""
    primes = holder.ring.primes(0)
    c0, c1, c2 = words_in(saved(product), CIPHERTEXT_HEADER_BYTES, (3, len(primes), SLOTS))
    hidden = holder.times_secret(c2)
    return np.stack([c0, np.stack([add(c1[i], hidden[i], p) for i, p in enumerate(primes)])])


@pytest.mark.parametrize("name", BFV_SETS)
def test_a_mask_multiplies_noise_by_exactly_what_is_budgeted(name: str) -> None:
    parameters, (_, holder) = BFV_SETS[name], run_of(name)
    masks = largest_masks()
    evaluator = evaluator_of(name, random_bytes=lambda _: masks)
    fresh = noise.fresh_bound(parameters)
    column = packed(holder.ring, holder.with_phase(constant(fresh), holder.uniform(1)))
    masked = polynomials_of(holder.ring, evaluator._masked(evaluator._load(column)))
    reached = int(abs(holder.phase(masked)).max())
    assert reached == SLOTS * (T // 2) * fresh
    assert reached + fresh == noise.output_noise(parameters, Miss(0)).bound


@pytest.mark.parametrize("name", BFV_SETS)
def test_a_switch_errs_by_at_most_half_in_each_polynomial(name: str) -> None:
    parameters, (_, holder) = BFV_SETS[name], run_of(name)
    ring_, dropped = holder.ring, parameters.primes[-1]
    before = np.stack([holder.uniform(2), holder.uniform(3)])
    ciphertext = sealed(holder, before)
    ring_.evaluator.mod_switch_to_next_inplace(ciphertext)
    after = residues_in(ring_, saved(ciphertext), 1)
    modulus = math.prod(parameters.primes)
    for old, new in zip(before, after, strict=True):
        # What the division leaves, times the prime that was dropped.
        whole = centred(old, parameters.primes) - centred(new, ring_.primes(1)) * dropped
        left = whole % modulus
        assert np.minimum(left, modulus - left).max() <= dropped // 2
    bound = modulus // (2 * T)
    loud = holder.with_phase(constant(bound), holder.uniform(4))
    ciphertext = sealed(holder, loud)
    ring_.evaluator.mod_switch_to_next_inplace(ciphertext)
    lowered = holder.phase(residues_in(ring_, saved(ciphertext), 1), 1)
    assert abs(lowered).max() <= bound // dropped + 1 + noise.switch_bound(parameters)


@pytest.mark.parametrize("name", MULTIPLYING)
def test_relinearisation_adds_up_to_its_bound_and_not_more(name: str) -> None:
    """All errors of the key 21 larger than SEAL's, all digits of c₂ at their largest."""
    parameters, (key, holder) = BFV_SETS[name], run_of(name)
    primes, all_primes = parameters.primes, parameters.key_primes
    wire = unpack(key.evaluation_key(), 2 * len(primes), all_primes, SLOTS)
    for index, prime in enumerate(all_primes):
        error = transform(constant(noise.ERROR_BOUND), prime).astype(np.uint64)
        for pair in range(len(primes)):
            wire[2 * pair, index] = add(wire[2 * pair, index], error, prime)
    keys = sealapi.RelinKeys()
    load_into(holder.ring, keys, unpack_evaluation_key(holder.ring, pack(wire, all_primes)))
    # (t/q) times the product of the two second polynomials is -1 everywhere.
    one = constant(0)
    one[0] = 1
    step = parameters.modulus(0) // T
    negative = np.stack([(constant(-step) % prime).astype(np.uint64) for prime in primes])
    left, right = (
        holder.with_phase(constant(1), second) for second in (small(one, primes), negative)
    )
    product = product_of(holder, left, right)
    before = holder.phase(folded(holder, product))
    holder.ring.evaluator.relinearize_inplace(product, keys)
    after = holder.phase(residues_in(holder.ring, saved(product), 0))
    added = int(abs(after - before).max())
    assert 0.9 * noise.relinearisation_bound(parameters) < added
    assert added < 2 * noise.relinearisation_bound(parameters)


@pytest.mark.parametrize("name", MULTIPLYING)
def test_a_product_of_waves_that_resound_stays_below_its_bound(name: str) -> None:
    """Noise and second polynomial swing where the secret is loudest.

    No secret is as loud at any frequency as the bound allows for, n + 2: with n = 8192 it reaches
    some two hundred, and waves have half the power of a constant.
    """
    parameters, (_, holder) = BFV_SETS[name], run_of(name)
    primes = parameters.primes
    secret = centred(holder.coefficients(holder.secret[: len(primes)]), primes).astype(np.float64)
    assert set(secret.tolist()) == {-1.0, 0.0, 1.0}
    turns = np.pi * np.arange(SLOTS) / SLOTS
    heard = np.fft.ifft(secret * np.exp(1j * turns)) * SLOTS
    loudest = int(abs(heard).argmax())
    wave = np.cos((2 * loudest + 1) * turns)
    scaled = (wave * 2**40).astype(np.int64).astype(object)
    second = [
        (scaled * (parameters.modulus(0) // 2) // 2**40 % p).astype(np.uint64) for p in primes
    ]
    size = noise.fresh_bound(parameters)
    rng = np.random.default_rng(4)
    loud = [
        holder.with_noise(
            message_of(rng.integers(0, T, SLOTS)), scaled * size // 2**40, np.stack(second)
        )
        for _ in range(2)
    ]
    measured = int(abs(holder.noise(folded(holder, product_of(holder, *loud)))).max()) // T
    bound = noise.product_bound(parameters, size, size)
    assert bound >> 9 < measured <= bound


@pytest.mark.parametrize("case", FULL)
@pytest.mark.parametrize("end", ["lowest", "highest"])
def test_answers_are_right_at_the_edge_of_every_bound(case, end, monkeypatch) -> None:
    def extreme(_, limit, count):
        return np.full(count, limit - 1 if end == "highest" else 0, dtype=np.uint64)

    name, circuit = FULL[case]
    parameters, (key, holder) = BFV_SETS[name], run_of(name)
    rng = np.random.default_rng(3)
    # The masks come first of all that an evaluator draws.
    masks = iter([largest_masks()])
    evaluator = evaluator_of(name, random_bytes=lambda count: next(masks, None) or rng.bytes(count))
    monkeypatch.setattr(flooding, "draw_below", extreme)
    monkeypatch.setattr(flooding, "draw_words", lambda s, count: extreme(s, 2**32, count))
    size = noise.fresh_bound(parameters) * (1 if end == "highest" else -1)
    plain, columns = {}, {}
    for index in sorted(set(columns_of(circuit))):
        plain[index] = rng.integers(0, 2, SLOTS).astype(np.uint8)
        column = holder.with_noise(message_of(plain[index]), constant(size), holder.uniform(index))
        columns[index] = packed(holder.ring, column)
    output = key.decrypt(evaluator.evaluate(circuit, columns))
    expected = ClearEvaluator().evaluate(circuit, plain)
    assert np.array_equal(output == 0, expected == 0)
