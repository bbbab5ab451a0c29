"""A pool of processes that encrypt, fed from the agent's event loop.

SEAL's bindings hold the interpreter's lock, so that parallel encryption needs processes. Payloads
of 200 kB through a pipe and an executor's threads would cost 0.7 ms of CPU each, a sixth of the
encryption itself; through shared memory it is 0.03 ms.

Rules:
 * A worker has a few slots of shared memory; a job waits until one is free. So memory is bounded
   whatever the size of the cohort, and the next job is there when a worker finishes one.
 * A worker that dies is replaced and its jobs are given out once more; a job that has seen two
   workers die fails.
 * Workers are started afresh (spawn), and ``start`` returns when all are warm.
"""

from __future__ import annotations

import asyncio
import ctypes
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from clients.provider.answering import PlainColumn
from clients.provider.encryption_worker import (
    COLUMN_BYTES,
    SLOT_BYTES,
    Encrypt,
    Encrypted,
    Failed,
    ForgetKey,
    Ready,
    Reply,
    RunKey,
    TakeKey,
    serve,
)
from clients.provider.protected import Protected
from matcher.core.errors import RunFailed, Unreachable
from matcher.core.scheme import Scheme

_SLOTS = 3
_MOST_ATTEMPTS = 2
_START_SECONDS = 60.0
_STOP_SECONDS = 5.0
_NO_WORKER = "an encryption worker does not start"
_NO_WORKER_FIX = "look for what the agent printed before"


@dataclass(slots=True, eq=False)
class _Job:
    key: int
    column: PlainColumn
    done: asyncio.Future[Protected]
    attempts: int = 0


@dataclass(slots=True, eq=False)
class _Worker:
    process: SpawnProcess
    pipe: Connection
    view: memoryview
    ready: asyncio.Future[None]
    keys: set[int] = field(default_factory=set)
    free: list[int] = field(default_factory=lambda: list(range(_SLOTS)))
    jobs: dict[int, _Job] = field(default_factory=dict)


