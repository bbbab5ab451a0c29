from __future__ import annotations

import os

import gmpy2
import numpy as np
import pytest

from matcher.core.circuit import AtMost, Circuit, Miss, OneOf, Product, Sum, Unselected
from matcher.core.errors import InvalidKey, TooDeep
from matcher.schemes import paillier
from matcher.schemes.clear import ClearEvaluator
from matcher.schemes.paillier import PaillierEvaluator, _CiphertextArithmetic
from matcher.schemes.paillier_encryption import draw_nonzero, encryption_of_zero
from matcher.schemes.paillier_format import unpack_ciphertexts
from tests.paillier_run import (
    FIRST,
    NONCE,
    PARAMETERS,
    SECOND,
    SLOTS,
    columns,
    modulus,
    numbers,
    opened,
    secret_key,
)

LINEAR: dict[str, Circuit] = {
    "a miss": Miss(0),
    "a conjunction": Sum((Miss(0), Miss(1))),
    "a selection": Unselected((0,)),
    "a selection beside a miss": Sum((Unselected((0,)), Sum((Miss(1), Miss(1))))),
    "one of two agencies": OneOf((0, 1)),
}


@pytest.fixture(scope="module")
def evaluator() -> PaillierEvaluator:
    return PaillierEvaluator(PARAMETERS, NONCE, secret_key().public_key())


@pytest.mark.parametrize("case", LINEAR)
def test_outputs_are_zero_where_the_plaintext_reference_is(case, evaluator) -> None:
    circuit = LINEAR[case]
    output = evaluator.evaluate(circuit, columns())
    assert len(output) == PARAMETERS.output_bytes
    expected = ClearEvaluator().evaluate(circuit, {0: FIRST, 1: SECOND})
    assert np.array_equal(secret_key().decrypt(output) == 0, expected == 0)


def test_a_miss_times_a_mask_of_full_size_is_all_that_is_left() -> None:
    stream, again = (np.random.default_rng(3).bytes for _ in range(2))
    evaluator = PaillierEvaluator(PARAMETERS, NONCE, secret_key().public_key(), random_bytes=stream)
    output = evaluator.evaluate(Sum((Miss(0), Miss(1))), columns())
    masks = []
    for _ in range(SLOTS):
        masks.append(draw_nonzero(again, modulus()))
        encryption_of_zero(again, modulus())
    misses = (FIRST + SECOND).tolist()
    assert opened(output) == [m * miss % modulus().n for m, miss in zip(masks, misses, strict=True)]
    assert min(masks).bit_length() > 3040


def test_the_same_columns_never_give_the_same_output(evaluator) -> None:
    first, second = (evaluator.evaluate(Miss(0), columns()) for _ in range(2))
    assert not set(numbers(first)) & set(numbers(second))
    hits = FIRST == 0
    values = np.array([opened(one) for one in (first, second)], dtype=object)
    assert not values[:, hits].any()
    assert len(set(values[:, ~hits].ravel())) == 2 * int((~hits).sum())


def test_an_output_is_blinded_even_where_a_mask_is_one(monkeypatch) -> None:
    monkeypatch.setattr(paillier, "draw_nonzero", lambda *_: gmpy2.mpz(1))
    evaluator = PaillierEvaluator(PARAMETERS, NONCE, secret_key().public_key())
    output, square = evaluator.evaluate(Miss(0), columns()), modulus().square
    for before, after in zip(numbers(columns()[0]), numbers(output), strict=True):
        added = after * gmpy2.invert(before, square) % square
        assert added % modulus().n not in (1, modulus().n - 1)
        assert secret_key()._private.raw_decrypt(int(added)) == 0


@pytest.mark.parametrize(
    "circuit",
    [
        Product((Miss(0), Miss(1))),
        Sum((Miss(0), Product((Miss(0), Miss(1))))),
        AtMost(1, (Miss(0), Miss(1), Miss(2))),
    ],
    ids=["a product", "a product in a sum", "at most one of three"],
)
def test_what_multiplies_is_refused_before_a_column_is_looked_at(circuit, evaluator) -> None:
    with pytest.raises(TooDeep, match="cannot multiply"):
        evaluator.evaluate(circuit, {})


def test_a_constant_can_be_taken_away_and_factors_cannot_be_multiplied() -> None:
    loaded = {0: unpack_ciphertexts(modulus(), SLOTS, columns()[0])}
    arithmetic = _CiphertextArithmetic(modulus(), loaded)
    less = arithmetic.subtract(arithmetic.column(0), 1)
    values = [secret_key()._private.raw_decrypt(int(one)) for one in less]
    assert values == [(int(miss) - 1) % modulus().n for miss in FIRST]
    assert arithmetic.lower(less) is less
    with pytest.raises(TooDeep):
        arithmetic.multiply(less, less)


def test_a_forked_evaluator_repeats_no_masks(evaluator, monkeypatch) -> None:
    parent = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: parent + 1)
    with pytest.raises(RuntimeError, match="fork"):
        evaluator.evaluate(Miss(0), columns())


def test_an_evaluator_takes_no_key_of_another_run() -> None:
    with pytest.raises(InvalidKey, match="proof"):
        PaillierEvaluator(PARAMETERS, bytes(32), secret_key().public_key())
