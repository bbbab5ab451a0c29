"""Every parameter row at its worst case: right answers, bounded noise, uniform misses."""

from __future__ import annotations

import math
import os

import numpy as np
import pytest
import seal

from matcher.core.bgv_noise import output_noise
from matcher.core.circuit import AtMost, Circuit, Miss, OneOf, Product, Sum, Unselected, columns_of
from matcher.core.errors import InvalidKey, TooDeep
from matcher.core.evaluation import evaluate
from matcher.core.flood import Flood
from matcher.schemes import flooding
from matcher.schemes.bgv_format import ring, unpack_column, unpack_output
from matcher.schemes.clear import ClearEvaluator

SLOTS = 8192


def repeated(columns: int, width: int) -> Circuit:
    """A conjunction of ``width`` misses over ``columns`` different columns."""
    return Sum(tuple(Miss(index % columns) for index in range(width)))


WORST: dict[str, tuple[str, Circuit]] = {
    "eight columns": ("bgv-8192-104", repeated(8, 8)),
    "32 columns": ("bgv-8192-112", repeated(8, 32)),
    "128 classes": ("bgv-8192-112", Unselected(tuple(range(8)) * 16)),
    "alternatives of four": ("bgv-8192-152", Product((repeated(4, 4), repeated(4, 4)))),
    "alternatives of 64 classes": (
        "bgv-8192-168",
        Product((Unselected(tuple(range(8)) * 8), Unselected(tuple(range(8)) * 8))),
    ),
    "at most one of six": ("bgv-8192-152", AtMost(1, tuple(map(Miss, range(6))))),
    "at most three of eight": (
        "bgv-8192-192",
        AtMost(3, (*map(Miss, range(6)), Unselected((6,)), Miss(7))),
    ),
    "at most two of four beside a literal": (
        "bgv-8192-192",
        Sum((AtMost(2, (Miss(0), Miss(1), Miss(2), Unselected((3, 4)))), Miss(5))),
    ),
    "two levels": ("bgv-8192-192", Product((repeated(4, 4),) * 4)),
    "two levels beside a literal": (
        "bgv-8192-192",
        Sum((Product((Miss(0), Miss(1), Unselected((2, 3)))), Miss(4))),
    ),
}
FILLINGS = {
    "random": lambda rng: rng.integers(0, 2, SLOTS),
    "mostly satisfied": lambda rng: (rng.random(SLOTS) < 0.1).astype(int),
    "all satisfied": lambda _: np.zeros(SLOTS),
    "all missed": lambda _: np.ones(SLOTS),
}


def filled(circuit: Circuit, filling: str) -> dict[int, np.ndarray]:
    rng = np.random.default_rng(7)
    return {
        index: FILLINGS[filling](rng).astype(np.uint8) for index in sorted(set(columns_of(circuit)))
    }


def noise_bits(parties, ciphertext) -> int:
    """Bits of the largest coefficient of message plus noise."""
    budget = parties.secret_key._decryptor.invariant_noise_budget(ciphertext)
    primes = parties.parameters.primes[: ciphertext.coeff_modulus_size()]
    return math.prod(primes).bit_length() - budget - 1


@pytest.mark.parametrize("case", WORST)
@pytest.mark.parametrize("filling", FILLINGS)
def test_outputs_equal_the_plaintext_reference(case, filling, parties, seeded) -> None:
    name, circuit = WORST[case]
    run, columns = parties(name), filled(circuit, filling)
    output = run.evaluator(seeded(11)).evaluate(circuit, run.encrypt(columns))
    expected = ClearEvaluator(seeded(11)).evaluate(circuit, columns)
    assert np.array_equal(run.secret_key.decrypt(output), expected)


@pytest.mark.parametrize("case", WORST)
@pytest.mark.parametrize("end", ["lowest", "highest"])
def test_decryption_is_right_at_either_end_of_the_flood(case, end, parties, monkeypatch) -> None:
    def extreme(_, limit, count):
        return np.full(count, limit - 1 if end == "highest" else 0, dtype=np.uint64)

    monkeypatch.setattr(flooding, "draw_below", extreme)
    monkeypatch.setattr(flooding, "draw_words", lambda s, count: extreme(s, 2**32, count))
    name, circuit = WORST[case]
    run, columns = parties(name), filled(circuit, "random")
    output = run.secret_key.decrypt(run.evaluator().evaluate(circuit, run.encrypt(columns)))
    expected = ClearEvaluator().evaluate(circuit, columns)
    assert np.array_equal(output == 0, expected == 0)


@pytest.mark.parametrize("case", WORST)
@pytest.mark.parametrize("filling", ["random", "all missed"])
def test_noise_stays_below_its_bound(case, filling, parties) -> None:
    name, circuit = WORST[case]
    run, columns = parties(name), filled(circuit, filling)
    evaluator = run.evaluator()
    ring_ = evaluator._ring
    loaded = {i: unpack_column(ring_, packed) for i, packed in run.encrypt(columns).items()}
    formula = evaluate(circuit, evaluator._arithmetic(loaded))
    noise = output_noise(run.parameters, circuit)
    assert formula.level == noise.level
    masked = evaluator._masked(formula.value)
    no_flood = Flood(words=0, top=1)
    evaluator._blinding.blind(masked, formula.level, no_flood)
    measured = noise_bits(run, masked)
    assert measured <= noise.bound.bit_length()
    assert measured > run.parameters.plain_modulus.bit_length()