class EncryptionPool:
    """``workers`` processes; use it from one event loop."""

    def __init__(self, workers: int, schemes: Sequence[Scheme] = (Scheme.BGV,)) -> None:
        self._count = workers
        self._schemes = tuple(schemes)
        self._workers: list[_Worker] = []
        self._waiting: deque[_Job] = deque()
        self._keys: dict[int, RunKey] = {}
        self._next_key = 0

    @property
    def pids(self) -> tuple[int, ...]:
        """The process ids of the workers."""
        return tuple(worker.process.pid or 0 for worker in self._workers)

    async def start(self) -> None:
        """Start the workers and wait until all are warm.

        Raises:
            Unreachable: they do not start.
        """
        self._workers = [self._spawn() for _ in range(self._count)]
        ready = asyncio.gather(*(worker.ready for worker in self._workers))
        try:
            await asyncio.wait_for(ready, _START_SECONDS)
        except TimeoutError:
            await self.stop()
            raise Unreachable(_NO_WORKER, fix=_NO_WORKER_FIX) from None
        except Unreachable:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End the workers; what they were doing is dropped."""
        workers, self._workers = self._workers, []
        loop = asyncio.get_running_loop()
        for worker in workers:
            loop.remove_reader(worker.pipe.fileno())
            with suppress(OSError):
                worker.pipe.send(None)
            worker.pipe.close()
        for worker in workers:
            await asyncio.to_thread(worker.process.join, _STOP_SECONDS)
            if worker.process.is_alive():
                worker.process.terminate()
        dropped = [*self._waiting, *(job for worker in workers for job in worker.jobs.values())]
        self._waiting.clear()
        for job in dropped:
            job.done.cancel()

    def take_key(self, key: RunKey) -> int:
        """Return a number to encrypt under ``key`` by, until it is forgotten."""
        self._next_key += 1
        self._keys[self._next_key] = key
        return self._next_key

    def forget_key(self, number: int) -> None:
        """Let all workers forget a key; jobs under it must have ended."""
        del self._keys[number]
        for worker in self._workers:
            if number in worker.keys:
                worker.keys.discard(number)
                with suppress(OSError):
                    worker.pipe.send(ForgetKey(number))

    async def encrypt(self, key: int, column: PlainColumn) -> Protected:
        """Encrypt one chunk of one column.

        Raises:
            InvalidKey: the key is not the prescribed one or protects nothing.
            RunFailed: two workers died over it, or none is left.
        """
        if not self._workers:
            raise RunFailed(_NO_WORKER, fix=_NO_WORKER_FIX)
        job = _Job(key, column, asyncio.get_running_loop().create_future())
        self._waiting.append(job)
        self._give_out()
        return await job.done

    def _give_out(self) -> None:
        """Hand waiting jobs to the workers with most room."""
        while self._waiting:
            able = [worker for worker in self._workers if worker.ready.done() and worker.free]
            if not able:
                return
            worker = max(able, key=lambda one: len(one.free))
            job = self._waiting.popleft()
            if not job.done.cancelled():
                self._hand(job, worker)

    def _hand(self, job: _Job, worker: _Worker) -> None:
        slot = worker.free.pop()
        worker.jobs[slot] = job
        start = slot * SLOT_BYTES
        worker.view[start : start + len(job.column)] = job.column
        # A worker that has just died is noticed by its reader, which gives its jobs out again.
        with suppress(OSError):
            if job.key not in worker.keys:
                worker.keys.add(job.key)
                worker.pipe.send(TakeKey(job.key, self._keys[job.key]))
            worker.pipe.send(Encrypt(slot, job.key, len(job.column)))

    def _read(self, worker: _Worker) -> None:
        try:
            reply: Reply = worker.pipe.recv()
        except (EOFError, OSError):
            self._replace(worker)
            return
        match reply:
            case Ready():
                if not worker.ready.done():
                    worker.ready.set_result(None)
            case Encrypted(slot, length, digest, seconds):
                start = slot * SLOT_BYTES + COLUMN_BYTES
                payload = bytes(worker.view[start : start + length])
                job = self._release(worker, slot)
                if not job.done.done():
                    job.done.set_result(Protected(payload, digest, seconds))
            case Failed(slot, error):
                job = self._release(worker, slot)
                if not job.done.done():
                    job.done.set_exception(error)
        self._give_out()

    def _release(self, worker: _Worker, slot: int) -> _Job:
        worker.free.append(slot)
        return worker.jobs.pop(slot)

    def _replace(self, worker: _Worker) -> None:
        """React to the death of ``worker``."""
        asyncio.get_running_loop().remove_reader(worker.pipe.fileno())
        worker.pipe.close()
        self._workers.remove(worker)
        if worker.ready.done():
            self._workers.append(self._spawn())
        else:
            # One that never got ready would only die again.
            worker.ready.set_exception(Unreachable(_NO_WORKER, fix=_NO_WORKER_FIX))
            worker.ready.exception()
        for job in worker.jobs.values():
            job.attempts += 1
            if job.attempts < _MOST_ATTEMPTS:
                self._waiting.appendleft(job)
            elif not job.done.done():
                job.done.set_exception(RunFailed("encryption stopped its worker process twice"))
        if not self._workers:
            for job in self._waiting:
                # Jobs that were given up are still in the queue.
                if not job.done.done():
                    job.done.set_exception(RunFailed(_NO_WORKER, fix=_NO_WORKER_FIX))
            self._waiting.clear()
        self._give_out()

    def _spawn(self) -> _Worker:
        context = get_context("spawn")
        block = context.RawArray(ctypes.c_uint8, _SLOTS * SLOT_BYTES)
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs, block, self._schemes), daemon=True)
        process.start()
        theirs.close()
        loop = asyncio.get_running_loop()
        worker = _Worker(process, ours, memoryview(block).cast("B"), loop.create_future())
        loop.add_reader(ours.fileno(), self._read, worker)
        return worker
