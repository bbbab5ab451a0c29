from __future__ import annotations

import pytest

from matcher.core.controls import CANARIES_PER_CHUNK
from matcher.core.errors import InvalidConfiguration
from matcher.core.lattice_parameters import PLAIN_MODULUS
from matcher.core.paillier_parameters import PAILLIER_SETS, PaillierParameters

NAMED = PAILLIER_SETS["paillier-3072"]


def test_the_named_set_has_128_bits_against_classical_computers_only() -> None:
    assert NAMED.modulus_bits == 3072
    assert not NAMED.resists_quantum
    assert NAMED.security == (
        "128 bits of security against classical computers: a modulus of 3072 bits; none against "
        "quantum computers"
    )


def test_its_proofs_leave_less_than_two_to_the_minus_128() -> None:
    assert PLAIN_MODULUS**NAMED.proofs > 2**128


def test_sizes_follow_from_the_modulus() -> None:
    assert NAMED.ciphertext_bytes == NAMED.output_bytes == 64 * 768
    assert NAMED.public_key_bytes == 9 * 384
    assert NAMED.evaluation_key_bytes == 0


def test_a_chunk_seats_more_people_than_canaries_and_slots_divide_16_bits() -> None:
    assert NAMED.slots > 2 * CANARIES_PER_CHUNK
    assert 65536 % NAMED.slots == 0


@pytest.mark.parametrize("bits", [2048, 3064, 3071, 3073])
def test_a_modulus_outside_the_security_table_does_not_exist(bits) -> None:
    with pytest.raises(InvalidConfiguration, match=r"small: a modulus of \d+ bits is not of the"):
        PaillierParameters("small", bits, 64, 8)


def test_a_set_with_fewer_proofs_does_not_exist() -> None:
    with pytest.raises(InvalidConfiguration, match="7 proofs show less than 128 bits"):
        PaillierParameters("unproved", 3072, 64, 7)
