"""How long a designer waits for ``check`` of a programme as large as a file can be.

Rules:
 * The command is measured as a designer meets it, as a process of its own, and so is the part of it
   that is not starting up: loading and checking in this process.
 * Figures are medians; the first round warms up and does not count.
"""

from __future__ import annotations

import datetime as dt
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from bench.large_programme import write_large_programme
from bench.processes import cpu_model
from clients.designer.checking import check
from fusuma import __version__
from fusuma.findings import Announce
from matcher.core.errors import RunFailed
from matcher.core.grants import GrantTable
from matcher.language import load_programme_with_places

_DAY = dt.date(2026, 6, 1)


def measure(directory: Path, repeats: int, announce: Announce) -> dict[str, object]:
    """Return the report; ``directory`` is the caller's to remove.

    Raises:
        RunFailed: the command does not find what it should.
    """
    file = write_large_programme(directory)
    commands, checks = [], []
    for number in range(repeats + 1):
        announce(f"checking, round {number} of {repeats}")
        commands.append(_command(file))
        begun = time.perf_counter()
        programme, places = load_programme_with_places(file)
        check(programme, _DAY, GrantTable(()), {}, places=places)
        checks.append(time.perf_counter() - begun)
    return {
        "benchmark": "check",
        "fusuma": __version__,
        "cpu": cpu_model(),
        "bytes": file.stat().st_size,
        "attributes": len(programme.catalogue.attributes),
        "outcomes": len(programme.outcomes),
        "repeats": repeats,
        "command_seconds": round(statistics.median(commands[1:]), 3),
        "check_seconds": round(statistics.median(checks[1:]), 3),
    }


def _command(file: Path) -> float:
    arguments = [sys.executable, "-m", "fusuma", "programme", "check", str(file), "--json"]
    begun = time.perf_counter()
    ended = subprocess.run(  # noqa: S603 - this project's own command
        [*arguments, "--date", _DAY.isoformat()], capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - begun
    # Nobody may ask for these attributes: the answer is no, and a report.
    if ended.returncode != 1 or not json.loads(ended.stdout)["law"]["missing"]:
        raise RunFailed("the check of a large programme did not report what it should")
    return seconds
