"""Known attacks on the scheme, carried out; each has to fail."""

from __future__ import annotations

import numpy as np
import pytest
import seal

from clients.schemes.bgv import BgvEncryptor, BgvSecretKey
from matcher.core.bgv_parameters import BGV_SETS
from matcher.core.circuit import Miss, Product, Sum
from matcher.core.errors import DecryptionRefused, InvalidCiphertext, InvalidKey
from matcher.core.packing import pack
from matcher.schemes.bgv import BgvEvaluator
from matcher.schemes.bgv_format import (
    load_ciphertext,
    pack_output,
    residues_of,
    ring,
    unpack_column,
)
from matcher.schemes.bgv_key_format import prescribed_polynomial

PARAMETERS = BGV_SETS["bgv-8192-104"]
PRODUCTS = BGV_SETS["bgv-8192-152"]
NONCE = b"\x11" * 32
PAIR = Sum((Miss(0), Miss(1)))
ONES = np.ones(8192, dtype=np.uint8)


@pytest.fixture(scope="module")
def secret_key() -> BgvSecretKey:
    return BgvSecretKey.generate(PARAMETERS, NONCE)


@pytest.fixture(scope="module")
def public_key(secret_key) -> bytes:
    return secret_key.public_key()


@pytest.fixture(scope="module")
def column(public_key) -> bytes:
    return BgvEncryptor(PARAMETERS, NONCE, public_key).encrypt(ONES)


def small_key() -> bytes:
    """A pk₀ with small coefficients: c₀ is the message and a little noise."""
    ring_ = ring(PARAMETERS)
    rng = np.random.default_rng(1)
    small = rng.integers(0, 2**20, 8192, dtype=np.uint64)
    coefficients = np.broadcast_to(small, (2, 2, 8192)).copy()
    probe = load_ciphertext(ring_, coefficients, 0, transformed=False)
    data = residues_of(ring_, probe, 0)[0]
    return pack(data[np.newaxis], PARAMETERS.primes)


TRIVIAL_KEYS = {
    "zero": lambda _: bytes(PARAMETERS.public_key_bytes),
    "zero modulo one prime": lambda key: bytes(6 * 8192) + key[6 * 8192 :],
    "zero modulo the other prime": lambda key: key[: 6 * 8192] + bytes(7 * 8192) + key[13 * 8192 :],
    "small coefficients": lambda _: small_key(),
}


@pytest.mark.parametrize("case", TRIVIAL_KEYS)
def test_nobody_encrypts_under_a_key_that_hides_nothing(case, public_key) -> None:
    wrong = TRIVIAL_KEYS[case](public_key)
    with pytest.raises(InvalidKey):
        BgvEncryptor(PARAMETERS, NONCE, wrong)
    with pytest.raises(InvalidKey):
        BgvEvaluator(PARAMETERS, NONCE, wrong)


@pytest.mark.parametrize("change", [b"", b"\x00"], ids=["cut", "extended"])
def test_a_public_key_of_wrong_length_is_refused(change, public_key) -> None:
    wrong = public_key + change if change else public_key[:-1]
    with pytest.raises(InvalidKey):
        BgvEncryptor(PARAMETERS, NONCE, wrong)


def test_a_public_key_out_of_range_is_refused(public_key) -> None:
    with pytest.raises(InvalidKey):
        BgvEncryptor(PARAMETERS, NONCE, b"\xff" * len(public_key))


def test_the_wire_has_no_room_for_another_second_polynomial(public_key) -> None:
    whole = pack(np.stack([prescribed_polynomial(PARAMETERS, NONCE)] * 2), PARAMETERS.primes)
    assert len(public_key) * 2 == len(whole)
    with pytest.raises(InvalidKey):
        BgvEncryptor(PARAMETERS, NONCE, whole)


def test_a_key_made_for_another_run_opens_nothing(secret_key, public_key) -> None:
    """Replayed under another nonce, pk₁ changes and not even its owner can read on."""
    other = b"\x12" * 32
    column = BgvEncryptor(PARAMETERS, other, public_key).encrypt(ONES)
    output = BgvEvaluator(PARAMETERS, other, public_key).evaluate(PAIR, {0: column, 1: column})
    values = secret_key.decrypt(output)
    assert np.count_nonzero(values == 0) < 100


