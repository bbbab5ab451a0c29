"""What a designer's tests need from whoever can evaluate blindly on this machine.

A designer's own code holds neither a blind evaluator nor an enclave; the command line brings one
that plays every party of a run, with real keys, in one process.

Rules:
 * Answers go in as an agency would give them, decisions come out as a requester would read them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from matcher.core.plan import Plan


class InProcess(Protocol):
    """Carries out a plan, as its scheme would between agencies."""

    def decide(self, plan: Plan, answers: Sequence[NDArray[np.int32]]) -> NDArray[np.uint8]:
        """Return one decision a subject, shape (subjects,).

        Args:
            plan: of any scheme and kind of column.
            answers: to every question of the plan in its order, each of shape (subjects,).
        """
        ...


# A function, so that nothing heavy is loaded before it is needed.
InProcessLoader: TypeAlias = Callable[[], InProcess]
