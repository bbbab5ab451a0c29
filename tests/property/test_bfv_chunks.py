"""Random circuits on random chunks under BFV, for every parameter row and under its own keys.

Every slot of every result is compared with the plaintext reference, and what the secret key's
holder sees besides with what was budgeted.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from clients.schemes.bfv import BfvEncryptor, BfvSecretKey
from matcher.core.bfv_noise import output_noise, switch_bound
from matcher.core.bfv_parameters import BFV_SETS
from matcher.core.circuit import columns_of
from matcher.core.evaluation import evaluate
from matcher.core.parameter_choice import carries
from matcher.schemes.bfv import BfvEvaluator
from matcher.schemes.clear import ClearEvaluator
from tests.bfv_phases import KeyHolder, polynomials_of, unpacked
from tests.random_circuits import circuits

SLOTS = 8192
DENSITIES = (0.0, 0.01, 0.5, 0.99, 1.0)

# An example is a whole chunk of 8192 slots; a product of BFV takes as long as twenty of BGV.
_EXAMPLES = max(settings.default.max_examples // 40, 1)
_KEYS = max(_EXAMPLES // 10, 1)
_SETTINGS = settings(
    max_examples=_EXAMPLES,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


class Run:
    """The parties of one run; the evaluator's randomness can be set."""

    def __init__(self, name: str, number: int) -> None:
        parameters = BFV_SETS[name]
        nonce = number.to_bytes(32, "big")
        self.key = BfvSecretKey.generate(parameters, nonce)
        public = self.key.public_key()
        evaluation_key = self.key.evaluation_key() if len(parameters.primes) > 2 else None
        self.encryptor = BfvEncryptor(parameters, nonce, public)
        self.random_bytes = np.random.default_rng(0).bytes
        self.evaluator = BfvEvaluator(
            parameters,
            nonce,
            public,
            evaluation_key,
            random_bytes=self._draw,
        )
        self.holder = KeyHolder.of(self.key)

    def _draw(self, count: int) -> bytes:
        return self.random_bytes(count)


run_of = lru_cache(maxsize=16)(Run)


@pytest.mark.parametrize("name", BFV_SETS)
@_SETTINGS
@given(data=st.data())
def test_encrypted_chunks_agree_with_the_plaintext(name: str, data: st.DataObject) -> None:
    parameters = BFV_SETS[name]
    circuit = data.draw(circuits(products=len(parameters.primes) > 2))
    assume(carries(parameters, circuit))
    run = run_of(name, data.draw(st.integers(0, _KEYS - 1)))
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

    holder, ring_, t = run.holder, run.holder.ring, parameters.plain_modulus
    seen = holder.noise(unpacked(ring_, output, ring_.last), ring_.last)
    rounding = ring_.last * switch_bound(parameters)
    assert abs(seen).max() <= parameters.primes[0] // 4 + t * (1 + rounding)

    noise = output_noise(parameters, circuit)
    loaded = {index: run.evaluator._load(packed) for index, packed in encrypted.items()}
    formula = evaluate(circuit, run.evaluator._arithmetic(loaded)).value
    masked = holder.noise(polynomials_of(ring_, run.evaluator._masked(formula)))
    assert abs(masked).max() <= t * noise.bound
