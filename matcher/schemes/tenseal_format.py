"""TenSEAL's objects as bytes in memory: what BFV and CKKS share on both sides.

Decides how rings are made and how polynomials become what TenSEAL reads, and back. TenSEAL has
two interfaces, whose objects do not mix except as bytes:

* its vectors (``tenseal.bfv_vector``): encrypt, add, multiply and decrypt, and read and write
  messages in memory, but only under parameters that a message names, and cannot drop a prime;
* SEAL itself (``tenseal.sealapi``): takes any primes, makes keys and drops primes, but reads and
  writes only what has the name of a file.

Holds no key and evaluates nothing; that the bytes are authentic has been checked by the caller.

Rules:
 * Every header that is loaded is written here from the parameters, never taken from a peer.
 * What SEAL wants in a file is in a file that exists in memory only: keys never reach a disk.
 * SEAL's words come out of Zstandard, the one form TenSEAL writes; only what this process wrote
   is ever expanded.
 * Rings are made once per process and parameter set; they take tens of milliseconds.
"""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import tenseal
from numpy.typing import NDArray
from tenseal import sealapi

from matcher.core.bfv_parameters import BfvParameters
from matcher.core.ckks_parameters import CkksParameters
from matcher.core.errors import InvalidCiphertext, InvalidKey

Residues: TypeAlias = NDArray[np.uint64]
ParmsId: TypeAlias = tuple[int, int, int, int]

SEAL_HEADER_BYTES = 16
CIPHERTEXT_HEADER_BYTES = 113
SECRET_KEY_HEADER_BYTES = 88
_ARRAY_HEADER_BYTES = 24
_MAGIC_AND_VERSION_BYTES = 5
_UNCOMPRESSED = bytes(3)

_WITH_LEVELS = True

# TenSEAL's flag for relinearising products; never for rescaling or switching behind our back.
_RELINEARISE = 1


@dataclass(frozen=True, slots=True)
class Ring:
    """SEAL's objects for one parameter set; levels count dropped primes.

    Attributes:
        parameters: of the set.
        settings: the same as SEAL writes them.
        context: of ``sealapi``.
        evaluator: of ``sealapi``.
        preamble: the first eight bytes of everything SEAL writes uncompressed.
        level_ids: SEAL's identity of the parameters at every level.
        key_id: SEAL's identity of the parameters of keys.
    """

    parameters: BfvParameters | CkksParameters
    settings: bytes
    context: Any
    evaluator: Any
    preamble: bytes
    level_ids: tuple[ParmsId, ...]
    key_id: ParmsId

    def primes(self, level: int) -> tuple[int, ...]:
        """Return the primes left at ``level``."""
        return self.parameters.primes[: len(self.parameters.primes) - level]

    @property
    def last(self) -> int:
        """The level of outputs, where only the first prime is left."""
        return len(self.level_ids) - 1


@lru_cache(maxsize=8)
def ring(parameters: BfvParameters | CkksParameters) -> Ring:
    """Return the process's SEAL context for ``parameters``.

    Raises:
        InvalidKey: SEAL refuses the parameters.
    """
    settings = _settings(parameters)
    context = sealapi.SEALContext(settings, _WITH_LEVELS, sealapi.SEC_LEVEL_TYPE.TC128)
    if not context.parameters_set():
        raise InvalidKey(f"SEAL refuses the parameter set {parameters.name}")
    written = saved(settings)
    return Ring(
        parameters=parameters,
        settings=written,
        context=context,
        evaluator=sealapi.Evaluator(context),
        preamble=written[:_MAGIC_AND_VERSION_BYTES] + _UNCOMPRESSED,
        level_ids=_level_ids(context),
        key_id=_parms_id(context.key_parms_id()),
    )


def saved(sealed: Any) -> bytes:
    """Return an object of ``sealapi`` as SEAL writes it: a header, then Zstandard."""
    with _file_in_memory() as (descriptor, path):
        sealed.save(path)
        return os.pread(descriptor, os.fstat(descriptor).st_size, 0)


def load_into(ring_: Ring, empty: Any, data: bytes) -> None:
    """Fill an empty object of ``sealapi`` with what SEAL wrote or a header of ours and words.

    Raises:
        ValueError | RuntimeError: SEAL refuses it.
    """
    with _file_in_memory() as (descriptor, path):
        os.write(descriptor, data)
        empty.load(ring_.context, path)


def load_ciphertext(ring_: Ring, data: bytes) -> Any:
    """Return a ciphertext of ``sealapi``.

    Raises:
        InvalidCiphertext: SEAL refuses it.
    """
    ciphertext = sealapi.Ciphertext()
    try:
        load_into(ring_, ciphertext, data)
    except (ValueError, RuntimeError):
        raise InvalidCiphertext("a ciphertext does not fit its parameters") from None
    return ciphertext


def words_in(data: bytes, header_bytes: int, shape: tuple[int, ...]) -> Residues:
    """Return the words, in ``shape``, that follow a header in what SEAL wrote.

    Raises:
        InvalidCiphertext: there are more or fewer.
    """
    body = expanded(data, header_bytes - SEAL_HEADER_BYTES + 8 * math.prod(shape))
    return words_at(body, header_bytes - SEAL_HEADER_BYTES, shape)


