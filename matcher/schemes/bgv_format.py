"""BGV rings and the bytes of ciphertexts: what the blind side and the key side both need.

Decides how polynomials on the wire become SEAL's ciphertexts and back (keys: ``bgv_key_format``).
Holds no key and evaluates nothing; that the bytes are authentic has been checked by the caller.

Rules:
 * The wire carries packed polynomials only. Every SEAL header is written here from the
   parameters, never taken from a peer: a foreign header could change level, form or values.
 * Length, range and number of polynomials are checked before SEAL sees anything, and SEAL checks
   again; whatever it refuses is an ``InvalidCiphertext`` without its wording.
 * Contexts are made once per process and parameter set; they take tens of milliseconds.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import seal
from numpy.typing import NDArray

from matcher.core.bgv_parameters import BgvParameters
from matcher.core.errors import InvalidCiphertext, InvalidKey
from matcher.core.packing import pack, unpack
from matcher.process.memory import keep_freed_memory

Residues = NDArray[np.uint64]

SEAL_HEADER_BYTES = 16
_MAGIC_AND_VERSION_BYTES = 8
_ARRAY_HEADER_BYTES = 24
CIPHERTEXT_HEADER_BYTES = 113
PLAINTEXT_HEADER_BYTES = 88


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
    keep_freed_memory()
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
    header = ciphertext_header(ring_, ring_.level_ids[level], residues.shape, transformed)
    ciphertext = seal.Ciphertext()
    try:
        # Half the time of the context's `from_cipher_str`: two copies fewer.
        ciphertext.load_bytes(ring_.context, header + residues.tobytes())
    except (ValueError, RuntimeError):
        raise InvalidCiphertext("a ciphertext does not fit its parameters") from None
    return ciphertext


def load_polynomial(ring_: Ring, coefficients: NDArray[np.int64]) -> seal.Plaintext:
    """Return coefficients in -t/2 .. t/2, shape (degree,), as a plaintext polynomial."""
    t = ring_.parameters.plain_modulus
    reduced = np.where(coefficients < 0, coefficients + t, coefficients).astype("<u8")
    array_bytes = _ARRAY_HEADER_BYTES + reduced.nbytes
    fields = struct.pack("<32sQd", bytes(32), reduced.size, 1.0)
    total = SEAL_HEADER_BYTES + len(fields) + array_bytes
    header = struct.pack("<8sQ", ring_.preamble, total) + fields
    array = struct.pack("<8sQQ", ring_.preamble, array_bytes, reduced.size)
    return ring_.context.from_plain_str(header + array + reduced.tobytes())


def coefficients_of(ring_: Ring, plain: seal.Plaintext) -> NDArray[np.int64]:
    """Return the coefficients of an encoded plaintext, 0 .. t-1, shape (degree,)."""
    data = plain.to_bytes(seal.compr_mode_type.none)
    return words_at(data, PLAINTEXT_HEADER_BYTES, (ring_.parameters.degree,)).view(np.int64)


def residues_of(ring_: Ring, ciphertext: seal.Ciphertext, level: int) -> Residues:
    """Return the two polynomials of a ciphertext at ``level``, shape (2, primes, degree).

    Raises:
        InvalidCiphertext: it is at another level or has a third polynomial.
    """
    primes = ring_.primes(level)
    if ciphertext.size() != 2 or ciphertext.coeff_modulus_size() != len(primes):
        raise InvalidCiphertext("only ciphertexts of two polynomials are ever packed")
    data = ciphertext.to_string(seal.compr_mode_type.none)
    return words_at(data, CIPHERTEXT_HEADER_BYTES, (2, len(primes), ring_.parameters.degree))


def words_at(data: bytes, offset: int, shape: tuple[int, ...]) -> Residues:
    """Return the words that SEAL wrote at ``offset``, in ``shape``.

    A copy, because SEAL's headers leave the words unaligned.
    """
    words = np.frombuffer(data, dtype=np.uint8)[offset : offset + 8 * math.prod(shape)]
    return words.copy().view("<u8").reshape(shape)


def ciphertext_header(
    ring_: Ring,
    parms_id: bytes,
    shape: tuple[int, ...],
    transformed: bool,  # noqa: FBT001
) -> bytes:
    """Return SEAL's header of a ciphertext: scale 1, correction factor 1."""
    polynomials, primes, degree = shape
    count = polynomials * primes * degree
    fields = struct.pack("<32s?QQQdQ", parms_id, transformed, polynomials, degree, primes, 1.0, 1)
    total = SEAL_HEADER_BYTES + len(fields) + _ARRAY_HEADER_BYTES + 8 * count
    array = struct.pack("<8sQQ", ring_.preamble, _ARRAY_HEADER_BYTES + 8 * count, count)
    return struct.pack("<8sQ", ring_.preamble, total) + fields + array


def _level_ids(context: seal.SEALContext) -> tuple[bytes, ...]:
    ids = []
    data: seal.ContextData | None = context.first_context_data()
    while data is not None:
        ids.append(_id_bytes(data.parms_id()))
        data = data.next_context_data()
    return tuple(ids)


def _id_bytes(parms_id: seal.ParmsId) -> bytes:
    return struct.pack("<4Q", *parms_id)
