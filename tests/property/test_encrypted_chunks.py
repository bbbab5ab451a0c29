"""Random circuits on random chunks, encrypted under every parameter row and its own keys.

Every slot of every result is compared with the plaintext reference, and what the secret key's
holder sees besides with what was budgeted.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from clients.schemes.bgv import BgvEncryptor, BgvSecretKey
from matcher.core.bgv_noise import output_noise
from matcher.core.bgv_parameters import BGV_SETS
from matcher.core.circuit import columns_of
from matcher.core.evaluation import evaluate
from matcher.core.parameter_choice import carries
from matcher.schemes.bgv import BgvEvaluator
from matcher.schemes.bgv_format import unpack_column, unpack_output
from matcher.schemes.clear import ClearEvaluator
from tests.bgv_phases import KeyHolder
from tests.random_circuits import circuits

SLOTS, KEYS = 8192, 20
DENSITIES = (0.0, 0.01, 0.5, 0.99, 1.0)

# An example is a whole chunk of 8192 slots.
_SETTINGS = settings(
    max_examples=max(settings.default.max_examples // 5, 1),
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


class Run:
    """The parties of one run; the evaluator's randomness can be set."""

    def __init__(self, name: str, number: int) -> None:
        parameters = BGV_SETS[name]
        nonce = number.to_bytes(32, "big")
        self.key = BgvSecretKey.generate(parameters, nonce)
        public = self.key.public_key()
        evaluation_key = self.key.evaluation_key() if len(parameters.primes) > 2 else None
        self.encryptor = BgvEncryptor(parameters, nonce, public)
        self.random_bytes: Callable[[int], bytes] = bytes
        self.evaluator = BgvEvaluator(
            parameters,
            nonce,
            public,
            evaluation_key,
            random_bytes=self._draw,
        )
        self.holder = KeyHolder.of(self.key)

    def _draw(self, count: int) -> bytes:
        return self.random_bytes(count)


run_of = lru_cache(maxsize=KEYS)(Run)


@pytest.mark.parametrize("name", BGV_SETS)
@_SETTINGS
@given(data=st.data())
def test_encrypted_chunks_agree_with_the_plaintext(name: str, data: st.DataObject) -> None:
    parameters = BGV_SETS[name]
    circuit = data.draw(circuits(products=len(parameters.primes) > 2))
    assume(carries(parameters, circuit))
    run = run_of(name, data.draw(st.integers(0, KEYS - 1)))
    seed = data.draw(st.integers(0, 2**32 - 1))
    density = data.draw(st.sampled_from(DENSITIES))
    rng = np.random.default_rng(seed)
    columns = {
        index: (rng.random(SLOTS) < density).astype(np.uint8)
        for index in sorted(set(columns_of(circuit)))
    }
    encrypted = {index: run.encryptor.encrypt(column) for index, column in columns.items()}

    run.random_bytes = np.random.default_rng(seed).bytes
    output = run.evaluator.evaluate(circuit, encrypted)
    expected = ClearEvaluator(np.random.default_rng(seed).bytes).evaluate(circuit, columns)
    assert np.array_equal(run.key.decrypt(output), expected)

    ring_, last = run.holder.ring, len(parameters.primes) - 1
    seen = run.holder.phase(unpack_output(ring_, output), last)
    assert abs(seen).max() <= parameters.primes[0] // 4 + last * parameters.plain_modulus * (
        parameters.degree + 1
    )

    noise = output_noise(parameters, circuit)
    loaded = {index: unpack_column(ring_, packed) for index, packed in encrypted.items()}
    formula = evaluate(circuit, run.evaluator._arithmetic(loaded))
    masked = run.holder.phase(run.evaluator._masked(formula.value), formula.level)
    assert abs(masked).max() <= noise.bound
