from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from clients.schemes.bfv import BfvEncryptor, BfvSecretKey
from matcher.core.bfv_noise import fresh_bound
from matcher.core.bfv_parameters import BFV_SETS
from matcher.core.errors import DecryptionRefused
from matcher.schemes.bfv_format import pack_output
from matcher.schemes.tenseal_format import ciphertext_bytes, load_ciphertext, ring, saved
from tests.bfv_phases import KeyHolder, unpacked

PARAMETERS = BFV_SETS["bfv-8192-104"]
NONCE = b"\x2a" * 32
ZEROS = np.zeros(8192, dtype=np.uint8)


@pytest.fixture(scope="module")
def key() -> BfvSecretKey:
    return BfvSecretKey.generate(PARAMETERS, NONCE)


@pytest.fixture(scope="module")
def encryptor(key: BfvSecretKey) -> BfvEncryptor:
    return BfvEncryptor(PARAMETERS, NONCE, key.public_key())


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def lowered(column: bytes) -> bytes:
    """A column as it would be if it were an output."""
    ring_ = ring(PARAMETERS)
    data = ciphertext_bytes(
        ring_, unpacked(ring_, column, 0), ring_.level_ids[0], transformed=False
    )
    ciphertext = load_ciphertext(ring_, data)
    ring_.evaluator.mod_switch_to_inplace(ciphertext, list(ring_.level_ids[ring_.last]))
    return pack_output(ring_, saved(ciphertext))


def test_what_a_provider_encrypts_the_requester_decrypts(key, encryptor) -> None:
    values = np.random.default_rng(1).integers(0, 2, 8192).astype(np.uint8)
    column = encryptor.encrypt(values)
    assert len(column) == PARAMETERS.ciphertext_bytes
    assert np.array_equal(key.decrypt(lowered(column)), values)


def test_slots_are_remainders_from_zero_on(key, encryptor) -> None:
    """TenSEAL decodes around zero: -1 is t - 1 here as under every exact scheme."""
    ring_, column = ring(PARAMETERS), encryptor.encrypt(ZEROS + np.uint8(1))
    primes = np.array(PARAMETERS.primes, dtype=np.uint64).reshape(1, 2, 1)
    negative = (primes - unpacked(ring_, column, 0)) % primes
    data = ciphertext_bytes(ring_, negative, ring_.level_ids[0], transformed=False)
    ciphertext = load_ciphertext(ring_, data)
    ring_.evaluator.mod_switch_to_inplace(ciphertext, list(ring_.level_ids[ring_.last]))
    slots = key.decrypt(pack_output(ring_, saved(ciphertext)))
    assert slots.dtype == np.uint64
    assert set(slots.tolist()) == {PARAMETERS.plain_modulus - 1}


@pytest.mark.parametrize("name", BFV_SETS)
def test_a_fresh_column_is_as_quiet_as_budgeted(name: str) -> None:
    parameters = BFV_SETS[name]
    key = BfvSecretKey.generate(parameters, NONCE)
    encryptor = BfvEncryptor(parameters, NONCE, key.public_key())
    column = unpacked(ring(parameters), encryptor.encrypt(ZEROS + np.uint8(1)), 0)
    noise = int(abs(KeyHolder.of(key).noise(column)).max())
    # Rounding alone, with random signs, is some eight times below its worst case.
    assert fresh_bound(parameters) // 100 < noise // parameters.plain_modulus
    assert noise <= parameters.plain_modulus * fresh_bound(parameters)


def test_the_same_values_never_encrypt_to_the_same_bytes(encryptor) -> None:
    assert encryptor.encrypt(ZEROS) != encryptor.encrypt(ZEROS)


@pytest.mark.parametrize(
    "values", [ZEROS[1:], ZEROS + np.uint8(2)], ids=["too short", "neither 0 nor 1"]
)
def test_an_encryptor_takes_bits_for_a_whole_chunk_only(values, encryptor) -> None:
    with pytest.raises(ValueError, match="chunk"):
        encryptor.encrypt(values)


def test_nothing_is_done_ahead(encryptor) -> None:
    assert not encryptor.prepare()


@pytest.mark.parametrize(
    "output",
    [b"", b"\x00", b"\xff" * PARAMETERS.output_bytes, bytes(PARAMETERS.output_bytes + 1)],
    ids=["empty", "short", "out of range", "long"],
)
def test_everything_that_cannot_be_opened_is_refused_alike(output, key) -> None:
    with pytest.raises(DecryptionRefused) as refusal:
        key.decrypt(output)
    assert str(refusal.value) == "a result cannot be opened"
    assert refusal.value.__cause__ is None


def test_secret_keys_do_not_print_themselves(key) -> None:
    assert repr(key) == "BfvSecretKey(...)"
    assert repr(key._keys) == "TensealKeys(...)"


def test_every_key_is_new(key, encryptor) -> None:
    again = BfvSecretKey.generate(PARAMETERS, NONCE)
    assert again.public_key() != key.public_key()
    assert np.count_nonzero(again.decrypt(lowered(encryptor.encrypt(ZEROS)))) > 8000


def test_no_file_is_left_open_by_keys_encryption_or_decryption(key, encryptor) -> None:
    before = open_files()
    BfvSecretKey.generate(PARAMETERS, NONCE).evaluation_key()
    key.decrypt(lowered(encryptor.encrypt(ZEROS)))
    assert open_files() == before
