"""Known attacks on BFV and on TenSEAL's own bytes, carried out; each has to fail."""

from __future__ import annotations

import numpy as np
import pytest

from clients.schemes.bfv import BfvEncryptor, BfvSecretKey
from clients.schemes.bgv import BgvEncryptor, BgvSecretKey
from matcher.core.bfv_parameters import BFV_SETS
from matcher.core.bgv_parameters import BGV_SETS
from matcher.core.circuit import Miss, Product, Sum
from matcher.core.errors import DecryptionRefused, InvalidCiphertext, InvalidKey
from matcher.core.packing import pack
from matcher.schemes.bfv import BfvEvaluator
from matcher.schemes.bfv_format import pack_output
from matcher.schemes.tenseal_format import (
    ciphertext_bytes,
    ciphertext_in,
    load_ciphertext,
    residues_in,
    ring,
    saved,
    vector_bytes,
    vector_context,
)
from matcher.schemes.tenseal_key_format import prescribed_key_polynomial, unpack_public_key
from tests.bfv_phases import unpacked

PARAMETERS = BFV_SETS["bfv-8192-104"]
PRODUCTS = BFV_SETS["bfv-8192-152"]
NONCE = b"\x11" * 32
PAIR = Sum((Miss(0), Miss(1)))
ONES = np.ones(8192, dtype=np.uint8)


@pytest.fixture(scope="module")
def secret_key() -> BfvSecretKey:
    return BfvSecretKey.generate(PARAMETERS, NONCE)


@pytest.fixture(scope="module")
def public_key(secret_key) -> bytes:
    return secret_key.public_key()


@pytest.fixture(scope="module")
def column(public_key) -> bytes:
    return BfvEncryptor(PARAMETERS, NONCE, public_key).encrypt(ONES)


@pytest.fixture(scope="module")
def evaluator(public_key) -> BfvEvaluator:
    return BfvEvaluator(PARAMETERS, NONCE, public_key)


def small_key() -> bytes:
    """A pk₀ with small coefficients: c₀ is the message and a little noise."""
    ring_ = ring(PARAMETERS)
    rng = np.random.default_rng(1)
    small = np.broadcast_to(rng.integers(0, 2**20, 8192, dtype=np.uint64), (2, 2, 8192))
    probe = load_ciphertext(
        ring_, ciphertext_bytes(ring_, small, ring_.level_ids[0], transformed=False)
    )
    ring_.evaluator.transform_to_ntt_inplace(probe)
    first = residues_in(ring_, saved(probe), 0)[0]
    special = rng.integers(1, PARAMETERS.special_prime, (1, 8192), dtype=np.uint64)
    return pack(np.concatenate([first, special])[np.newaxis], PARAMETERS.key_primes)


TRIVIAL_KEYS = {
    "zero": lambda _: bytes(PARAMETERS.public_key_bytes),
    "zero modulo one prime": lambda key: bytes(6 * 8192) + key[6 * 8192 :],
    "zero modulo the other prime": lambda key: key[: 6 * 8192] + bytes(7 * 8192) + key[13 * 8192 :],
    "zero modulo the special prime": lambda key: key[: 13 * 8192] + bytes(3 * 8192),
    "small coefficients": lambda _: small_key(),
}


@pytest.mark.parametrize("case", TRIVIAL_KEYS)
def test_nobody_encrypts_under_a_key_that_hides_nothing(case, public_key) -> None:
    wrong = TRIVIAL_KEYS[case](public_key)
    with pytest.raises(InvalidKey, match="protects nothing"):
        BfvEncryptor(PARAMETERS, NONCE, wrong)
    with pytest.raises(InvalidKey, match="protects nothing"):
        BfvEvaluator(PARAMETERS, NONCE, wrong)


WRONG_KEYS = {
    "cut": lambda key: key[:-1],
    "extended": lambda key: key + b"\x00",
    "out of range": lambda key: b"\xff" * len(key),
    "with the second polynomial": lambda key: key + key,
    "of BGV, without the special prime": lambda key: key[: 13 * 8192],
    "empty": lambda _: b"",
}


@pytest.mark.parametrize("case", WRONG_KEYS)
def test_a_public_key_of_another_form_is_refused(case, public_key) -> None:
    with pytest.raises(InvalidKey, match="wrong length or range"):
        BfvEncryptor(PARAMETERS, NONCE, WRONG_KEYS[case](public_key))


def test_the_second_polynomial_is_the_nonces_whatever_is_sent(public_key) -> None:
    ring_ = ring(PARAMETERS)
    for nonce in (NONCE, b"\x12" * 32):
        key = unpack_public_key(ring_, nonce, public_key)
        prescribed = prescribed_key_polynomial(ring_, nonce)
        assert key.endswith(prescribed.tobytes())


def test_a_key_made_for_another_run_opens_nothing(secret_key, public_key) -> None:
    """Replayed under another nonce, pk₁ changes and not even its owner can read on."""
    other = b"\x12" * 32
    column = BfvEncryptor(PARAMETERS, other, public_key).encrypt(ONES)
    output = BfvEvaluator(PARAMETERS, other, public_key).evaluate(PAIR, {0: column, 1: column})
    assert np.count_nonzero(secret_key.decrypt(output) == 0) < 100