def test_a_bare_message_is_not_taken_for_a_column() -> None:
    ring_ = ring(PARAMETERS)
    bare = np.zeros((2, 2, 8192), dtype=np.uint64)
    bare[0] = 1
    with pytest.raises(InvalidCiphertext):
        unpack_column(ring_, pack(bare, PARAMETERS.primes))


def test_columns_that_cancel_each_other_are_refused(public_key, column) -> None:
    ring_ = ring(PARAMETERS)
    residues = residues_of(ring_, unpack_column(ring_, column), 0)
    primes = np.array(PARAMETERS.primes, dtype=np.uint64).reshape(1, 2, 1)
    negative = pack((primes - residues) % primes, PARAMETERS.primes)
    evaluator = BgvEvaluator(PARAMETERS, NONCE, public_key)
    with pytest.raises(InvalidCiphertext):
        evaluator.evaluate(PAIR, {0: column, 1: negative})


DAMAGE = {
    "cut": lambda column: column[:-1],
    "extended": lambda column: column + b"\x00",
    "with a header in front": lambda column: b"\x5e\xa1\x10\x04" + column,
    "a residue out of range": lambda column: b"\xff" * 6 * 8192 + column[6 * 8192 :],
    "empty": lambda _: b"",
    "of other parameters": lambda _: bytes(PRODUCTS.ciphertext_bytes),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_damaged_columns_are_refused(case, public_key, column) -> None:
    evaluator = BgvEvaluator(PARAMETERS, NONCE, public_key)
    with pytest.raises(InvalidCiphertext):
        evaluator.evaluate(PAIR, {0: column, 1: DAMAGE[case](column)})


def test_a_forged_header_has_nowhere_to_stand(column) -> None:
    """Level, form and correction factor are the receiver's: the wire is polynomials only."""
    ring_ = ring(PARAMETERS)
    assert len(column) == PARAMETERS.ciphertext_bytes == 2 * 8192 * (6 + 7)
    ciphertext = unpack_column(ring_, column)
    written = ciphertext.to_string(seal.compr_mode_type.none)
    assert ciphertext.is_ntt_form()
    assert ciphertext.size() == 2
    assert int.from_bytes(written[81:89], "little") == 1


def test_a_product_that_was_not_relinearised_is_never_released() -> None:
    key = BgvSecretKey.generate(PRODUCTS, NONCE)
    encryptor = BgvEncryptor(PRODUCTS, NONCE, key.public_key())
    ring_ = ring(PRODUCTS)
    left, right = (unpack_column(ring_, encryptor.encrypt(ONES)) for _ in range(2))
    product = ring_.evaluator.multiply(left, right)
    assert product.size() == 3
    with pytest.raises(InvalidCiphertext):
        residues_of(ring_, product, 0)
    ring_.evaluator.mod_switch_to_inplace(product, ring_.context.last_parms_id())
    with pytest.raises(InvalidCiphertext):
        pack_output(ring_, product)


def test_an_unswitched_output_is_never_released(column) -> None:
    ring_ = ring(PARAMETERS)
    with pytest.raises(InvalidCiphertext):
        pack_output(ring_, unpack_column(ring_, column))


def test_a_column_of_a_product_run_is_not_an_output(secret_key, column) -> None:
    with pytest.raises(DecryptionRefused):
        secret_key.decrypt(column)


def test_only_the_run_that_made_a_product_key_can_use_it() -> None:
    ours, theirs = (BgvSecretKey.generate(PRODUCTS, NONCE) for _ in range(2))
    public_key = ours.public_key()
    encryptor = BgvEncryptor(PRODUCTS, NONCE, public_key)
    evaluator = BgvEvaluator(PRODUCTS, NONCE, public_key, theirs.evaluation_key())
    columns = {index: encryptor.encrypt(0 * ONES) for index in (0, 1)}
    values = ours.decrypt(evaluator.evaluate(Product((Miss(0), Miss(1))), columns))
    assert np.count_nonzero(values == 0) < 100
