from __future__ import annotations

import math

import pytest

from matcher.core.bgv_parameters import BGV_SETS, BgvParameters
from matcher.core.circuit import Circuit, Miss, Product, Sum, Unselected
from matcher.core.errors import TooDeep
from matcher.core.lattice_parameters import CLASSICAL_128_BITS, PLAIN_MODULUS
from matcher.core.parameter_choice import choose_parameters

ROWS = list(BGV_SETS.values())


def conjunction(columns: int) -> Circuit:
    return Sum(tuple(map(Miss, range(columns))))


def alternatives(*widths: int) -> Circuit:
    """A disjunction whose branches are conjunctions of that many columns."""
    return Product(tuple(conjunction(width) if width > 1 else Miss(0) for width in widths))


CHOICES: dict[str, tuple[Circuit, str]] = {
    "one literal": (Miss(0), "bgv-8192-104"),
    "two agencies": (conjunction(2), "bgv-8192-104"),
    "eight columns": (conjunction(8), "bgv-8192-104"),
    "8 and 7 classes": (
        Sum((Unselected(tuple(range(7))), Unselected(tuple(range(8, 14))))),
        "bgv-8192-104",
    ),
    "32 columns": (conjunction(32), "bgv-8192-112"),
    "64 and 64 classes": (
        Sum((Unselected(tuple(range(64))), Unselected(tuple(range(64, 128))))),
        "bgv-8192-112",
    ),
    "two alternatives": (alternatives(1, 1), "bgv-8192-152"),
    "two alternatives of four": (alternatives(4, 4), "bgv-8192-152"),
    "alternatives over 64 classes": (
        Product((Unselected(tuple(range(64))), Unselected(tuple(range(64, 128))))),
        "bgv-8192-168",
    ),
    "four alternatives of four": (alternatives(4, 4, 4, 4), "bgv-8192-192"),
}


@pytest.mark.parametrize("case", CHOICES)
def test_the_cheapest_sufficient_set_is_chosen(case: str) -> None:
    circuit, name = CHOICES[case]
    assert choose_parameters(ROWS, [circuit], 128).name == name


def test_all_outputs_of_a_plan_share_the_set_of_the_hardest() -> None:
    chosen = choose_parameters(ROWS, [conjunction(2), alternatives(1, 1)], 2)
    assert chosen.name == "bgv-8192-152"


def test_five_alternatives_are_too_deep() -> None:
    with pytest.raises(TooDeep):
        choose_parameters(ROWS, [alternatives(1, 1, 1, 1, 1)], 5)


def test_a_sum_that_could_wrap_around_to_a_hit_is_too_deep() -> None:
    with pytest.raises(TooDeep):
        choose_parameters(ROWS, [Sum((Miss(0),) * PLAIN_MODULUS)], 1)


def test_a_circuit_may_not_read_columns_the_plan_lacks() -> None:
    with pytest.raises(ValueError, match="column"):
        choose_parameters(ROWS, [conjunction(3)], 2)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_row_has_128_bits_of_security(row: BgvParameters) -> None:
    assert row.degree == 8192
    assert (
        math.prod(row.key_primes).bit_length() == row.log2_modulus <= CLASSICAL_128_BITS[row.degree]
    )
    assert ("quantum" in row.security) == (row.log2_modulus <= 202)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_primes_are_prime_distinct_and_leave_the_plaintext_alone(row: BgvParameters) -> None:
    assert len(set(row.key_primes)) == len(row.key_primes)
    for prime in row.key_primes:
        assert pow(3, prime - 1, prime) == 1
        assert prime % (2 * row.degree) == 1
    for prime in row.primes:
        assert prime % row.plain_modulus == 1


def test_every_non_zero_mask_is_sixteen_random_bits() -> None:
    assert all(row.plain_modulus - 1 == 2**16 for row in ROWS)


def test_sizes_on_the_wire() -> None:
    row = BGV_SETS["bgv-8192-104"]
    assert row.ciphertext_bytes == 8192 * 26
    assert row.output_bytes == 8192 * 12
    assert row.public_key_bytes == 8192 * 13
    assert BGV_SETS["bgv-8192-152"].evaluation_key_bytes == 3 * 2 * 8192 * 22


def test_rows_come_cheapest_first() -> None:
    sizes = [row.ciphertext_bytes for row in ROWS]
    assert sizes == sorted(sizes)
