"""What a run tells whoever waits for it: the stage it is in, and afterwards what each stage took.

Rules:
 * Numbers are chunks and bytes, never subjects with an attribute or a verdict.
 * The clock is monotonic and injected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from matcher.core.identifiers import AgencyId


class Stage(StrEnum):
    """The stages of a run as its requester sees them, in order.

    ``keys``: making the run's key. ``rosters``: seating and writing who sits where. ``create``:
    fetching cards, signing and announcing the run. ``upload``: sealing and sending keys and
    rosters. ``collect``: waiting for the agencies' columns. ``evaluate``: waiting for the matcher
    or the enclave after the last column. ``download``: fetching and verifying. ``open``: opening
    with the run's key. ``write``: writing the verdict file.
    """

    KEYS = "keys"
    ROSTERS = "rosters"
    CREATE = "create"
    UPLOAD = "upload"
    COLLECT = "collect"
    EVALUATE = "evaluate"
    DOWNLOAD = "download"
    OPEN = "open"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run is.

    Attributes:
        stage: the current one.
        done: chunks done in this stage, 0 where a stage has no chunks.
        total: chunks to do, 0 where a stage has no chunks.
        awaited: agencies that have not answered yet, as far as is known.
    """

    stage: Stage
    done: int = 0
    total: int = 0
    awaited: tuple[AgencyId, ...] = ()


Watcher = Callable[[Progress], None]


class Stopwatch:
    """Adds up seconds by stage."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seconds: dict[Stage, float] = {}

    @contextmanager
    def measuring(self, stage: Stage) -> Iterator[None]:
        """Add the time spent inside to ``stage``."""
        begun = self._clock()
        try:
            yield
        finally:
            self.add(stage, self._clock() - begun)

    def add(self, stage: Stage, seconds: float) -> None:
        """Add ``seconds`` to ``stage``."""
        self._seconds[stage] = self._seconds.get(stage, 0.0) + seconds

    def spent(self, stage: Stage) -> float:
        """Return the seconds added to ``stage`` so far."""
        return self._seconds.get(stage, 0.0)

    def now(self) -> float:
        """Return the clock's reading in seconds."""
        return self._clock()

    @property
    def seconds(self) -> Mapping[Stage, float]:
        """Seconds by stage, in the order of the stages; those that did not occur are missing."""
        return MappingProxyType(
            {stage: self._seconds[stage] for stage in Stage if stage in self._seconds}
        )