@pytest.mark.parametrize("case", WORST)
def test_flooding_makes_all_outputs_equally_noisy(case, parties) -> None:
    name, circuit = WORST[case]
    run = parties(name)
    seen = set()
    for filling in ("random", "all satisfied"):
        columns = run.encrypt(filled(circuit, filling))
        output = unpack_output(ring(run.parameters), run.evaluator().evaluate(circuit, columns))
        seen.add(run.secret_key._decryptor.invariant_noise_budget(output))
    assert seen == {1}


def test_an_ineligible_slot_is_uniform_whatever_was_missed(parties, seeded) -> None:
    run = parties("bgv-8192-104")
    circuit = Sum((Miss(0), Miss(1)))
    missed = np.arange(SLOTS) % 2
    columns = run.encrypt({0: np.ones(SLOTS, dtype=np.uint8), 1: missed.astype(np.uint8)})
    evaluator = run.evaluator(seeded(5))
    outputs = [run.secret_key.decrypt(evaluator.evaluate(circuit, columns)) for _ in range(24)]
    for parity in (0, 1):
        values = np.concatenate([output[missed == parity] for output in outputs])
        assert values.min() > 0
        bins = 256
        counts = np.bincount((values - 1).astype(np.int64) * bins // 65536, minlength=bins)
        expected = values.size / bins
        statistic = float(((counts - expected) ** 2 / expected).sum())
        # Wilson and Hilferty: beyond 4.75 standard deviations once in a million.
        freedom = bins - 1
        deviation = (statistic / freedom) ** (1 / 3) - (1 - 2 / (9 * freedom))
        assert abs(deviation) / math.sqrt(2 / (9 * freedom)) < 4.75


def test_the_same_columns_and_masks_give_unrelated_second_polynomials(parties, seeded) -> None:
    run = parties("bgv-8192-104")
    circuit = Sum((Miss(0), Miss(1)))
    columns = run.encrypt(filled(circuit, "random"))
    ring_ = ring(run.parameters)
    first, second = (
        unpack_output(ring_, run.evaluator(stream).evaluate(circuit, columns))
        for stream in (masks_all_one(seeded(1)), masks_all_one(seeded(2)))
    )
    difference = ring_.evaluator.sub(first, second)
    assert difference.size() == 2
    assert not difference.is_transparent()
    plain = run.secret_key._decryptor.decrypt(difference)
    assert plain.is_zero()


def masks_all_one(stream):
    """Give zero bytes to the first request, which is for masks."""
    requests = []

    def random_bytes(count: int) -> bytes:
        requests.append(count)
        return bytes(count) if len(requests) == 1 else stream(count)

    return random_bytes


def test_one_of_two_agencies_misses(parties, seeded) -> None:
    run = parties("bgv-8192-104")
    first = np.arange(SLOTS) % 3 == 0
    columns = {0: first.astype(np.uint8), 1: (np.arange(SLOTS) % 3 == 1).astype(np.uint8)}
    output = run.evaluator(seeded(3)).evaluate(OneOf((0, 1)), run.encrypt(columns))
    assert np.array_equal(run.secret_key.decrypt(output) == 0, np.arange(SLOTS) % 3 == 2)


def test_a_product_without_an_evaluation_key_is_refused(parties) -> None:
    run = parties("bgv-8192-104")
    product = Product((Miss(0), Miss(1)))
    with pytest.raises(TooDeep):
        run.evaluator().evaluate(product, {})
    deeper = parties("bgv-8192-152")
    columns = deeper.encrypt(filled(product, "random"))
    evaluator = deeper.evaluator()
    evaluator._relinearisation = None
    with pytest.raises(InvalidKey):
        evaluator.evaluate(product, columns)


def test_a_forked_evaluator_repeats_no_masks(parties, monkeypatch) -> None:
    run = parties("bgv-8192-104")
    columns = run.encrypt(filled(Miss(0), "random"))
    evaluator = run.evaluator()
    parent = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: parent + 1)
    with pytest.raises(RuntimeError):
        evaluator.evaluate(Miss(0), columns)


def test_seals_correction_factor_stays_one_under_every_row(parties) -> None:
    for name in ("bgv-8192-104", "bgv-8192-152", "bgv-8192-192"):
        run = parties(name)
        ring_ = ring(run.parameters)
        fresh = unpack_column(ring_, run.encryptor.encrypt(np.ones(SLOTS, dtype=np.uint8)))
        lowered = ring_.evaluator.mod_switch_to_next(fresh)
        data = lowered.to_string(seal.compr_mode_type.none)
        assert int.from_bytes(data[81:89], "little") == 1
