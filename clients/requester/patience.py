"""How long a run that has begun waits for a matcher that has gone away.

A matcher keeps its runs over a restart, and every call about a run may be repeated. So a broken
connection costs a run some seconds and not its result.

Rules:
 * Only ``Unreachable`` is waited out; every other error ends the run at once.
 * Any sign of life starts the waiting anew.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import TypeVar

from clients.transport.reconnect import waits
from matcher.core.errors import Unreachable

_T = TypeVar("_T")
_random = secrets.SystemRandom()


class Patience:
    """Bears with an unreachable matcher for ``seconds`` since the last sign of life.

    Args:
        seconds: how long.
        clock: monotonic, in seconds.
        sleep: waits for a number of seconds.
    """

    def __init__(
        self,
        seconds: float,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._seconds = seconds
        self._clock = clock
        self._sleep = sleep
        self.renew()

    def renew(self) -> None:
        """Note a sign of life."""
        self._lost = self._clock() + self._seconds
        self._waits = waits(_random.random, longest=5.0)

    async def bear(self, error: Unreachable) -> None:
        """Wait before another attempt.

        Raises:
            Unreachable: ``error``, where it has lasted too long.
        """
        wait = next(self._waits)
        if self._clock() + wait > self._lost:
            raise error
        await self._sleep(wait)

    async def repeat(self, call: Callable[[], Awaitable[_T]]) -> _T:
        """Return what the idempotent ``call`` gives, repeating it while nobody answers."""
        while True:
            try:
                return await call()
            except Unreachable as error:
                await self.bear(error)