def expanded(data: bytes, size: int) -> NDArray[np.uint8]:
    """Return the ``size`` bytes that follow SEAL's own header, out of Zstandard.

    Raises:
        InvalidCiphertext: there are more or fewer.
    """
    try:
        found = pa.decompress(data[SEAL_HEADER_BYTES:], decompressed_size=size, codec="zstd")
    except OSError:
        raise InvalidCiphertext("a ciphertext does not fit its parameters") from None
    return np.frombuffer(found, dtype=np.uint8)


def words_at(data: NDArray[np.uint8], offset: int, shape: tuple[int, ...]) -> Residues:
    """Return the words at ``offset``, in ``shape``.

    A copy, because SEAL's headers leave the words unaligned.
    """
    return data[offset : offset + 8 * math.prod(shape)].copy().view("<u8").reshape(shape)


def residues_in(ring_: Ring, data: bytes, level: int) -> Residues:
    """Return the two polynomials of a ciphertext that SEAL wrote, shape (2, primes, degree).

    Raises:
        InvalidCiphertext: it is at another level or has not exactly two polynomials.
    """
    shape = (2, len(ring_.primes(level)), ring_.parameters.degree)
    return words_in(data, CIPHERTEXT_HEADER_BYTES, shape)


def ciphertext_bytes(
    ring_: Ring,
    residues: Residues,
    parms_id: ParmsId,
    *,
    transformed: bool,
    scale: float = 1.0,
) -> bytes:
    """Return residues of shape (polynomials, primes, degree) as SEAL writes a ciphertext.

    Public keys have the same form. Loading checks that every residue is in range.

    Args:
        ring_: where it lives.
        residues: in range.
        parms_id: one of the ring's ``level_ids``, or its ``key_id``.
        transformed: whether they are in number-theoretic transform: keys and CKKS are, BFV is not.
        scale: of CKKS.
    """
    polynomials, primes, degree = residues.shape
    count = polynomials * primes * degree
    fields = struct.pack("<4Q?QQQdQ", *parms_id, transformed, polynomials, degree, primes, scale, 1)
    array_bytes = _ARRAY_HEADER_BYTES + 8 * count
    array = struct.pack("<8sQQ", ring_.preamble, array_bytes, count)
    total = SEAL_HEADER_BYTES + len(fields) + array_bytes
    header = struct.pack("<8sQ", ring_.preamble, total) + fields + array
    return header + residues.astype("<u8", copy=False).tobytes()


def vector_context(
    ring_: Ring,
    *,
    public_key: bytes = b"",
    relinearisation_key: bytes = b"",
    secret_key: bytes = b"",
) -> tenseal.Context:
    """Return a context for TenSEAL's vectors, with the keys given as SEAL writes them.

    Raises:
        InvalidKey: SEAL refuses a key.
    """
    public = b"".join(
        (
            _field(1, public_key) if public_key else b"",
            bytes((2 << 3, _RELINEARISE)),
            _field(4, relinearisation_key) if relinearisation_key else b"",
        )
    )
    message = _field(1, ring_.settings) + _field(2, public)
    if secret_key:
        message += _field(3, _field(1, secret_key))
    try:
        return tenseal.context_from(message, n_threads=1)
    except (ValueError, RuntimeError):
        raise InvalidKey("a key does not fit its parameters") from None


def vector_bytes(ciphertext: bytes, slots: int, scale: float | None = None) -> bytes:
    """Return a ciphertext as the message of one of TenSEAL's vectors; ``scale`` for CKKS."""
    message = _field(1, _varint(slots)) + _field(2, ciphertext)
    return message if scale is None else message + struct.pack("<Bd", 3 << 3 | 1, scale)


def ciphertext_in(vector: bytes) -> bytes:
    """Return the ciphertext in a message that TenSEAL wrote for a vector of one ciphertext."""
    at = 0
    while at < len(vector):
        tag = vector[at]
        length, start = _read_varint(vector, at + 1)
        if tag == 2 << 3 | 2:
            return vector[start : start + length]
        at = start + length
    raise ValueError("a vector without a ciphertext")


def _settings(parameters: BfvParameters | CkksParameters) -> Any:
    kinds = sealapi.SCHEME_TYPE
    bfv = isinstance(parameters, BfvParameters)
    settings = sealapi.EncryptionParameters(kinds.BFV if bfv else kinds.CKKS)
    settings.set_poly_modulus_degree(parameters.degree)
    settings.set_coeff_modulus([sealapi.Modulus(prime) for prime in parameters.key_primes])
    if isinstance(parameters, BfvParameters):
        settings.set_plain_modulus(sealapi.Modulus(parameters.plain_modulus))
    return settings


def _level_ids(context: Any) -> tuple[ParmsId, ...]:
    ids = []
    data = context.first_context_data()
    while data is not None:
        ids.append(_parms_id(data.parms_id()))
        data = data.next_context_data()
    return tuple(ids)


def _parms_id(words: list[int]) -> ParmsId:
    first, second, third, fourth = words
    return first, second, third, fourth


@contextmanager
def _file_in_memory() -> Iterator[tuple[int, str]]:
    """Yield a file that only this process sees: its descriptor and a name to open it by."""
    descriptor = os.memfd_create("seal")
    try:
        yield descriptor, f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def _field(number: int, data: bytes) -> bytes:
    """Return a length-delimited field of a protocol buffer."""
    return bytes((number << 3 | 2,)) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value, shift = 0, 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
