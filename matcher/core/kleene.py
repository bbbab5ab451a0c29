"""Kleene's strong three-valued logic, vectorised over subjects or slots.

Rules:
 * ``false && unknown`` is false, ``true || unknown`` is true; otherwise unknown spreads.
 * A count is certainly reached by what certainly holds, and certainly not where even all that may
   hold falls short.

Source: S. C. Kleene, Introduction to Metamathematics (1952), § 64.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

TRUE, FALSE, UNKNOWN = 0, 1, 2


class Truth(NamedTuple):
    """Certainly true and certainly false, each of shape (n,); never both."""

    holds: NDArray[np.bool_]
    fails: NDArray[np.bool_]

    def negated(self) -> Truth:
        """Return the negation."""
        return Truth(self.fails, self.holds)

    def codes(self) -> NDArray[np.uint8]:
        """Return 0 (true), 1 (false) or 2 (unknown), shape (n,)."""
        codes = np.full(self.holds.shape, UNKNOWN, dtype=np.uint8)
        codes[self.fails] = FALSE
        codes[self.holds] = TRUE
        return codes


def all_hold(parts: Sequence[Truth]) -> Truth:
    """Return the conjunction of ``parts``, at least one, all of the same shape."""
    return Truth(
        np.logical_and.reduce([part.holds for part in parts]),
        np.logical_or.reduce([part.fails for part in parts]),
    )


def any_holds(parts: Sequence[Truth]) -> Truth:
    """Return the disjunction of ``parts``, at least one, all of the same shape."""
    return all_hold([part.negated() for part in parts]).negated()


def at_least(count: int, parts: Sequence[Truth]) -> Truth:
    """Return where ``count`` of ``parts`` hold; at least one part, all of the same shape."""
    holding = np.sum([part.holds for part in parts], axis=0)
    failing = np.sum([part.fails for part in parts], axis=0)
    return Truth(holding >= count, len(parts) - failing < count)


def some_of_group(least: int, members: Truth, group_of: NDArray[np.integer], groups: int) -> Truth:
    """Return where at least ``least`` members of a group hold, shape (groups,).

    Args:
        least: positive.
        members: shape (rows,).
        group_of: the group of every row, shape (rows,).
        groups: how many there are; one without rows has no member that holds.
    """
    certain = np.bincount(group_of[members.holds], minlength=groups)
    possible = np.bincount(group_of[~members.fails], minlength=groups)
    return Truth(certain >= least, possible < least)
