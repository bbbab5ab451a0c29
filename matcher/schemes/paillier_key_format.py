"""The bytes of Paillier public keys, and what makes a public key acceptable.

Decides which moduli anybody encrypts under. Holds no secret; ciphertexts are ``paillier_format``'s.

A public key is n, then k n-th roots modulo n, each big-endian in the bytes of n. The roots prove
that gcd(n, φ(n)) = 1: protocol P_Paillier-N of Goldberg, Reyzin, Sagga and Baldimtsi, "Efficient
Noninteractive Certification of RSA Moduli and Beyond" (ASIACRYPT 2019, eprint 2018/057, section
3.2), made noninteractive as described there, with their bound on prime factors set to t = 65537.
Where no prime below t divides n and gcd(n, φ(n)) is not 1, the n-th power maps at least t units to
one, so that a random unit has a root with probability at most 1/t. Eight challenges leave t^-8,
which is 2^-128, for every time somebody tries.

Rules:
 * The challenges are the run's: who has a key of another run, and not its factors, cannot use it.
   With seed = SHA-256 of the bound nonce (32 bytes) and n, challenge i is read from
   SHAKE-256(seed ‖ i as four bytes big-endian) in pieces as long as n, big-endian; the first that
   lies in 1 .. n-1 and has no factor in common with n.
 * gcd(n, φ(n)) = 1 means that every number prime to n is the encryption of exactly one message
   under exactly one r: a masked and blinded output has the same distribution whoever made n. It
   means, too, that n has no square factor and is no power.
 * No factor below t: what a circuit counts to is a unit modulo n, so that a mask makes it uniform.
   A prime passes all this and hides nothing: it is refused.
 * That n has two large factors that only its maker knows is not shown; its maker could as well
   hand out the factors.
 * Whatever is wrong with a key is an ``InvalidKey``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import lru_cache

import gmpy2

from matcher.core.binding import Domain, bound, number, sha256
from matcher.core.errors import InvalidKey
from matcher.core.lattice_parameters import PLAIN_MODULUS
from matcher.core.paillier_parameters import PaillierParameters
from matcher.schemes.paillier_format import Modulus, Number, modulus_of

_PIECES = 8


def challenges(parameters: PaillierParameters, nonce: bytes, modulus: Modulus) -> Iterator[Number]:
    """Yield the units whose n-th roots prove ``modulus`` in the run with ``nonce``."""
    encoded = int(modulus.n).to_bytes(modulus.size, "big")
    seed = sha256(bound(Domain.MODULUS_CHALLENGE, nonce, encoded))
    for index in range(parameters.proofs):
        yield _expand(seed + number(index), modulus)


def pack_public_key(modulus: Modulus, roots: Sequence[Number]) -> bytes:
    """Return a modulus and the roots of its challenges as wire bytes."""
    return b"".join(int(one).to_bytes(modulus.size, "big") for one in (modulus.n, *roots))


def unpack_public_key(parameters: PaillierParameters, nonce: bytes, packed: bytes) -> Modulus:
    """Return the modulus of a public key that is fit for the run with ``nonce``.

    Raises:
        InvalidKey: wrong length, a modulus that hides nothing, or a proof that does not hold.
    """
    if len(packed) != parameters.public_key_bytes:
        raise InvalidKey("a public key has the wrong length")
    size = parameters.modulus_bytes
    n, *roots = (
        gmpy2.mpz(int.from_bytes(packed[start : start + size], "big"))
        for start in range(0, len(packed), size)
    )
    if n.bit_length() != parameters.modulus_bits:
        raise InvalidKey("a modulus has the wrong length")
    # A prime never fails the test for primes, whatever its maker did.
    if gmpy2.gcd(n, small_primes()) != 1 or gmpy2.is_prime(n):
        raise InvalidKey("a public key protects nothing")
    modulus = modulus_of(n)
    for root, challenge in zip(roots, challenges(parameters, nonce, modulus), strict=True):
        if not 0 < root < n or gmpy2.powmod(root, n, n) != challenge:
            raise InvalidKey("a public key lacks the proof that it is fit for this run")
    return modulus


@lru_cache(maxsize=1)
def small_primes() -> Number:
    """Return the product of all primes below t, 2 included."""
    return gmpy2.primorial(PLAIN_MODULUS - 1)


def _expand(seed: bytes, modulus: Modulus) -> Number:
    count = _PIECES
    while True:
        stream = hashlib.shake_256(seed).digest(count * modulus.size)
        for start in range(0, len(stream), modulus.size):
            drawn = gmpy2.mpz(int.from_bytes(stream[start : start + modulus.size], "big"))
            if 0 < drawn < modulus.n and gmpy2.gcd(drawn, modulus.n) == 1:
                return drawn
        count *= 2
