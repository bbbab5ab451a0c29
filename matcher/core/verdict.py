"""The answers a run can give, and how decrypted bounds become one of them.

A **decision** is one code a subject: a verdict, and for the eligible the tier of the programme's
outcomes that applies. Tier 0 has the code of ``ELIGIBLE``, tier k the code ``2 + k``, so that where
a programme has no outcomes decisions and verdicts are the same numbers.

Rules:
 * The first tier whose pessimistic output is 0 is the outcome.
 * The pessimistic output is 0 iff the predicate certainly holds, the optimistic output is
   non-zero iff it certainly does not.
 * Anything between is undetermined: a fact is missing, and somebody has to look.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class Verdict(IntEnum):
    """What a run says about one subject; the lower-case name is the word used in files."""

    ELIGIBLE = 0
    INELIGIBLE = 1
    UNDETERMINED = 2

    @property
    def word(self) -> str:
        """The word used in files and messages."""
        return self.name.lower()


def decision_of_tier(tier: int) -> int:
    """Return the code of being eligible in ``tier``, counted from 0."""
    return int(Verdict.ELIGIBLE) if tier == 0 else int(Verdict.UNDETERMINED) + tier


def verdicts_of(decisions: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the ``Verdict`` of every decision, same shape."""
    return np.where(decisions > Verdict.UNDETERMINED, Verdict.ELIGIBLE, decisions).astype(np.uint8)


def tiers_of(decisions: NDArray[np.uint8]) -> NDArray[np.int8]:
    """Return the tier of every decision, -1 where the subject is not eligible, same shape."""
    tiers = np.full(decisions.shape, -1, dtype=np.int8)
    tiers[decisions == Verdict.ELIGIBLE] = 0
    beyond = decisions > Verdict.UNDETERMINED
    tiers[beyond] = decisions[beyond].astype(np.int8) - int(Verdict.UNDETERMINED)
    return tiers


def decisions_of(
    pessimistic: Sequence[NDArray[np.bool_]], impossible: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Return the decision of every subject, shape (n,).

    Args:
        pessimistic: tier by tier, where it certainly applies; each of shape (n,), at least one.
        impossible: where the subject is certainly not eligible, shape (n,).
    """
    decisions = np.full(impossible.shape, Verdict.UNDETERMINED, dtype=np.uint8)
    decisions[impossible] = Verdict.INELIGIBLE
    for tier in reversed(range(len(pessimistic))):
        decisions[pessimistic[tier]] = decision_of_tier(tier)
    return decisions
