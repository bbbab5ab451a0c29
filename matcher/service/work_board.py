"""Who is watching for work, and what to tell them.

Rules:
 * A watcher is told of a run at most once a stream; the run itself says whether it still waits.
 * Nobody is told of a run that does not ask them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from matcher.core.identifiers import AgencyId
from matcher.service.runs import LiveRun


class WorkBoard:
    """The queues of all open ``WatchWork`` streams."""

    def __init__(self) -> None:
        self._watchers: dict[AgencyId, set[asyncio.Queue[LiveRun]]] = {}

    @contextmanager
    def watch(self, provider: AgencyId) -> Iterator[asyncio.Queue[LiveRun]]:
        """Give a queue of the runs that become ready for ``provider`` from now on."""
        queue: asyncio.Queue[LiveRun] = asyncio.Queue()
        watchers = self._watchers.setdefault(provider, set())
        watchers.add(queue)
        try:
            yield queue
        finally:
            watchers.discard(queue)

    def offer(self, run: LiveRun) -> None:
        """Tell the watchers of every provider of ``run`` that it is ready."""
        for provider in run.terms.providers:
            for queue in self._watchers.get(provider, ()):
                queue.put_nowait(run)
