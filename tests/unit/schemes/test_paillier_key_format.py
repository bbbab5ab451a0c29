from __future__ import annotations

import hashlib
import math

import gmpy2
import pytest

from clients.schemes.paillier import PaillierSecretKey
from matcher.core.errors import InvalidKey
from matcher.schemes.paillier_format import modulus_of
from matcher.schemes.paillier_key_format import challenges, pack_public_key, unpack_public_key
from tests.paillier_run import NONCE, PARAMETERS, factors, modulus, secret_key

SIZE = PARAMETERS.modulus_bytes
_TOP = 1 << 3071


def parts(packed: bytes) -> list[int]:
    return [
        int.from_bytes(packed[start : start + SIZE], "big") for start in range(0, len(packed), SIZE)
    ]


def joined(numbers: list[int]) -> bytes:
    return b"".join(one.to_bytes(SIZE, "big") for one in numbers)


def refused(packed: bytes, match: str) -> None:
    with pytest.raises(InvalidKey, match=match) as refusal:
        unpack_public_key(PARAMETERS, NONCE, packed)
    assert not refusal.value.where


def test_a_key_is_the_modulus_and_the_roots_of_the_runs_challenges() -> None:
    packed = secret_key().public_key()
    assert len(packed) == PARAMETERS.public_key_bytes
    n, *roots = parts(packed)
    p, q = factors()
    assert n == p * q
    expected = [int(one) for one in challenges(PARAMETERS, NONCE, modulus())]
    assert [pow(root, n, n) for root in roots] == expected
    assert unpack_public_key(PARAMETERS, NONCE, packed).n == n


def test_challenges_are_those_the_page_describes() -> None:
    n = int(modulus().n)
    encoded = n.to_bytes(SIZE, "big")
    seed = hashlib.sha256(b"fusuma/v1/modulus-challenge\x00" + NONCE + encoded).digest()
    for index, challenge in enumerate(challenges(PARAMETERS, NONCE, modulus())):
        stream = hashlib.shake_256(seed + index.to_bytes(4, "big")).digest(64 * SIZE)
        pieces = parts(stream)
        assert challenge == next(x for x in pieces if 0 < x < n and math.gcd(x, n) == 1)


def test_challenges_are_units_however_many_numbers_are_not() -> None:
    small = modulus_of(gmpy2.mpz(3 * 5 * 7))
    for index in range(40):
        for challenge in challenges(PARAMETERS, bytes([index]), small):
            assert math.gcd(int(challenge), 105) == 1
            assert 0 < challenge < 105


def test_every_run_and_modulus_has_challenges_of_its_own() -> None:
    ours = set(challenges(PARAMETERS, NONCE, modulus()))
    assert len(ours) == PARAMETERS.proofs
    assert not ours & set(challenges(PARAMETERS, bytes(32), modulus()))
    assert not ours & set(challenges(PARAMETERS, NONCE, modulus_of(modulus().n + 2)))


def test_a_key_proved_for_another_run_is_refused() -> None:
    other = PaillierSecretKey(PARAMETERS, bytes(32), secret_key()._private)
    refused(other.public_key(), "proof")


@pytest.mark.parametrize("which", range(8))
def test_every_root_counts(which) -> None:
    numbers = parts(secret_key().public_key())
    numbers[1 + which] ^= 1
    refused(joined(numbers), "proof")


def test_a_root_has_one_form_only() -> None:
    numbers = parts(secret_key().public_key())
    numbers[1] += numbers[0]
    refused(joined(numbers), "proof")
    refused(joined([numbers[0], *[0] * 8]), "proof")


@pytest.mark.parametrize("change", [-1, 1], ids=["cut", "extended"])
def test_a_key_of_wrong_length_is_refused(change) -> None:
    packed = secret_key().public_key()
    refused((packed + b"\x00")[: len(packed) + change], "length")


# Moduli that a proof could be made for, or that need none to be useless; with any roots at all.
USELESS: dict[str, tuple[int, str]] = {
    "zero": (0, "length"),
    "one bit short": ((1 << 3071) - 1, "length"),
    "even": (_TOP + 2, "nothing"),
    "a multiple of 3": (_TOP + 3 - _TOP % 3, "nothing"),
    "a multiple of the greatest prime below t": (65521 * ((1 << 3056) + 817), "nothing"),
}


@pytest.mark.parametrize("case", USELESS)
def test_a_modulus_that_hides_nothing_is_refused(case) -> None:
    n, reason = USELESS[case]
    refused(joined([n, *parts(secret_key().public_key())[1:]]), reason)


def test_a_prime_could_prove_itself_and_is_refused_for_being_one() -> None:
    n = gmpy2.mpz(_TOP + 2291)
    assert gmpy2.is_prime(n)
    exponent = gmpy2.invert(n, n - 1)
    prime = modulus_of(n)
    roots = [gmpy2.powmod(one, exponent, n) for one in challenges(PARAMETERS, NONCE, prime)]
    assert gmpy2.powmod(roots[0], n, n) == next(challenges(PARAMETERS, NONCE, prime))
    refused(pack_public_key(prime, roots), "nothing")


def one_factor_divides_the_order_of_the_other() -> tuple[int, int]:
    p = (gmpy2.mpz(3) << 766) + 65
    times = (gmpy2.mpz(1) << 3071) // (p * p)
    times += times // 7 + 1172
    return int(p), int(2 * (times // 2) * p + 1)


def test_a_modulus_with_a_factor_in_common_with_its_order_has_no_proof() -> None:
    p, q = one_factor_divides_the_order_of_the_other()
    assert gmpy2.is_prime(p)
    assert gmpy2.is_prime(q)
    assert (q - 1) % p == 0
    crooked = modulus_of(gmpy2.mpz(p * q))
    # The best its maker can do: roots of those challenges that happen to have one.
    exponent = gmpy2.invert(crooked.n, (p - 1) * (q - 1) // p)
    roots = [
        gmpy2.powmod(one, exponent, crooked.n) for one in challenges(PARAMETERS, NONCE, crooked)
    ]
    refused(pack_public_key(crooked, roots), "proof")


def test_a_square_has_no_proof() -> None:
    p = gmpy2.isqrt(gmpy2.mpz(_TOP)) + 1689
    assert gmpy2.is_prime(p)
    square = modulus_of(p * p)
    exponent = gmpy2.invert(square.n, p - 1)
    roots = [gmpy2.powmod(one, exponent, square.n) for one in challenges(PARAMETERS, NONCE, square)]
    refused(pack_public_key(square, roots), "proof")


def test_a_key_with_more_than_two_factors_is_accepted_if_it_has_the_proof() -> None:
    # What the proof does not show: how many factors there are, and who knows them.
    primes = [int(gmpy2.next_prime((1 << 1023) + (index << 1020))) for index in range(5, 8)]
    n = gmpy2.mpz(math.prod(primes))
    assert n.bit_length() == PARAMETERS.modulus_bits
    order = math.prod(prime - 1 for prime in primes)
    exponent = gmpy2.invert(n, order)
    three = modulus_of(n)
    roots = [gmpy2.powmod(one, exponent, n) for one in challenges(PARAMETERS, NONCE, three)]
    assert unpack_public_key(PARAMETERS, NONCE, pack_public_key(three, roots)).n == n
