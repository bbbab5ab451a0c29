"""The rules a roster's codes keep, whoever made it.

A provider applies them to a roster before it answers; they are the same for every scheme.

Rules:
 * Codes are slot-major: a slot of a household has as many places as the plan has seats. Zeros stand
   for no code; members sit anywhere among the places of their slot.
 * Control slots carry no code. All other slots carry at least one, unless another agency of the
   same role has the rest.
 * No code is there twice: two slots of one person, differing in what else is asked about them,
   would tell the requester more than a verdict.
 * A message names no slot and no code.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.core.errors import ControlMismatch, DuplicateCode

CODE_BYTES = 16


def check_codes(
    codes: NDArray[np.uint8],
    control_slots: NDArray[np.int64],
    seats: int = 1,
    *,
    alone: bool = True,
) -> None:
    """Check a roster's codes against the control slots it was sealed with.

    Args:
        codes: C-contiguous, shape (slots·seats, 16).
        control_slots: global slot numbers, ascending, each within the slots of ``codes``.
        seats: places of a slot; 1 for persons.
        alone: whether the roster's receiver is the only agency of its role.

    Raises:
        ControlMismatch: a control slot carries a code, or another slot none that has to.
        DuplicateCode: two places carry the same code.
    """
    halves = codes.view(np.uint64)
    empty = (halves[:, 0] | halves[:, 1]) == 0
    deserted = empty.reshape(-1, seats).all(axis=1)
    if not deserted[control_slots].all():
        raise ControlMismatch("a control slot carries a code")
    if alone and np.count_nonzero(deserted) != len(control_slots):
        raise ControlMismatch("a slot that is no control slot carries no code")
    # Equal codes have equal first halves; those are rare otherwise, and quickly sorted.
    ordered = np.sort(halves[~empty, 0])
    if (ordered[1:] == ordered[:-1]).any():
        _refuse_duplicates(halves[~empty])


def _refuse_duplicates(halves: NDArray[np.uint64]) -> None:
    ordered = halves[np.lexsort((halves[:, 1], halves[:, 0]))]
    if (ordered[1:] == ordered[:-1]).all(axis=1).any():
        raise DuplicateCode(
            "the roster asks for the same person twice", fix="list every person once"
        )
