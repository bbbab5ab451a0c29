import asyncio
import os
import signal
import time
from collections.abc import Callable

import pytest
import typer

from clients.requester.termination import terminating_like_ctrl_c


def in_plain_code(tidied: list[str]) -> None:
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(60)
    finally:
        tidied.append("file")


def in_the_event_loop(tidied: list[str]) -> None:
    async def run() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            # As a run is cancelled at the matcher: it takes a moment on the loop.
            await asyncio.sleep(0)
            tidied.append("run")
            raise

    asyncio.run(run())


@pytest.mark.parametrize(
    ("work", "expected"),
    [(in_plain_code, "file"), (in_the_event_loop, "run")],
    ids=["plain code", "event loop"],
)
def test_what_is_under_way_is_left_tidy(work: Callable[[list[str]], None], expected: str) -> None:
    tidied: list[str] = []
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(typer.Exit) as caught, terminating_like_ctrl_c():
        work(tidied)
    assert caught.value.exit_code == 128 + signal.SIGTERM
    assert tidied == [expected]
    assert signal.getsignal(signal.SIGTERM) is before


def test_ctrl_c_stays_what_it_is() -> None:
    with pytest.raises(KeyboardInterrupt), terminating_like_ctrl_c():
        signal.raise_signal(signal.SIGINT)