def test_a_foreign_key_decrypts_to_numbers_that_satisfy_nobody(secret_key, column) -> None:
    """TenSEAL cannot tell; verdicts are bound to their run by manifests and canaries."""
    theirs = BfvSecretKey.generate(PARAMETERS, NONCE).public_key()
    foreign = BfvEvaluator(PARAMETERS, NONCE, theirs)
    values = secret_key.decrypt(foreign.evaluate(PAIR, {0: column, 1: column}))
    assert np.count_nonzero(values == 0) < 100


DAMAGE = {
    "cut": lambda column: column[:-1],
    "extended": lambda column: column + b"\x00",
    "with a header in front": lambda column: b"\x5e\xa1\x10\x04" + column,
    "a residue out of range": lambda column: b"\xff" * 6 * 8192 + column[6 * 8192 :],
    "empty": lambda _: b"",
    "of other parameters": lambda _: bytes(PRODUCTS.ciphertext_bytes),
    "not encrypted": lambda column: column[: 13 * 8192] + bytes(13 * 8192),
    "zero": lambda column: bytes(len(column)),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_damaged_columns_are_refused(case, evaluator, column) -> None:
    with pytest.raises(InvalidCiphertext):
        evaluator.evaluate(PAIR, {0: column, 1: DAMAGE[case](column)})


FORGED = {
    "a vector of TenSEAL": lambda data: vector_bytes(data, 8192),
    "a ciphertext of SEAL": lambda data: data,
    "a compressed ciphertext": lambda data: saved(load_ciphertext(ring(PARAMETERS), data)),
}


@pytest.mark.parametrize("case", FORGED)
def test_a_forged_header_has_nowhere_to_stand(case, evaluator, column) -> None:
    """Level, form and scale are the receiver's: the wire is polynomials only."""
    assert len(column) == PARAMETERS.ciphertext_bytes == 2 * 8192 * (6 + 7)
    ring_ = ring(PARAMETERS)
    residues = unpacked(ring_, column, 0)
    data = ciphertext_bytes(ring_, residues, ring_.level_ids[0], transformed=False)
    with pytest.raises(InvalidCiphertext, match="wrong length"):
        evaluator.evaluate(PAIR, {0: column, 1: FORGED[case](data)})


def test_columns_that_cancel_each_other_are_refused(evaluator, column) -> None:
    ring_ = ring(PARAMETERS)
    residues = unpacked(ring_, column, 0)
    primes = np.array(PARAMETERS.primes, dtype=np.uint64).reshape(1, 2, 1)
    negative = pack((primes - residues) % primes, PARAMETERS.primes)
    with pytest.raises(InvalidCiphertext, match="cancel"):
        evaluator.evaluate(PAIR, {0: column, 1: negative})


def test_a_column_of_another_scheme_decides_for_nobody(secret_key, evaluator, column) -> None:
    """BGV's wire looks alike; its numbers are another scheme's."""
    theirs = BGV_SETS["bgv-8192-104"]
    bgv = BgvSecretKey.generate(theirs, NONCE)
    foreign = BgvEncryptor(theirs, NONCE, bgv.public_key()).encrypt(0 * ONES)
    values = secret_key.decrypt(evaluator.evaluate(PAIR, {0: column, 1: foreign}))
    assert np.count_nonzero(values == 0) < 100


def test_a_product_that_was_not_relinearised_is_never_released() -> None:
    key = BfvSecretKey.generate(PRODUCTS, NONCE)
    ring_ = ring(PRODUCTS)
    encryptor = BfvEncryptor(PRODUCTS, NONCE, key.public_key())
    left, right = (
        load_ciphertext(
            ring_,
            ciphertext_bytes(
                ring_,
                unpacked(ring_, encryptor.encrypt(ONES), 0),
                ring_.level_ids[0],
                transformed=False,
            ),
        )
        for _ in range(2)
    )
    ring_.evaluator.multiply_inplace(left, right)
    assert left.size() == 3
    with pytest.raises(InvalidCiphertext):
        residues_in(ring_, saved(left), 0)
    ring_.evaluator.mod_switch_to_inplace(left, list(ring_.level_ids[ring_.last]))
    with pytest.raises(InvalidCiphertext):
        pack_output(ring_, saved(left))


def test_an_unswitched_output_is_never_released(evaluator, column) -> None:
    ring_ = ring(PARAMETERS)
    with pytest.raises(InvalidCiphertext):
        pack_output(ring_, ciphertext_in(evaluator._load(column).serialize()))


def test_a_column_is_not_an_output(secret_key, column) -> None:
    with pytest.raises(DecryptionRefused):
        secret_key.decrypt(column)


def test_only_the_run_that_made_a_product_key_can_use_it() -> None:
    ours, theirs = (BfvSecretKey.generate(PRODUCTS, NONCE) for _ in range(2))
    public_key = ours.public_key()
    encryptor = BfvEncryptor(PRODUCTS, NONCE, public_key)
    evaluator = BfvEvaluator(PRODUCTS, NONCE, public_key, theirs.evaluation_key())
    columns = {index: encryptor.encrypt(0 * ONES) for index in (0, 1)}
    values = ours.decrypt(evaluator.evaluate(Product((Miss(0), Miss(1))), columns))
    assert np.count_nonzero(values == 0) < 100


def test_the_blind_side_holds_nothing_that_decrypts(evaluator, column) -> None:
    assert not evaluator._context.has_secret_key()
    with pytest.raises(ValueError, match="secret_key"):
        evaluator._load(column).decrypt()


def test_a_key_that_seal_refuses_is_an_invalid_key() -> None:
    with pytest.raises(InvalidKey, match="does not fit"):
        vector_context(ring(PARAMETERS), public_key=b"\x00" * 100)
