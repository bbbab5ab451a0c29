from __future__ import annotations

import os

import numpy as np
import pytest

from clients.schemes.paillier import CHUNKS_AHEAD, PaillierEncryptor, PaillierSecretKey
from matcher.core.errors import DecryptionRefused, InvalidKey
from matcher.core.paillier_parameters import PAILLIER_SETS
from tests.paillier_run import FIRST, NONCE, PARAMETERS, SECOND, SLOTS, columns, opened, secret_key


class Counting:
    """A stream that knows how often it was asked."""

    def __init__(self) -> None:
        self.requests = 0

    def __call__(self, count: int) -> bytes:
        self.requests += 1
        return os.urandom(count)


def encryptor(random_bytes: Counting | None = None) -> PaillierEncryptor:
    return PaillierEncryptor(
        PARAMETERS, NONCE, secret_key().public_key(), random_bytes=random_bytes
    )


def test_what_a_provider_encrypts_the_requester_decrypts() -> None:
    assert opened(columns()[0]) == FIRST.tolist()
    assert np.array_equal(secret_key().decrypt(columns()[1]), SECOND)
    assert len(columns()[0]) == PARAMETERS.ciphertext_bytes


def test_of_what_is_decrypted_only_zero_or_not_is_returned() -> None:
    chunk = bytearray(columns()[0])
    n = int(secret_key()._modulus.n)
    size = 2 * PARAMETERS.modulus_bytes
    first = int.from_bytes(chunk[:size], "big") * (1 + 12345 * n) % n**2
    chunk[:size] = first.to_bytes(size, "big")
    assert opened(bytes(chunk))[0] == 12345
    values = secret_key().decrypt(bytes(chunk))
    assert values.dtype == np.uint64
    assert values.tolist() == [1, 0, 1, 1]


def test_the_same_values_never_encrypt_to_the_same_bytes() -> None:
    assert encryptor().encrypt(FIRST) != columns()[0]


def test_a_column_is_encrypted_from_what_was_made_ahead() -> None:
    stream = Counting()
    prepared = encryptor(stream)
    for _ in range(SLOTS):
        assert prepared.prepare()
    before = stream.requests
    assert before >= SLOTS
    assert opened(prepared.encrypt(FIRST)) == FIRST.tolist()
    assert stream.requests == before


def test_no_randomness_is_used_for_two_columns() -> None:
    prepared = encryptor()
    while prepared.prepare():
        pass
    size = 2 * PARAMETERS.modulus_bytes
    joined = prepared.encrypt(0 * FIRST) + prepared.encrypt(0 * FIRST)
    slots = {joined[start : start + size] for start in range(0, len(joined), size)}
    assert len(slots) == 2 * SLOTS == CHUNKS_AHEAD * SLOTS


@pytest.mark.parametrize(
    "values",
    [np.zeros(SLOTS - 1, dtype=np.uint8), np.full(SLOTS, 2, dtype=np.uint8)],
    ids=["too short", "neither 0 nor 1"],
)
def test_an_encryptor_takes_bits_for_a_whole_chunk_only(values) -> None:
    with pytest.raises(ValueError, match="chunk"):
        encryptor().encrypt(values)


@pytest.mark.parametrize(
    "output",
    [b"", b"\x00", b"\xff" * PARAMETERS.output_bytes, bytes(PARAMETERS.output_bytes + 1)],
    ids=["empty", "short", "out of range", "long"],
)
def test_everything_that_cannot_be_opened_is_refused_alike(output) -> None:
    with pytest.raises(DecryptionRefused) as refusal:
        secret_key().decrypt(output)
    assert str(refusal.value) == "a result cannot be opened"
    assert refusal.value.__cause__ is None


def test_keys_do_not_print_themselves() -> None:
    assert repr(secret_key()) == "PaillierSecretKey(...)"


def test_there_is_no_evaluation_key() -> None:
    assert secret_key().evaluation_key() == b""
    assert PARAMETERS.evaluation_key_bytes == 0


def test_every_key_is_new_and_as_long_as_agreed() -> None:
    fresh = PaillierSecretKey.generate(PARAMETERS, NONCE)
    assert fresh.public_key() != secret_key().public_key()
    assert fresh._modulus.n.bit_length() == 3072
    PaillierEncryptor(PARAMETERS, NONCE, fresh.public_key())


def test_an_encryptor_takes_no_key_of_another_run() -> None:
    with pytest.raises(InvalidKey, match="proof"):
        PaillierEncryptor(PARAMETERS, bytes(32), secret_key().public_key())


def test_the_named_set_is_like_the_one_tests_use_but_for_its_slots() -> None:
    named = PAILLIER_SETS["paillier-3072"]
    assert (named.modulus_bits, named.proofs) == (PARAMETERS.modulus_bits, PARAMETERS.proofs)
    assert named.slots == 64
