"""Every parameter row of BFV at its worst case: right answers, bounded noise, uniform misses."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pytest
from numpy.typing import NDArray

from clients.schemes.bfv import BfvEncryptor, BfvSecretKey
from matcher.core.bfv_noise import output_noise
from matcher.core.bfv_parameters import BFV_SETS, BfvParameters
from matcher.core.circuit import AtMost, Circuit, Miss, OneOf, Product, Sum, Unselected, columns_of
from matcher.core.errors import InvalidKey, TooDeep
from matcher.core.evaluation import evaluate
from matcher.core.flood import Flood
from matcher.schemes import flooding
from matcher.schemes.bfv import BfvEvaluator
from matcher.schemes.clear import ClearEvaluator
from tests.bfv_phases import KeyHolder, polynomials_of, unpacked

SLOTS, T = 8192, 65537
NONCE = bytes(range(32))


def repeated(columns: int, width: int) -> Circuit:
    """A conjunction of ``width`` misses over ``columns`` different columns."""
    return Sum(tuple(Miss(index % columns) for index in range(width)))


WORST: dict[str, tuple[str, Circuit]] = {
    "thirty-two columns": ("bfv-8192-104", repeated(4, 32)),
    "128 classes": ("bfv-8192-112", Unselected(tuple(range(4)) * 32)),
    "alternatives of 64 classes": (
        "bfv-8192-152",
        Product((Unselected(tuple(range(4)) * 16), Unselected(tuple(range(4)) * 16))),
    ),
    "at most one of six": ("bfv-8192-168", AtMost(1, tuple(map(Miss, range(6))))),
    "at most three of eight": (
        "bfv-8192-192",
        AtMost(3, (Miss(0), Miss(1), Miss(2), Unselected((3,))) * 2),
    ),
    "two levels": ("bfv-8192-192", Product((repeated(4, 4),) * 4)),
    "two levels beside a literal": (
        "bfv-8192-192",
        Sum((Product((Miss(0), Miss(1), Unselected((2, 3)))), Miss(1))),
    ),
}
FILLINGS: dict[str, Callable[[np.random.Generator], NDArray[np.float64]]] = {
    "random": lambda rng: rng.integers(0, 2, SLOTS),
    "all satisfied": lambda _: np.zeros(SLOTS),
    "all missed": lambda _: np.ones(SLOTS),
}


@dataclass(frozen=True)
class Run:
    """A requester, a provider and a matcher of one run."""

    parameters: BfvParameters
    key: BfvSecretKey
    encryptor: BfvEncryptor
    evaluator: BfvEvaluator
    holder: KeyHolder

    def encrypt(self, columns: Mapping[int, NDArray[np.uint8]]) -> dict[int, bytes]:
        return {index: self.encryptor.encrypt(values) for index, values in columns.items()}

    def seeded(self, monkeypatch: pytest.MonkeyPatch, seed: int) -> BfvEvaluator:
        monkeypatch.setattr(self.evaluator, "_random_bytes", np.random.default_rng(seed).bytes)
        return self.evaluator


@lru_cache(maxsize=8)
def run_of(name: str) -> Run:
    parameters = BFV_SETS[name]
    key = BfvSecretKey.generate(parameters, NONCE)
    public = key.public_key()
    evaluation_key = key.evaluation_key() if len(parameters.primes) > 2 else None
    return Run(
        parameters,
        key,
        BfvEncryptor(parameters, NONCE, public),
        BfvEvaluator(parameters, NONCE, public, evaluation_key),
        KeyHolder.of(key),
    )


def filled(circuit: Circuit, filling: str) -> dict[int, NDArray[np.uint8]]:
    rng = np.random.default_rng(7)
    return {
        index: FILLINGS[filling](rng).astype(np.uint8) for index in sorted(set(columns_of(circuit)))
    }


@pytest.mark.parametrize("case", WORST)
@pytest.mark.parametrize("filling", FILLINGS)
def test_outputs_equal_the_plaintext_reference(case, filling, monkeypatch) -> None:
    name, circuit = WORST[case]
    run, columns = run_of(name), filled(circuit, filling)
    output = run.seeded(monkeypatch, 11).evaluate(circuit, run.encrypt(columns))
    expected = ClearEvaluator(np.random.default_rng(11).bytes).evaluate(circuit, columns)
    assert len(output) == run.parameters.output_bytes
    assert np.array_equal(run.key.decrypt(output), expected)


@pytest.mark.parametrize("case", WORST)
@pytest.mark.parametrize("end", ["lowest", "highest"])
def test_decryption_is_right_at_either_end_of_the_flood(case, end, monkeypatch) -> None:
    def extreme(_, limit, count):
        return np.full(count, limit - 1 if end == "highest" else 0, dtype=np.uint64)

    monkeypatch.setattr(flooding, "draw_below", extreme)
    monkeypatch.setattr(flooding, "draw_words", lambda s, count: extreme(s, 2**32, count))
    name, circuit = WORST[case]
    run, columns = run_of(name), filled(circuit, "random")
    output = run.key.decrypt(run.evaluator.evaluate(circuit, run.encrypt(columns)))
    expected = ClearEvaluator().evaluate(circuit, columns)
    assert np.array_equal(output == 0, expected == 0)


@pytest.mark.parametrize("case", WORST)
@pytest.mark.parametrize("filling", ["random", "all missed"])
def test_noise_stays_below_its_bound(case, filling) -> None:
    name, circuit = WORST[case]
    run, columns = run_of(name), filled(circuit, filling)
    evaluator = run.evaluator
    loaded = {i: evaluator._load(packed) for i, packed in run.encrypt(columns).items()}
    output = evaluator._masked(evaluate(circuit, evaluator._arithmetic(loaded)).value)
    evaluator._blind(output, Flood(words=0, top=1))
    noise = abs(run.holder.noise(polynomials_of(run.holder.ring, output))).max()
    assert T * 2 < noise <= T * output_noise(run.parameters, circuit).bound


@pytest.mark.parametrize("case", WORST)
def test_flooding_makes_all_outputs_equally_noisy(case) -> None:
    name, circuit = WORST[case]
    run = run_of(name)
    ring_, last = run.holder.ring, run.holder.ring.last
    for filling in ("random", "all satisfied"):
        columns = run.encrypt(filled(circuit, filling))
        output = unpacked(ring_, run.evaluator.evaluate(circuit, columns), last)
        part = float(abs(run.holder.noise(output, last)).max() / ring_.primes(last)[0])
        # F reaches for a quarter of the modulus over t, and its 8192 coefficients get there.
        assert 0.249 < part < 0.2501


def test_the_same_columns_and_masks_give_unrelated_second_polynomials(monkeypatch) -> None:
    run = run_of("bfv-8192-104")
    columns = run.encrypt(filled(repeated(2, 2), "random"))
    ring_ = run.holder.ring
    outputs = [
        unpacked(
            ring_, run.seeded(monkeypatch, 5).evaluate(repeated(2, 2), columns), ring_.last
        ).astype(np.int64)
        for _ in range(2)
    ]
    prime = ring_.primes(ring_.last)[0]
    difference = (outputs[0][1] - outputs[1][1]) % prime
    assert np.count_nonzero(difference < prime >> 10) < 40
    assert np.array_equal(
        *(run.key.decrypt(run.seeded(monkeypatch, 5).evaluate(Miss(0), columns)) for _ in range(2))
    )


def test_one_of_two_agencies_misses() -> None:
    run = run_of("bfv-8192-104")
    thirds = np.arange(SLOTS) % 3
    columns = {0: (thirds == 0).astype(np.uint8), 1: (thirds == 1).astype(np.uint8)}
    output = run.evaluator.evaluate(OneOf((0, 1)), run.encrypt(columns))
    assert np.array_equal(run.key.decrypt(output) == 0, thirds == 2)


def test_a_complement_is_exact_but_for_its_constant() -> None:
    """SEAL's product with -1 is one with t - 1, which would cost as much as a mask."""
    run = run_of("bfv-8192-104")
    vector = run.evaluator._load(run.encrypt(filled(Miss(0), "random"))[0])
    ring_, holder = run.holder.ring, run.holder
    before = holder.noise(polynomials_of(ring_, vector))
    complement = run.evaluator._arithmetic({}).complement(vector)
    after = holder.noise(polynomials_of(ring_, complement))
    assert abs(after + before).max() <= T
    dear = holder.noise(polynomials_of(ring_, vector * -1))
    assert abs(dear).max() > 1000 * abs(before).max()


def test_a_product_without_an_evaluation_key_is_refused() -> None:
    product = Product((Miss(0), Miss(1)))
    with pytest.raises(TooDeep):
        run_of("bfv-8192-104").evaluator.evaluate(product, {})
    deeper = run_of("bfv-8192-152")
    columns = deeper.encrypt(filled(product, "random"))
    without = BfvEvaluator(deeper.parameters, NONCE, deeper.key.public_key())
    with pytest.raises(InvalidKey):
        without.evaluate(product, columns)


def test_a_forked_evaluator_repeats_no_masks(monkeypatch) -> None:
    run = run_of("bfv-8192-104")
    columns = run.encrypt(filled(Miss(0), "random"))
    parent = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: parent + 1)
    with pytest.raises(RuntimeError):
        run.evaluator.evaluate(Miss(0), columns)
