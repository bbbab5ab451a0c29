"""What it means that the place for a run's data is gone: the run has ended.

A run may end at any moment, and its folder goes with it. Whoever is storing for it then finds no
such file; the caller is told why, not that the server has a fault.

Rules:
 * A missing place of a run that has not ended is a fault, and stays one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from matcher.service.runs import LiveRun


@contextmanager
def storing_for(run: LiveRun) -> Iterator[None]:
    """Store something of ``run`` inside.

    Raises:
        RunExpired, RunConflict: the run ended meanwhile, and its folder is gone.
    """
    try:
        yield
    except FileNotFoundError:
        run.require_live()
        raise
