"""SIGTERM as a kind of Ctrl-C.

Rules:
 * It does all that Ctrl-C does, wherever it arrives: a run under way is cancelled at the matcher,
   a file half written is removed. Only the exit status differs, 128 + SIGTERM as custom has it.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import typer

_TERMINATED = 143


@contextmanager
def terminating_like_ctrl_c() -> Iterator[None]:
    """Answer SIGTERM while inside as Ctrl-C is answered.

    Raises:
        typer.Exit: it came, and all has been left tidy.
    """
    came = False

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal came
        del number, frame
        came = True
        # What listens for Ctrl-C differs with where the command is: the event loop, or nobody.
        signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    except KeyboardInterrupt:
        if came:
            raise typer.Exit(_TERMINATED) from None
        raise
    finally:
        signal.signal(signal.SIGTERM, before)
