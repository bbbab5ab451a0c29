"""BGV byte formats and SEAL contexts: what the blind side and the key side both need.

Decides how polynomials on the wire become SEAL objects and back. Holds no key and evaluates
nothing; authenticity of the bytes is the caller's business and comes first.

Rules:
 * The wire carries packed polynomials only. Every SEAL header is written here from the
   parameters, never taken from a peer: a foreign header could change level, form or values.
 * Length, range and number of polynomials are checked before SEAL sees anything, and SEAL checks
   again; whatever it refuses is an ``InvalidCiphertext`` or ``InvalidKey`` without its wording.
 * The second polynomial of a public key is prescribed by the run's nonce, so that nobody can
   hand out a key under which the columns lie open, such as (0, 0), or one from another run.
 * Contexts are made once per process and parameter set; they take tens of milliseconds.
"""

from __future__ import annotations

import hashlib
import math
import struct
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import seal
from numpy.typing import NDArray

from matcher.core.binding import Domain, bound, number, sha256
from matcher.core.errors import InvalidCiphertext, InvalidKey
from matcher.core.packing import pack, unpack
from matcher.core.parameters import BgvParameters

Residues = NDArray[np.uint64]

_SEAL_HEADER_BYTES = 16
_MAGIC_AND_VERSION_BYTES = 8
_ARRAY_HEADER_BYTES = 24
_CIPHERTEXT_HEADER_BYTES = 113
_LARGEST_RECYCLED_BLOCK = 24 << 20

# A uniform residue is this close to 0 with probability 2^-19, or exactly 0 with probability
# 2^-47; more than a handful among 8192 does not happen to a key that was made as agreed.
_SMALL_SHIFT = 20
_TOLERATED = 8


@dataclass(frozen=True, slots=True)
class Ring:
    """SEAL's objects for one parameter set; levels count dropped primes."""

    parameters: BgvParameters
    context: seal.SEALContext
    encoder: seal.BatchEncoder
    evaluator: seal.Evaluator
    preamble: bytes
    level_ids: tuple[bytes, ...]
    key_id: bytes

    def primes(self, level: int) -> tuple[int, ...]:
        """Return the primes left at ``level``."""
        return self.parameters.primes[: len(self.parameters.primes) - level]


@lru_cache(maxsize=8)
def ring(parameters: BgvParameters) -> Ring:
    """Return the process's SEAL context for ``parameters``."""
    # The C library returns freed blocks of this size to the system until it has seen a larger
    # one come and go; serialising a ciphertext is 25 times faster once it keeps them.
    del_me = bytearray(_LARGEST_RECYCLED_BLOCK)
    del del_me
    settings = seal.EncryptionParameters(seal.scheme_type.bgv)
    settings.set_poly_modulus_degree(parameters.degree)
    settings.set_plain_modulus(seal.Modulus(parameters.plain_modulus))
    settings.set_coeff_modulus([seal.Modulus(prime) for prime in parameters.key_primes])
    context = seal.SEALContext(settings)
    if not context.parameters_set():
        raise InvalidKey(f"SEAL refuses the parameter set {parameters.name}")
    return Ring(
        parameters=parameters,
        context=context,
        encoder=seal.BatchEncoder(context),
        evaluator=seal.Evaluator(context),
        preamble=settings.to_bytes(seal.compr_mode_type.none)[:_MAGIC_AND_VERSION_BYTES],
        level_ids=_level_ids(context),
        key_id=_id_bytes(context.key_context_data().parms_id()),
    )


def unpack_column(ring_: Ring, packed: bytes) -> seal.Ciphertext:
    """Return a provider's column chunk as a fresh ciphertext.

    Raises:
        InvalidCiphertext: wrong length, a residue out of range, or not encrypted at all.
    """
    residues = unpack(packed, 2, ring_.primes(0), ring_.parameters.degree)
    if not residues[1].any():
        raise InvalidCiphertext("a column is not encrypted")
    return load_ciphertext(ring_, residues, 0)


def pack_column(ring_: Ring, ciphertext: seal.Ciphertext) -> bytes:
    """Return a fresh ciphertext as wire bytes."""
    return pack(residues_of(ring_, ciphertext, 0), ring_.primes(0))


