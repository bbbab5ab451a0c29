"""What a command that works for a while says meanwhile, and where it leaves what it found.

Rules:
 * Progress goes to standard error, one plain line a step with the seconds since the beginning.
 * Where a report cannot go is said before the work begins, not after it.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from rich.console import Console
from rich.text import Text

from matcher.core.errors import InvalidInput

Announce: TypeAlias = Callable[[str], None]


def announcing() -> Announce:
    """Return what prints a step with the seconds since now."""
    progress = Console(stderr=True, highlight=False)
    begun = time.perf_counter()

    def announce(step: str) -> None:
        line = Text(f"{time.perf_counter() - begun:6.1f} s", style="dim")
        # A step is text, whatever brackets are in it, and a line however long it is.
        progress.print(line.append(f"  {step}", style="not dim"), soft_wrap=True)

    return announce


def check_report(path: Path | None) -> None:
    """Check that a report can go to ``path``; None is for no report.

    Raises:
        InvalidInput: there is no such directory, the path is one, or it may not be written.
    """
    if path is None:
        return
    if not path.parent.is_dir():
        raise InvalidInput(
            "there is no such directory", where=str(path.parent), fix="make it, or choose another"
        )
    if path.is_dir():
        raise InvalidInput("this is a directory", where=str(path), fix="name a file in it")
    # A device may be written to where no file can be made.
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise InvalidInput(
            "nothing can be written there",
            where=str(path),
            fix="check the permissions, or choose another place",
        )


def write_report(path: Path, findings: Mapping[str, object]) -> None:
    """Write ``findings`` to ``path`` as JSON."""
    path.write_text(json.dumps(findings, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
