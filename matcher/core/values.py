"""How the typed values of one chunk are laid out before they are sealed to an enclave.

A value column carries one unsigned little-endian number a slot: the attribute's code counted from
the low end of its domain, and for an absent value the number after the last one. Nothing is
encrypted here, and control slots are not told apart.

Rules:
 * The width depends on the catalogue entry alone: 1, 2 or 4 bytes, the smallest that holds the
   domain and absence. So the length of a column says nothing about what is in it.
 * A number beyond absence is refused on both sides; an enclave never meets a code outside the
   domain.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.core.catalogue import Attribute
from matcher.core.errors import InvalidMessage

_WIDTHS = (np.dtype("<u1"), np.dtype("<u2"), np.dtype("<u4"))


def bytes_per_value(attribute: Attribute) -> int:
    """Return how many bytes one slot of a value column of ``attribute`` takes."""
    return _width_of(attribute).itemsize


def pack_values(attribute: Attribute, answers: NDArray[np.int32]) -> bytes:
    """Return ``answers`` as the bytes of a value column.

    Args:
        attribute: the catalogue entry.
        answers: one code a slot; ``attribute.absent_code`` where the value is absent.

    Raises:
        InvalidMessage: an answer is neither a code of the domain nor absence.
    """
    offsets = answers.astype(np.int64) - attribute.low
    _refuse_outside(attribute, offsets)
    return offsets.astype(_width_of(attribute)).tobytes()


def unpack_values(attribute: Attribute, data: bytes, count: int) -> NDArray[np.int32]:
    """Return the ``count`` answer codes that ``pack_values`` laid out in ``data``.

    Raises:
        InvalidMessage: the length is not that of ``count`` values, or a number lies beyond absence.
    """
    width = _width_of(attribute)
    if len(data) != count * width.itemsize:
        raise InvalidMessage(
            f"a column of {attribute.name} does not have {count} values of {width.itemsize} bytes"
        )
    offsets = np.frombuffer(data, dtype=width).astype(np.int64)
    _refuse_outside(attribute, offsets)
    return (offsets + attribute.low).astype(np.int32)


def _width_of(attribute: Attribute) -> np.dtype[np.unsignedinteger]:
    span = attribute.absent_code - attribute.low
    return next(width for width in _WIDTHS if span <= np.iinfo(width).max)


def _refuse_outside(attribute: Attribute, offsets: NDArray[np.int64]) -> None:
    span = attribute.absent_code - attribute.low
    if offsets.size and (offsets.min() < 0 or offsets.max() > span):
        raise InvalidMessage(f"a value of {attribute.name} lies outside its domain")