def unpack_output(ring_: Ring, packed: bytes) -> seal.Ciphertext:
    """Return an output chunk as a ciphertext modulo the first prime.

    Raises:
        InvalidCiphertext: wrong length or a residue out of range.
    """
    last = len(ring_.level_ids) - 1
    residues = unpack(packed, 2, ring_.primes(last), ring_.parameters.degree)
    return load_ciphertext(ring_, residues, last)


def pack_output(ring_: Ring, ciphertext: seal.Ciphertext) -> bytes:
    """Return a flooded ciphertext at the last level as wire bytes.

    Raises:
        InvalidCiphertext: it has not exactly two polynomials: a third gives the mask away.
    """
    last = len(ring_.level_ids) - 1
    return pack(residues_of(ring_, ciphertext, last), ring_.primes(last))


def load_ciphertext(
    ring_: Ring, residues: Residues, level: int, *, transformed: bool = True
) -> seal.Ciphertext:
    """Return residues of shape (polynomials, primes, degree) as a ciphertext at ``level``.

    Args:
        ring_: where it lives.
        residues: in range.
        level: primes dropped.
        transformed: whether the residues are in number-theoretic transform; if not, SEAL
            transforms them while loading.

    Raises:
        InvalidCiphertext: SEAL refuses it.
    """
    header = _ciphertext_header(ring_, ring_.level_ids[level], residues.shape, transformed)
    try:
        return ring_.context.from_cipher_str(header + residues.tobytes())
    except (ValueError, RuntimeError):
        raise InvalidCiphertext("a ciphertext does not fit its parameters") from None


def residues_of(ring_: Ring, ciphertext: seal.Ciphertext, level: int) -> Residues:
    """Return the two polynomials of a ciphertext at ``level``, shape (2, primes, degree).

    Raises:
        InvalidCiphertext: it is at another level or has a third polynomial.
    """
    primes = ring_.primes(level)
    if ciphertext.size() != 2 or ciphertext.coeff_modulus_size() != len(primes):
        raise InvalidCiphertext("only ciphertexts of two polynomials are ever packed")
    data = ciphertext.to_string(seal.compr_mode_type.none)
    return words_at(data, _CIPHERTEXT_HEADER_BYTES, (2, len(primes), ring_.parameters.degree))


def prescribed_polynomial(parameters: BgvParameters, nonce: bytes) -> Residues:
    """Return the run's pk₁, shape (key primes, degree), in number-theoretic transform.

    Per prime: SHAKE-256 of the bound nonce's SHA-256 and the prime's index (four bytes
    big-endian), read as 8-byte little-endian words cut to the prime's bit length; words that
    are not below the prime are skipped.
    """
    seed = sha256(bound(Domain.PUBLIC_POLYNOMIAL, nonce))
    return np.stack(
        [
            _expand(seed + number(index), prime, parameters.degree)
            for index, prime in enumerate(parameters.key_primes)
        ]
    )


def unpack_public_key(ring_: Ring, nonce: bytes, packed: bytes) -> seal.PublicKey:
    """Return the public key (pk₀ from the wire, pk₁ from the nonce).

    Raises:
        InvalidKey: wrong length or range, or a pk₀ that protects nothing.
    """
    parameters = ring_.parameters
    try:
        first = unpack(packed, 1, parameters.key_primes, parameters.degree)[0]
    except InvalidCiphertext:
        raise InvalidKey("a public key has the wrong length or range") from None
    _refuse_trivial(ring_, first)
    return public_key(ring_, np.stack([first, prescribed_polynomial(parameters, nonce)]))


def public_key(ring_: Ring, polynomials: Residues) -> seal.PublicKey:
    """Return polynomials of shape (2, key primes, degree) as a public key.

    Raises:
        InvalidKey: SEAL refuses it.
    """
    try:
        return ring_.context.from_public_str(_key_bytes(ring_, polynomials))
    except (ValueError, RuntimeError):
        raise InvalidKey("a public key does not fit its parameters") from None


def public_key_residues(ring_: Ring, key: seal.PublicKey) -> Residues:
    """Return the polynomials of a public key, shape (2, key primes, degree)."""
    shape = (2, len(ring_.parameters.key_primes), ring_.parameters.degree)
    return words_at(key.to_string(), _CIPHERTEXT_HEADER_BYTES, shape)


