from __future__ import annotations

import math
from dataclasses import replace

import pytest

from matcher.core.ckks_parameters import CKKS_SETS, CkksParameters
from matcher.core.errors import InvalidConfiguration
from matcher.core.lattice_parameters import CLASSICAL_128_BITS

ROWS = list(CKKS_SETS)


def is_prime(number: int) -> bool:
    """Miller and Rabin's test, certain below 3.3·10^24 for these bases."""
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41):
        powers = [pow(base, odd << k, number) for k in range(twos)]
        if powers[0] != 1 and number - 1 not in powers:
            return False
    return True


@pytest.mark.parametrize("name", ROWS)
def test_primes_give_a_transform_and_stay_inside_the_security_table(name: str) -> None:
    row = CKKS_SETS[name]
    assert len(set(row.key_primes)) == len(row.key_primes)
    assert all(is_prime(prime) and prime % (2 * row.degree) == 1 for prime in row.key_primes)
    assert math.prod(row.key_primes).bit_length() <= CLASSICAL_128_BITS[row.degree]
    assert row.resists_quantum


@pytest.mark.parametrize("name", ROWS)
def test_a_chunk_fits_into_a_message_and_slots_into_a_roster(name: str) -> None:
    row = CKKS_SETS[name]
    assert row.ciphertext_bytes <= 1000 * 1024
    assert 2**16 % row.slots == 0
    assert row.output_bytes < row.ciphertext_bytes


def test_names_say_degree_and_bits() -> None:
    for row in CKKS_SETS.values():
        bits = sum(prime.bit_length() for prime in row.primes)
        assert row.name == f"ckks-{row.degree}-{bits}"


def test_a_set_whose_values_would_wrap_around_does_not_exist() -> None:
    row = CKKS_SETS["ckks-8192-152"]
    assert replace(row, value_bits=row.value_bits).name == row.name
    with pytest.raises(InvalidConfiguration, match="do not fit into a modulus"):
        replace(row, mask_bits=row.mask_bits + 1)


def test_a_set_above_the_security_table_does_not_exist() -> None:
    row = CKKS_SETS["ckks-8192-168"]
    with pytest.raises(InvalidConfiguration, match="above the security table"):
        replace(row, primes=CKKS_SETS["ckks-16384-240"].primes)


@pytest.mark.parametrize("field", ["scale_bits", "mask_scale_bits", "mask_bits", "value_bits"])
def test_a_plans_digest_covers_scales_and_masks(field: str) -> None:
    row = CKKS_SETS["ckks-8192-152"]
    assert replace(row, **{field: getattr(row, field) - 1}).to_json() != row.to_json()


@pytest.mark.parametrize("name", ROWS)
def test_the_advantage_is_what_the_range_of_masks_leaves(name: str) -> None:
    row = CKKS_SETS[name]
    assert row.advantage == pytest.approx(1 / row.mask_bits)
    assert row.advantage_over(4) == pytest.approx(2 / row.mask_bits)
    assert row.advantage_over(1) == 0
    assert row.advantage_over(1 << (row.mask_bits + 1)) == 1


def test_every_set_limits_the_decryptions_of_a_key() -> None:
    assert CkksParameters.most_decryptions == 1024
