"""Random sums on random chunks, encrypted, against the plaintext reference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clients.schemes.paillier import PaillierEncryptor
from matcher.core.circuit import Circuit, Miss, OneOf, Sum, Unselected, columns_of
from matcher.schemes.clear import ClearEvaluator
from matcher.schemes.paillier import PaillierEvaluator
from tests.paillier_run import NONCE, PARAMETERS, SLOTS, opened, secret_key

COLUMNS = 6

# An example takes half a second, nearly all of it powers.
_SETTINGS = settings(
    max_examples=max(settings.default.max_examples // 100, 1),
    suppress_health_check=[HealthCheck.too_slow],
)
_NUMBERS = st.integers(0, COLUMNS - 1)
_LEAVES = st.one_of(
    _NUMBERS.map(Miss),
    st.lists(_NUMBERS, min_size=1, max_size=3, unique=True).map(lambda one: Unselected(tuple(one))),
    st.lists(_NUMBERS, min_size=2, max_size=3, unique=True).map(lambda one: OneOf(tuple(one))),
)
_SUMS: st.SearchStrategy[Circuit] = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, min_size=2, max_size=4).map(lambda parts: Sum(tuple(parts))),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def encryptor() -> PaillierEncryptor:
    return PaillierEncryptor(PARAMETERS, NONCE, secret_key().public_key())


@pytest.fixture(scope="module")
def evaluator() -> PaillierEvaluator:
    return PaillierEvaluator(PARAMETERS, NONCE, secret_key().public_key())


@_SETTINGS
@given(circuit=_SUMS, seed=st.integers(0, 2**32 - 1))
def test_what_is_zero_in_the_clear_is_zero_and_nothing_else(
    circuit: Circuit, seed: int, encryptor: PaillierEncryptor, evaluator: PaillierEvaluator
) -> None:
    rng = np.random.default_rng(seed)
    columns = {
        index: rng.integers(0, 2, SLOTS, dtype=np.uint8)
        for index in sorted(set(columns_of(circuit)))
    }
    encrypted = {index: encryptor.encrypt(column) for index, column in columns.items()}
    output = evaluator.evaluate(circuit, encrypted)
    expected = ClearEvaluator().evaluate(circuit, columns)
    values = opened(output)
    assert [value == 0 for value in values] == (expected == 0).tolist()
    assert np.array_equal(secret_key().decrypt(output) == 0, expected == 0)
    # A missed slot is a number of full size, whatever was missed.
    assert all(value.bit_length() > 3000 for value in values if value)
