from __future__ import annotations

import hashlib

import numpy as np
import pytest

from matcher.core.bgv_parameters import BGV_SETS
from matcher.core.errors import InvalidKey
from matcher.core.packing import pack
from matcher.schemes.bgv_format import ring
from matcher.schemes.bgv_key_format import (
    pack_evaluation_key,
    prescribed_polynomial,
    unpack_evaluation_key,
    unpack_public_key,
)

PARAMETERS = BGV_SETS["bgv-8192-104"]


def test_the_prescribed_polynomial_is_what_the_protocol_says() -> None:
    nonce = b"\x07" * 32
    expanded = prescribed_polynomial(PARAMETERS, nonce)
    seed = hashlib.sha256(b"fusuma/v1/public-polynomial\x00" + nonce).digest()
    for index, prime in enumerate(PARAMETERS.primes):
        stream = hashlib.shake_256(seed + index.to_bytes(4, "big")).digest(8 * 10000)
        words = [int.from_bytes(stream[i : i + 8], "little") for i in range(0, len(stream), 8)]
        cut = [word & (2 ** prime.bit_length() - 1) for word in words]
        assert expanded[index].tolist() == [word for word in cut if word < prime][:8192]


def test_every_run_has_its_own_prescribed_polynomial() -> None:
    one, other = (prescribed_polynomial(PARAMETERS, bytes([n]) * 32) for n in (1, 2))
    assert (one == other).sum() < 100


def test_an_evaluation_key_survives_the_wire(parties) -> None:
    run = parties("bgv-8192-152")
    ring_ = ring(run.parameters)
    assert len(run.evaluation_key) == run.parameters.evaluation_key_bytes
    assert pack_evaluation_key(ring_, unpack_evaluation_key(ring_, run.evaluation_key)) == (
        run.evaluation_key
    )


@pytest.mark.parametrize("wrong", [b"", b"\x00" * 100, b"\xff"])
def test_a_wrong_evaluation_key_is_refused(wrong: bytes, parties) -> None:
    run = parties("bgv-8192-152")
    with pytest.raises(InvalidKey):
        unpack_evaluation_key(ring(run.parameters), wrong)
    with pytest.raises(InvalidKey):
        unpack_evaluation_key(ring(run.parameters), b"\xff" * run.parameters.evaluation_key_bytes)


def test_an_honest_public_key_is_accepted_with_its_prescribed_half(parties) -> None:
    run = parties("bgv-8192-104")
    nonce = bytes(range(32))
    polynomials = unpack_public_key(ring(PARAMETERS), nonce, run.public_key)
    assert np.array_equal(polynomials[1], prescribed_polynomial(PARAMETERS, nonce))
    assert pack(polynomials[:1], PARAMETERS.primes) == run.public_key
