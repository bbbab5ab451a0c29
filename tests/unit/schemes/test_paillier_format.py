from __future__ import annotations

import gmpy2

from matcher.schemes.paillier_format import modulus_of, pack_ciphertexts, unpack_ciphertexts
from tests.paillier_run import PARAMETERS, SLOTS, columns, modulus, numbers


def test_a_slot_is_a_number_of_fixed_length_big_endian() -> None:
    column = columns()[0]
    loaded = unpack_ciphertexts(modulus(), SLOTS, column)
    assert loaded == numbers(column)
    assert pack_ciphertexts(modulus(), loaded) == column
    small = pack_ciphertexts(modulus(), [gmpy2.mpz(258)])
    assert small == bytes(2 * PARAMETERS.modulus_bytes - 2) + b"\x01\x02"


def test_a_modulus_knows_its_square_and_its_length() -> None:
    small = modulus_of(gmpy2.mpz(65537 * 65539))
    assert (small.square, small.size) == ((65537 * 65539) ** 2, 5)
