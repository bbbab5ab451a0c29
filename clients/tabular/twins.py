"""Finds a text that stands twice in a column, or twice within one part of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clients.tabular.rows import Array


def first_twins(
    texts: Array, parts: NDArray[np.integer[Any]] | None = None
) -> tuple[int, int] | None:
    """Return the first row whose text was there before, behind the row where it was.

    Args:
        texts: n texts.
        parts: number of the part every row belongs to, shape (n,); texts of different parts may be
            the same. None takes the column as one part.
    """
    numbered = texts.dictionary_encode()
    if len(numbered.dictionary) == len(texts):
        return None
    numbers = numbered.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    if parts is not None:
        numbers = numbers * (int(parts.max()) + 1) + parts
    order = np.argsort(numbers, kind="stable")
    same = np.flatnonzero(np.diff(numbers[order]) == 0)
    if not len(same):
        return None
    # Equal numbers keep their order, so that every repetition comes right behind the row before.
    second = int(order[same + 1].min())
    return int(np.flatnonzero(numbers == numbers[second])[0]), second
