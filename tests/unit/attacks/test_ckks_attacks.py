"""Known attacks on CKKS, carried out; each has to fail but the one that says it does not."""

from __future__ import annotations

import numpy as np
import pytest
from tenseal import sealapi

from clients.schemes.ckks import CkksEncryptor, CkksSecretKey
from matcher.core.circuit import Miss, Product, Sum
from matcher.core.ckks_parameters import CKKS_SETS
from matcher.core.errors import DecryptionRefused, InvalidCiphertext, InvalidKey
from matcher.core.packing import pack, unpack
from matcher.schemes.ckks import CkksEvaluator
from matcher.schemes.ckks_format import pack_column, pack_output, unpack_column
from matcher.schemes.tenseal_key_format import prescribed_key_polynomial
from tests.ckks_runs import NONCE, run_of

LINEAR, WIDE, PRODUCT = CKKS_SETS
PARAMETERS = CKKS_SETS[LINEAR]
PRIMES, SLOTS, DEGREE = PARAMETERS.primes, PARAMETERS.slots, PARAMETERS.degree
PAIR = Sum((Miss(0), Miss(1)))
ONES = np.ones(SLOTS, dtype=np.uint8)


@pytest.fixture(scope="module")
def column() -> bytes:
    return run_of(LINEAR).encryptor.encrypt(ONES)


def small_key() -> bytes:
    """A pk₀ with small coefficients: c₀ is the message and a little noise."""
    holder = run_of(LINEAR).holder
    small = np.random.default_rng(1).integers(0, 2**20, DEGREE, dtype=np.uint64)
    data = holder.transformed(np.stack([small] * len(PRIMES)))
    # The special prime's residues are not looked at closely: any do.
    whole = np.concatenate([data, small[np.newaxis] % np.uint64(PARAMETERS.special_prime)])
    return pack(whole[np.newaxis], PARAMETERS.key_primes)


TRIVIAL_KEYS = {
    "zero": lambda _: bytes(PARAMETERS.public_key_bytes),
    "zero modulo the first prime": lambda key: bytes(7 * DEGREE) + key[7 * DEGREE :],
    "zero modulo the special prime": lambda key: key[: -3 * DEGREE] + bytes(3 * DEGREE),
    "small coefficients": lambda _: small_key(),
    "cut": lambda key: key[:-1],
    "extended": lambda key: key + b"\x00",
    "out of range": lambda key: b"\xff" * len(key),
    "of other parameters": lambda _: run_of(WIDE).public_key,
}


@pytest.mark.parametrize("case", TRIVIAL_KEYS)
def test_nobody_encrypts_under_a_key_that_hides_nothing(case: str) -> None:
    wrong = TRIVIAL_KEYS[case](run_of(LINEAR).public_key)
    with pytest.raises(InvalidKey):
        CkksEncryptor(PARAMETERS, NONCE, wrong)
    with pytest.raises(InvalidKey):
        CkksEvaluator(PARAMETERS, NONCE, wrong)


def test_the_wire_has_no_room_for_another_second_polynomial() -> None:
    second = prescribed_key_polynomial(run_of(LINEAR).holder.ring, NONCE)
    whole = pack(np.stack([second, second]), PARAMETERS.key_primes)
    assert len(run_of(LINEAR).public_key) * 2 == len(whole)
    with pytest.raises(InvalidKey):
        CkksEncryptor(PARAMETERS, NONCE, whole)


def test_a_key_made_for_another_run_opens_nothing() -> None:
    """Replayed under another nonce, pk₁ changes and not even its owner can read on."""
    run, other = run_of(LINEAR), b"\x12" * 32
    column = CkksEncryptor(PARAMETERS, other, run.public_key).encrypt(ONES)
    output = CkksEvaluator(PARAMETERS, other, run.public_key).evaluate(PAIR, {0: column, 1: column})
    with pytest.raises(DecryptionRefused):
        run.key.decrypt(output)


@pytest.mark.parametrize("key", ["", "cut", "out of range", "a public key"])
def test_a_relinearisation_key_that_does_not_fit_is_refused(key: str) -> None:
    run = run_of(PRODUCT)
    honest = run.evaluation_key or b""
    wrong = {
        "": b"",
        "cut": honest[:-1],
        "out of range": b"\xff" * len(honest),
        "a public key": run.public_key,
    }[key]
    with pytest.raises(InvalidKey):
        CkksEvaluator(run.parameters, NONCE, run.public_key, wrong)


def test_a_bare_message_is_not_taken_for_a_column() -> None:
    bare = np.zeros((2, len(PRIMES), DEGREE), dtype=np.uint64)
    bare[0] = 1
    with pytest.raises(InvalidCiphertext):
        unpack_column(run_of(LINEAR).holder.ring, pack(bare, PRIMES), 1 << PARAMETERS.scale_bits)


def test_columns_that_cancel_each_other_are_refused(column: bytes) -> None:
    residues = unpack(column, 2, PRIMES, DEGREE)
    primes = np.array(PRIMES, dtype=np.uint64).reshape(1, -1, 1)
    negative = pack((primes - residues) % primes, PRIMES)
    with pytest.raises(InvalidCiphertext):
        run_of(LINEAR).evaluator().evaluate(PAIR, {0: column, 1: negative})


