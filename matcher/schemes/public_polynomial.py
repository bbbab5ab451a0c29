"""What every scheme on ring learning with errors demands of a public key's two polynomials.

Decides which second polynomial a run has and which first polynomials hide nothing. Knows no
library; where the polynomials lie in a key is the scheme's.

Rules:
 * The second polynomial is prescribed by the run's nonce and not on the wire, so that nobody can
   hand out a key under which the columns lie open, such as (0, 0), or one that was made for
   another run.
 * A first polynomial that is zero or small modulo a data prime hides nothing and is refused.
   Whether its maker knows who else knows the secret, no check can tell.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.core.binding import Domain, bound, number, sha256
from matcher.core.errors import InvalidKey

# A uniform residue is this close to 0 with probability 2^-19, or exactly 0 with probability
# 2^-47 (2^-20 modulo the special prime); more than a handful among 8192 does not happen to a key
# that was made as agreed.
_SMALL_SHIFT = 20
_TOLERATED = 8


def prescribed_polynomial(primes: Sequence[int], degree: int, nonce: bytes) -> NDArray[np.uint64]:
    """Return a run's pk₁, shape (primes, degree), in number-theoretic transform.

    Per prime: SHAKE-256 of the bound nonce's SHA-256 and the prime's index (four bytes
    big-endian), read as 8-byte little-endian words cut to the prime's bit length; words that
    are not below the prime are skipped.
    """
    seed = sha256(bound(Domain.PUBLIC_POLYNOMIAL, nonce))
    return np.stack(
        [_expand(seed + number(index), prime, degree) for index, prime in enumerate(primes)]
    )


def refuse_zero(transformed: NDArray[np.uint64]) -> None:
    """Refuse a pk₀ that is zero modulo any prime.

    Args:
        transformed: in number-theoretic transform, shape (primes, degree).

    Raises:
        InvalidKey: it hides no message.
    """
    if max(int((residues == 0).sum()) for residues in transformed) > _TOLERATED:
        raise InvalidKey("a public key protects nothing")


def refuse_small(coefficients: NDArray[np.uint64], primes: Sequence[int]) -> None:
    """Refuse a pk₀ whose coefficients are small modulo any data prime.

    Args:
        coefficients: out of the transform, shape (data primes, degree).
        primes: the data primes.

    Raises:
        InvalidKey: it hides no message.
    """
    for residues, prime in zip(coefficients, primes, strict=True):
        distance = np.minimum(residues, np.uint64(prime) - residues)
        if int((distance < (prime >> _SMALL_SHIFT)).sum()) > _TOLERATED:
            raise InvalidKey("a public key protects nothing")


def _expand(seed: bytes, prime: int, degree: int) -> NDArray[np.uint64]:
    mask = np.uint64((1 << prime.bit_length()) - 1)
    count = degree + degree // 8
    while True:
        stream = hashlib.shake_256(seed).digest(8 * count)
        words = np.frombuffer(stream, dtype="<u8") & mask
        kept = words[words < np.uint64(prime)]
        if kept.size >= degree:
            return kept[:degree]
        count *= 2
