"""The worker processes that evaluate, and what happens when one of them dies.

Rules:
 * Workers are started afresh (spawn), so that they share no lock, socket or key with the server.
 * ``start`` returns when every worker is warm.
 * A worker that dies takes no run with it: the pool is rebuilt, and what was in it is tried once
   more, each job alone in a process of its own. Who dies there too, fails.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import TypeVar

from matcher.core.errors import RunFailed, Unreachable
from matcher.core.scheme import Scheme
from matcher.service.evaluation import (
    Evaluated,
    EvaluationJob,
    KeyFiles,
    check_keys,
    evaluate,
    prepare_worker,
)

_T = TypeVar("_T")
_A = TypeVar("_A")
_START_SECONDS = 60.0
_POLL_SECONDS = 0.25

log = logging.getLogger(__name__)


class EvaluationPool:
    """A fixed number of warm worker processes."""

    def __init__(self, workers: int, schemes: Sequence[Scheme]) -> None:
        self.workers = workers
        self._schemes = tuple(schemes)
        self._pool: ProcessPoolExecutor | None = None
        self._rebuilding = asyncio.Lock()

    async def start(self) -> None:
        """Start the workers and wait until all are warm.

        Raises:
            Unreachable: they do not start.
        """
        self._pool = await self._build(self.workers)

    async def check_keys(self, keys: KeyFiles) -> None:
        """Check the keys of a run in a worker.

        Raises:
            InvalidKey: see ``evaluation.check_keys``.
            RunFailed: the check itself killed two workers.
        """
        await self._call(check_keys, keys)

    async def evaluate(self, jobs: Sequence[EvaluationJob]) -> tuple[Evaluated, ...]:
        """Evaluate ``jobs`` in a worker.

        Raises:
            InvalidCiphertext, InvalidKey: see ``evaluation.evaluate``.
            RunFailed: the jobs killed two workers.
        """
        return await self._call(evaluate, tuple(jobs))

    async def stop(self) -> None:
        """Let the jobs in hand finish, drop the others, end the workers."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await asyncio.to_thread(pool.shutdown, wait=True, cancel_futures=True)

    async def _call(self, function: Callable[[_A], _T], argument: _A) -> _T:
        pool = self._pool
        if pool is None:
            raise Unreachable("the evaluation workers are not running")
        try:
            return await asyncio.wrap_future(pool.submit(function, argument))
        except BrokenProcessPool:
            log.warning("event=worker_lost action=retry_alone")
        await self._rebuild(pool)
        alone = await self._build(1)
        try:
            return await asyncio.wrap_future(alone.submit(function, argument))
        except BrokenProcessPool:
            raise RunFailed("the evaluation stopped its worker process twice") from None
        finally:
            alone.shutdown(wait=False, cancel_futures=True)

    async def _rebuild(self, broken: ProcessPoolExecutor) -> None:
        async with self._rebuilding:
            if self._pool is broken:
                self._pool = await self._build(self.workers)
                broken.shutdown(wait=False)

    async def _build(self, workers: int) -> ProcessPoolExecutor:
        spawn = get_context("spawn")
        ready = spawn.Semaphore(0)
        pool = ProcessPoolExecutor(
            workers, spawn, initializer=prepare_worker, initargs=(ready, self._schemes)
        )
        # A process starts only when there is something to do and nobody idle.
        begun = [pool.submit(_nothing) for _ in range(workers)]
        deadline = time.monotonic() + _START_SECONDS
        warm = 0
        while warm < workers:
            warm += await asyncio.to_thread(ready.acquire, True, _POLL_SECONDS)  # noqa: FBT003
            broken = any(job.done() and job.exception() for job in begun)
            if broken or time.monotonic() > deadline:
                pool.shutdown(wait=False, cancel_futures=True)
                raise Unreachable("an evaluation worker does not start")
        return pool


def _nothing() -> None:
    """Do nothing, in a worker: module level, because a job is pickled by name."""