def pack_evaluation_key(ring_: Ring, keys: seal.RelinKeys) -> bytes:
    """Return relinearisation keys as wire bytes."""
    parameters = ring_.parameters
    shape = (2, len(parameters.key_primes), parameters.degree)
    data = keys.to_string()
    start = len(_evaluation_key_header(ring_)) + _CIPHERTEXT_HEADER_BYTES
    stride = _CIPHERTEXT_HEADER_BYTES + 8 * math.prod(shape)
    return b"".join(
        pack(words_at(data, start + index * stride, shape), parameters.key_primes)
        for index in range(len(parameters.primes))
    )


def unpack_evaluation_key(ring_: Ring, packed: bytes) -> seal.RelinKeys:
    """Return relinearisation keys.

    Raises:
        InvalidKey: wrong length or a residue out of range.
    """
    parameters = ring_.parameters
    count = len(parameters.primes)
    try:
        polynomials = unpack(packed, 2 * count, parameters.key_primes, parameters.degree)
        header = _evaluation_key_header(ring_)
        keys = [
            _key_bytes(ring_, pair) for pair in polynomials.reshape(count, 2, -1, parameters.degree)
        ]
        return ring_.context.from_relin_str(b"".join((header, *keys)))
    except (InvalidCiphertext, ValueError, RuntimeError):
        raise InvalidKey("a relinearisation key does not fit its parameters") from None


def words_at(data: bytes, offset: int, shape: tuple[int, ...]) -> Residues:
    """Return the words that SEAL wrote at ``offset``, in ``shape``.

    A copy, because SEAL's headers leave the words unaligned.
    """
    words = np.frombuffer(data, dtype=np.uint8)[offset : offset + 8 * math.prod(shape)]
    return words.copy().view("<u8").reshape(shape)


def _refuse_trivial(ring_: Ring, first: Residues) -> None:
    """Refuse a pk₀ that is zero or small modulo any data prime: it hides no message."""
    level_primes = ring_.primes(0)
    data = first[: len(level_primes)]
    zeros = max(int((residues == 0).sum()) for residues in data)
    if zeros > _TOLERATED:
        raise InvalidKey("a public key protects nothing")
    # The second polynomial is a stand-in: SEAL does not load a ciphertext without one.
    probe = load_ciphertext(ring_, np.stack([data, data]), 0)
    plain = ring_.evaluator.transform_from_ntt(probe)
    coefficients = residues_of(ring_, plain, 0)[0]
    for residues, prime in zip(coefficients, level_primes, strict=True):
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


def _key_bytes(ring_: Ring, polynomials: Residues) -> bytes:
    header = _ciphertext_header(ring_, ring_.key_id, polynomials.shape, transformed=True)
    return header + polynomials.tobytes()


def _ciphertext_header(
    ring_: Ring,
    parms_id: bytes,
    shape: tuple[int, ...],
    transformed: bool,  # noqa: FBT001
) -> bytes:
    """Return SEAL's header of a ciphertext: scale 1, correction factor 1."""
    polynomials, primes, degree = shape
    count = polynomials * primes * degree
    fields = struct.pack("<32s?QQQdQ", parms_id, transformed, polynomials, degree, primes, 1.0, 1)
    total = _SEAL_HEADER_BYTES + len(fields) + _ARRAY_HEADER_BYTES + 8 * count
    array = struct.pack("<8sQQ", ring_.preamble, _ARRAY_HEADER_BYTES + 8 * count, count)
    return struct.pack("<8sQ", ring_.preamble, total) + fields + array


def _evaluation_key_header(ring_: Ring) -> bytes:
    """Return SEAL's header of relinearisation keys: one key power, one key per data prime."""
    parameters = ring_.parameters
    count = len(parameters.primes)
    body = 2 * len(parameters.key_primes) * parameters.degree * 8
    size = _SEAL_HEADER_BYTES + 48 + count * (_CIPHERTEXT_HEADER_BYTES + body)
    return struct.pack("<8sQ32sQQ", ring_.preamble, size, ring_.key_id, 1, count)


def _level_ids(context: seal.SEALContext) -> tuple[bytes, ...]:
    ids = []
    data: seal.ContextData | None = context.first_context_data()
    while data is not None:
        ids.append(_id_bytes(data.parms_id()))
        data = data.next_context_data()
    return tuple(ids)


def _id_bytes(parms_id: seal.ParmsId) -> bytes:
    return struct.pack("<4Q", *parms_id)
