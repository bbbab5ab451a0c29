"""Finds the rows of an agency's table for the link codes of a roster.

The index is built once when the table is loaded and asked for one chunk at a time while a run is
answered. It does not know what is in the rows.

Rules:
 * All 16 bytes of a code decide; the first bytes only tell where to look.
 * A code that is not in the table has row -1: that person is unknown here, which is an answer
   (absence), never an error.
 * Link codes are digests, so they are spread evenly and a direct index on their leading bits finds
   a row in a few steps, whatever the size of the table.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from matcher.core.binding import link_code

CODE_BYTES = 16
_MOST_INDEX_BITS = 24


def hash_identifiers(identifiers: Iterable[str]) -> NDArray[np.uint8]:
    """Return the link codes of ``identifiers``, shape (n, 16), in their order."""
    joined = b"".join(map(link_code, identifiers))
    return np.frombuffer(joined, dtype=np.uint8).reshape(-1, CODE_BYTES)


class CodeIndex:
    """Rows by link code, for a table whose codes are all different.

    Args:
        codes: the link codes of all rows, shape (rows, 16).
    """

    __slots__ = ("_high", "_low", "_rows", "_shift", "_start")

    def __init__(self, codes: NDArray[np.uint8]) -> None:
        high, low = _halves(codes)
        order = np.lexsort((low, high))
        self._high = high[order]
        self._low = low[order]
        self._rows = order.astype(np.int32)
        bits = min(_MOST_INDEX_BITS, max(1, len(codes).bit_length()))
        self._shift = np.uint64(64 - bits)
        edges = np.arange(2**bits, dtype=np.uint64) << self._shift
        self._start = np.searchsorted(self._high, edges).astype(np.int32)

    def __len__(self) -> int:
        return len(self._rows)

    def duplicate(self) -> tuple[int, int] | None:
        """Return the rows of two equal codes, the lower one first, or None where all differ."""
        same = (self._high[1:] == self._high[:-1]) & (self._low[1:] == self._low[:-1])
        pairs = np.flatnonzero(same)
        if not pairs.size:
            return None
        first, second = sorted(int(self._rows[pairs[0] + step]) for step in (0, 1))
        return first, second

    def rows_of(self, codes: NDArray[np.uint8]) -> NDArray[np.int32]:
        """Return the row of every code in ``codes``, shape (n, 16); -1 where there is none."""
        high, low = _halves(codes)
        rows = np.full(len(codes), -1, dtype=np.int32)
        if not len(self):
            return rows
        # Follow all codes through their bucket at once; each step drops those that are decided.
        wanted = np.arange(len(codes))
        at = self._start[(high >> self._shift).astype(np.intp)]
        while wanted.size:
            inside = at < len(self)
            wanted, at = wanted[inside], at[inside]
            here = self._high[at]
            target = high[wanted]
            found = (here == target) & (self._low[at] == low[wanted])
            rows[wanted[found]] = self._rows[at[found]]
            further = (here <= target) & ~found
            wanted, at = wanted[further], at[further] + 1
        return rows


def _halves(codes: NDArray[np.uint8]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    words = np.ascontiguousarray(codes).view(">u8").astype(np.uint64)
    return words[:, 0].copy(), words[:, 1].copy()
