from __future__ import annotations

import math

import pytest

from matcher.core.bfv_parameters import BFV_SETS, BfvParameters
from matcher.core.lattice_parameters import CLASSICAL_128_BITS
from matcher.core.scheme import Scheme

ROWS = list(BFV_SETS.values())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_row_has_128_bits_of_security_and_primes_with_a_transform(
    row: BfvParameters,
) -> None:
    assert row.scheme is Scheme.BFV
    assert row.name == f"bfv-8192-{math.prod(row.primes).bit_length()}"
    assert row.log2_modulus <= CLASSICAL_128_BITS[row.degree]
    for prime in row.key_primes:
        assert pow(3, prime - 1, prime) == 1
        assert prime % (2 * row.degree) == 1


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_modulus_is_one_modulo_the_plaintexts(row: BfvParameters) -> None:
    assert row.modulus(0) % row.plain_modulus == 1
    assert row.plain_modulus - 1 == 2**16


def test_a_public_key_has_the_special_prime_too() -> None:
    row = BFV_SETS["bfv-8192-104"]
    assert row.public_key_bytes == 8192 * (6 + 7 + 3)
    assert row.ciphertext_bytes == 8192 * 26
    assert row.output_bytes == 8192 * 12


def test_rows_come_cheapest_first() -> None:
    sizes = [row.ciphertext_bytes for row in ROWS]
    assert sizes == sorted(sizes)
