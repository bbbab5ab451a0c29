from __future__ import annotations

import hashlib

import numpy as np
import pytest
from tenseal import sealapi

from clients.schemes.tenseal_keys import TensealKeys
from matcher.core.bfv_parameters import BFV_SETS
from matcher.core.errors import InvalidKey
from matcher.core.packing import pack
from matcher.schemes.tenseal_format import (
    CIPHERTEXT_HEADER_BYTES,
    load_into,
    ring,
    saved,
    vector_context,
)
from matcher.schemes.tenseal_key_format import (
    pack_evaluation_key,
    prescribed_key_polynomial,
    unpack_evaluation_key,
    unpack_public_key,
)
from tests.bgv_by_hand import expand

PARAMETERS = BFV_SETS["bfv-8192-152"]
NONCE = b"\x07" * 32


@pytest.fixture(scope="module")
def keys() -> TensealKeys:
    return TensealKeys.generate(ring(PARAMETERS), NONCE)


def test_the_prescribed_polynomial_is_bgvs_and_one_more_for_the_special_prime() -> None:
    seed = hashlib.sha256(b"fusuma/v1/public-polynomial\x00" + NONCE).digest()
    expected = expand(seed, PARAMETERS.key_primes)
    prescribed = prescribed_key_polynomial(ring(PARAMETERS), NONCE)
    assert [row.tolist() for row in prescribed] == [row.tolist() for row in expected]


def test_an_honest_public_key_is_accepted_with_its_prescribed_half(keys) -> None:
    ring_ = ring(PARAMETERS)
    packed = keys.public_key()
    assert len(packed) == PARAMETERS.public_key_bytes
    key = unpack_public_key(ring_, NONCE, packed)
    words = np.frombuffer(key[CIPHERTEXT_HEADER_BYTES:], dtype="<u8").reshape(2, 4, 8192)
    assert pack(words[:1], PARAMETERS.key_primes) == packed
    assert np.array_equal(words[1], prescribed_key_polynomial(ring_, NONCE))


def test_a_key_has_one_public_key_however_often_it_is_asked(keys) -> None:
    """A second one for the same pk₁ would differ by the errors only and show them."""
    assert keys.public_key() == keys.public_key()


def test_an_evaluation_key_survives_the_wire_and_seal(keys) -> None:
    ring_ = ring(PARAMETERS)
    packed = keys.evaluation_key()
    assert len(packed) == PARAMETERS.evaluation_key_bytes
    written = unpack_evaluation_key(ring_, packed)
    context = vector_context(ring_, relinearisation_key=written)
    assert context.has_relin_keys()
    loaded = sealapi.RelinKeys()
    load_into(ring_, loaded, written)
    assert pack_evaluation_key(ring_, saved(loaded)) == packed


WRONG = {
    "empty": b"",
    "short": b"\x00" * 100,
    "out of range": b"\xff" * PARAMETERS.evaluation_key_bytes,
    "long": bytes(PARAMETERS.evaluation_key_bytes + 1),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_evaluation_key_is_refused(case: str) -> None:
    with pytest.raises(InvalidKey, match="relinearisation"):
        unpack_evaluation_key(ring(PARAMETERS), WRONG[case])
