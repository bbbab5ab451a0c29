"""The three answers a run can give, and how two decrypted bounds become one of them.

Rules:
 * The pessimistic output is 0 iff the predicate certainly holds, the optimistic output is
   non-zero iff it certainly does not.
 * Anything between is undetermined: a fact is missing, and somebody has to look.
"""

from __future__ import annotations

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


def decide(pessimistic: NDArray[np.uint64], optimistic: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Return one ``Verdict`` a slot from the decrypted outputs of both bounds.

    Args:
        pessimistic: masked values of the pessimistic output, shape (slots,).
        optimistic: masked values of the optimistic output, same shape; the same array where one
            output serves both bounds.
    """
    verdicts = np.full(pessimistic.shape, Verdict.UNDETERMINED, dtype=np.uint8)
    verdicts[optimistic != 0] = Verdict.INELIGIBLE
    verdicts[pessimistic == 0] = Verdict.ELIGIBLE
    return verdicts
