"""How the typed values of one chunk are laid out before they are sealed to an enclave.

A value column carries one unsigned little-endian number a slot: the attribute's code counted from
the low end of its domain, for an absent value the number after the last one, and for nobody the
number after that. Nothing is encrypted here, and control slots are not told apart.

Rules:
 * The width depends on the catalogue entry alone: 1, 2 or 4 bytes, the smallest that holds the
   domain, absence and nobody. So the length of a column says nothing about what is in it.
 * A number beyond is refused on both sides, and so is nobody where an agency has everybody; an
   enclave never meets a code outside the domain.
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


def pack_values(
    attribute: Attribute, answers: NDArray[np.int32], *, elsewhere: bool = False
) -> bytes:
    """Return ``answers`` as the bytes of a value column.

    Args:
        attribute: the catalogue entry.
        answers: one code a slot; ``attribute.absent_code`` where the value is absent.
        elsewhere: whether ``attribute.absent_code + 1``, nobody, may be among them.

    Raises:
        InvalidMessage: an answer is neither a code of the domain nor what else it may be.
    """
    offsets = answers.astype(np.int64) - attribute.low
    _refuse_outside(attribute, offsets, elsewhere=elsewhere)
    return offsets.astype(_width_of(attribute)).tobytes()


def unpack_values(
    attribute: Attribute, data: bytes, count: int, *, elsewhere: bool = False
) -> NDArray[np.int32]:
    """Return the ``count`` answer codes that ``pack_values`` laid out in ``data``.

    Raises:
        InvalidMessage: the length is not that of ``count`` values, or a number lies beyond the last
            one there can be.
    """
    width = _width_of(attribute)
    if len(data) != count * width.itemsize:
        raise InvalidMessage(
            f"a column of {attribute.name} does not have {count} values of {width.itemsize} bytes"
        )
    offsets = np.frombuffer(data, dtype=width).astype(np.int64)
    _refuse_outside(attribute, offsets, elsewhere=elsewhere)
    return (offsets + attribute.low).astype(np.int32)


def _width_of(attribute: Attribute) -> np.dtype[np.unsignedinteger]:
    largest = attribute.absent_code + 1 - attribute.low
    return next(width for width in _WIDTHS if largest <= np.iinfo(width).max)


def _refuse_outside(attribute: Attribute, offsets: NDArray[np.int64], *, elsewhere: bool) -> None:
    largest = attribute.absent_code + elsewhere - attribute.low
    if offsets.size and (offsets.min() < 0 or offsets.max() > largest):
        raise InvalidMessage(f"a value of {attribute.name} lies outside its domain")
