from __future__ import annotations

import numpy as np
import pytest

from clients.schemes.bgv import BgvEncryptor, BgvSecretKey
from matcher.core.bgv_noise import fresh_bound
from matcher.core.bgv_parameters import BGV_SETS
from matcher.core.errors import DecryptionRefused
from matcher.schemes.bgv_format import pack_output, ring, unpack_column

PARAMETERS = BGV_SETS["bgv-8192-104"]
NONCE = b"\x2a" * 32


def lowered(column: bytes) -> bytes:
    """A column as it would be if it were an output."""
    ring_ = ring(PARAMETERS)
    ciphertext = unpack_column(ring_, column)
    ring_.evaluator.mod_switch_to_inplace(ciphertext, ring_.context.last_parms_id())
    return pack_output(ring_, ciphertext)


def test_what_a_provider_encrypts_the_requester_decrypts(secret_key, public_key) -> None:
    values = np.random.default_rng(1).integers(0, 2, 8192).astype(np.uint8)
    column = BgvEncryptor(PARAMETERS, NONCE, public_key).encrypt(values)
    assert len(column) == PARAMETERS.ciphertext_bytes
    assert np.array_equal(secret_key.decrypt(lowered(column)), values)


def test_a_fresh_column_is_as_quiet_as_budgeted(secret_key, public_key) -> None:
    encryptor = BgvEncryptor(PARAMETERS, NONCE, public_key)
    column = unpack_column(ring(PARAMETERS), encryptor.encrypt(np.ones(8192, dtype=np.uint8)))
    budget = secret_key._decryptor.invariant_noise_budget(column)
    assert PARAMETERS.modulus(0).bit_length() - budget - 1 <= fresh_bound(PARAMETERS).bit_length()


def test_the_same_values_never_encrypt_to_the_same_bytes(public_key) -> None:
    encryptor = BgvEncryptor(PARAMETERS, NONCE, public_key)
    zeros = np.zeros(8192, dtype=np.uint8)
    assert encryptor.encrypt(zeros) != encryptor.encrypt(zeros)


@pytest.mark.parametrize(
    "values",
    [np.zeros(8191, dtype=np.uint8), np.full(8192, 2, dtype=np.uint8)],
    ids=["too short", "neither 0 nor 1"],
)
def test_an_encryptor_takes_bits_for_a_whole_chunk_only(values, public_key) -> None:
    with pytest.raises(ValueError, match="chunk"):
        BgvEncryptor(PARAMETERS, NONCE, public_key).encrypt(values)


@pytest.mark.parametrize(
    "output",
    [b"", b"\x00", b"\xff" * PARAMETERS.output_bytes, bytes(PARAMETERS.output_bytes + 1)],
    ids=["empty", "short", "out of range", "long"],
)
def test_everything_that_cannot_be_opened_is_refused_alike(output, secret_key) -> None:
    with pytest.raises(DecryptionRefused) as refusal:
        secret_key.decrypt(output)
    assert str(refusal.value) == "a result cannot be opened"
    assert refusal.value.__cause__ is None


def test_a_secret_key_does_not_print_itself(secret_key) -> None:
    assert repr(secret_key) == "BgvSecretKey(...)"


def test_every_key_is_new(public_key) -> None:
    again = BgvSecretKey.generate(PARAMETERS, NONCE)
    assert again.public_key() != public_key
    column = BgvEncryptor(PARAMETERS, NONCE, public_key).encrypt(np.zeros(8192, dtype=np.uint8))
    assert np.count_nonzero(again.decrypt(lowered(column))) > 8000
