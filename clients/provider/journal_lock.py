"""One agent at a time keeps one journal.

Two agents of one agency would count budgets apart and encrypt the same answers twice, and the
matcher refuses the second version. The lock is the operating system's: it goes with the process,
however that ends.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from matcher.core.errors import InvalidConfiguration


@contextmanager
def keeping(journal: Path | None) -> Iterator[None]:
    """Keep ``journal`` from other agents; without a journal there is nothing to keep.

    Raises:
        InvalidConfiguration: another agent keeps it, or it cannot be used.
    """
    if journal is None:
        yield
        return
    try:
        descriptor = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    except OSError as error:
        raise InvalidConfiguration(
            f"the journal cannot be used ({error.strerror})",
            where=str(journal),
            fix="name a file this process may read and append to",
        ) from None
    try:
        _lock(descriptor, journal)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, journal: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InvalidConfiguration(
            "another agent is keeping this journal",
            where=str(journal),
            fix="stop it first: an agency has one agent at a time",
        ) from None
