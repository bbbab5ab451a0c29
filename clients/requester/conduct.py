"""How a run is carried out: who is told, what is timed, how long a lost matcher is borne with.

Rules:
 * One conduct serves one run.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from clients.requester.patience import Patience
from clients.requester.progress import Progress, Stage, Stopwatch, Watcher
from clients.requester.unanswered import Unanswered

_OUTAGE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Conduct:
    """What every step of one run shares.

    Attributes:
        watcher: is told of progress.
        stopwatch: adds up seconds by stage.
        patience: for calls about a run that the matcher knows.
        unanswered: whom the run waits for.
    """

    watcher: Watcher | None = None
    stopwatch: Stopwatch = field(default_factory=lambda: Stopwatch(time.perf_counter))
    patience: Patience = field(default_factory=lambda: Patience(_OUTAGE_SECONDS, time.monotonic))
    unanswered: Unanswered = field(default_factory=Unanswered)

    def tell(self, stage: Stage, done: int = 0, total: int = 0) -> None:
        """Tell the watcher, if there is one."""
        if self.watcher is not None:
            self.watcher(Progress(stage, done, total, self.unanswered.agencies))