DAMAGE = {
    "cut": lambda column: column[:-1],
    "extended": lambda column: column + b"\x00",
    "with a header in front": lambda column: b"\x5e\xa1\x10\x04" + column,
    "a residue out of range": lambda column: b"\xff" * 7 * DEGREE + column[7 * DEGREE :],
    "empty": lambda _: b"",
    "of other parameters": lambda _: bytes(CKKS_SETS[WIDE].ciphertext_bytes),
    "an output": lambda _: bytes(PARAMETERS.output_bytes),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_damaged_columns_are_refused(case: str, column: bytes) -> None:
    with pytest.raises(InvalidCiphertext):
        run_of(LINEAR).evaluator().evaluate(PAIR, {0: column, 1: DAMAGE[case](column)})


def test_a_forged_header_has_nowhere_to_stand(column: bytes) -> None:
    """Level, form and scale are the receiver's: the wire is polynomials only."""
    assert len(column) == PARAMETERS.ciphertext_bytes == 2 * DEGREE * (7 + 6 + 6)
    loaded = unpack_column(run_of(LINEAR).holder.ring, column, 1 << PARAMETERS.scale_bits)
    assert loaded.is_ntt_form()
    assert loaded.size() == 2
    assert loaded.scale == 2.0**PARAMETERS.scale_bits


def test_a_product_that_was_not_relinearised_is_never_released() -> None:
    run = run_of(PRODUCT)
    ring_, row = run.holder.ring, run.parameters
    columns = run.encrypt({0: np.ones(row.slots, dtype=np.uint8)})
    factor = unpack_column(ring_, columns[0], 1 << row.scale_bits)
    product = sealapi.Ciphertext()
    ring_.evaluator.square(factor, product)
    assert product.size() == 3
    for _ in range(row.output_level):
        ring_.evaluator.rescale_to_next_inplace(product)
    with pytest.raises(InvalidCiphertext):
        pack_output(ring_, row, product)


def test_an_output_with_all_its_primes_is_never_released(column: bytes) -> None:
    ring_ = run_of(LINEAR).holder.ring
    loaded = unpack_column(ring_, column, 1 << PARAMETERS.scale_bits)
    with pytest.raises(InvalidCiphertext):
        pack_output(ring_, PARAMETERS, loaded)
    assert pack_column(ring_, loaded) == column


@pytest.mark.parametrize("change", ["a residue", "half", "swapped", "zero"])
def test_a_tampered_output_is_refused(change: str, column: bytes) -> None:
    run = run_of(LINEAR)
    honest = run.evaluator().evaluate(PAIR, {0: column, 1: column})
    primes = run.holder.ring.primes(PARAMETERS.output_level)
    residues = unpack(honest, 2, primes, DEGREE)
    if change == "a residue":
        residues[0, 0, 0] ^= np.uint64(1)
    elif change == "half":
        residues[1, 0] = 0
    elif change == "swapped":
        residues = residues[::-1].copy()
    else:
        residues[0] = 0
    with pytest.raises(DecryptionRefused):
        run.key.decrypt(pack(residues, primes))


@pytest.mark.parametrize("value", [2, 3, 5])
def test_numbers_that_are_no_misses_come_out_as_a_miss_or_not_at_all(value: int) -> None:
    """An agency that adds its column to itself says no by that, which it could do anyway."""
    run = run_of(LINEAR)
    ring_ = run.holder.ring
    loaded = unpack_column(ring_, run.encryptor.encrypt(ONES), 1 << PARAMETERS.scale_bits)
    total = sealapi.Ciphertext()
    ring_.evaluator.add_many([loaded] * value, total)
    output = run.evaluator().evaluate(Miss(0), {0: pack_column(ring_, total)})
    assert run.key.decrypt(output).all()


def test_a_fraction_of_a_miss_is_no_hit_and_no_miss() -> None:
    """With 2^-20 in a column, masked values fall between noise and a miss somewhere."""
    run = run_of(LINEAR)
    parameters = run.parameters
    small = np.zeros((len(PRIMES), DEGREE), dtype=np.uint64)
    small[:, 0] = [(1 << (parameters.scale_bits - 20)) % prime for prime in PRIMES]
    encrypted = run.encryptor._encryption.encrypt(small, float(1 << parameters.scale_bits))
    packed = pack_column(run.holder.ring, encrypted)
    with pytest.raises(DecryptionRefused):
        run.key.decrypt(run.evaluator().evaluate(Miss(0), {0: packed}))


@pytest.mark.parametrize("missed", [0, 1, 2])
def test_a_provider_can_have_a_refusal_depend_on_what_others_answered(missed: int) -> None:
    """Not prevented: -1 and a little makes a gap of one number of misses, of no other."""
    run = run_of(LINEAR)
    value = (1 << (PARAMETERS.scale_bits - 14)) - (1 << PARAMETERS.scale_bits)
    constant = np.zeros((len(PRIMES), DEGREE), dtype=np.uint64)
    constant[:, 0] = [value % prime for prime in PRIMES]
    encrypted = run.encryptor._encryption.encrypt(constant, float(1 << PARAMETERS.scale_bits))
    asking = pack_column(run.holder.ring, encrypted)
    # Many people at once, because one person's mask falls into the gap in one case of twenty-four.
    others = run.encrypt({0: ONES * min(missed, 1), 1: ONES * max(missed - 1, 0)})
    output = run.evaluator().evaluate(Sum((Miss(0), Miss(1), Miss(2))), {**others, 2: asking})
    if missed == 1:
        with pytest.raises(DecryptionRefused):
            run.key.decrypt(output)
    else:
        assert run.key.decrypt(output).all()


def test_only_the_run_that_made_a_product_key_can_use_it() -> None:
    ours, theirs = run_of(PRODUCT), CkksSecretKey.generate(CKKS_SETS[PRODUCT], NONCE)
    evaluator = CkksEvaluator(ours.parameters, NONCE, ours.public_key, theirs.evaluation_key())
    ones = np.ones(ours.parameters.slots, dtype=np.uint8)
    columns = ours.encrypt({0: ones, 1: ones})
    with pytest.raises(DecryptionRefused):
        ours.key.decrypt(evaluator.evaluate(Product((Miss(0), Miss(1))), columns))
