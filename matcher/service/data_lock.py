"""One matcher at a time in one data directory.

Two would evaluate the same runs and write the same cells. The lock is the operating system's: it
goes with the process, however that ends.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from matcher.core.errors import InvalidConfiguration

_NAME = "lock"


class DataLock:
    """Holds a data directory from its creation until ``release``."""

    def __init__(self, directory: Path) -> None:
        """Lock ``directory``, and make it where it is missing.

        Raises:
            InvalidConfiguration: another matcher has it, or it cannot be made.
        """
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._descriptor = os.open(directory / _NAME, os.O_WRONLY | os.O_CREAT, 0o600)
        except OSError as error:
            raise InvalidConfiguration(
                f"the data directory cannot be used ({error.strerror})", where=str(directory)
            ) from None
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.release()
            raise InvalidConfiguration(
                "another matcher is using the data directory",
                where=str(directory),
                fix="stop it first, or give this one a directory of its own",
            ) from None

    def release(self) -> None:
        """Let others have the directory."""
        os.close(self._descriptor)
