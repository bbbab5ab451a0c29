"""What a run cost the agencies of a federation, read from their own logs.

Rules:
 * Every agency logs every run it answered; a run that has ended without that line is a fault.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fusuma.federation import Federation
from matcher.core.errors import RunProblem
from matcher.core.identifiers import AgencyId, RunId

# To the end of the line: a line that is still being written says nothing yet.
_ANSWERED = re.compile(
    r"^.* event=answered run=(?P<run>\w+) .*protect_seconds=(?P<protect>[\d.]+)"
    r" upload_seconds=(?P<upload>[\d.]+) sent_bytes=(?P<sent>\d+)\n",
    re.MULTILINE,
)
_LOG_SECONDS = 0.01
_LOG_TRIES = 500


@dataclass(frozen=True, slots=True)
class AgencyEffort:
    """What one run cost one agency.

    Attributes:
        protect_seconds: of encrypting or sealing, added up over workers.
        upload_seconds: of waiting until the connection took a chunk.
        sent_bytes: of the messages that carried chunks.
    """

    protect_seconds: float
    upload_seconds: float
    sent_bytes: int


async def efforts(
    federation: Federation, run: RunId, agencies: Iterable[AgencyId]
) -> list[AgencyEffort]:
    """Return what ``run`` cost every one of ``agencies``, as soon as all have logged it.

    Raises:
        RunProblem: an agency logged nothing; the run would not have ended without it.
    """
    return [await _logged(federation.processes[agency].log, agency, run) for agency in agencies]


def effort_in(log: str, run: RunId) -> AgencyEffort | None:
    """Return what ``run`` cost the agency that wrote ``log``, or None where it does not say yet."""
    for line in _ANSWERED.finditer(log):
        if line["run"] == run:
            return AgencyEffort(float(line["protect"]), float(line["upload"]), int(line["sent"]))
    return None


async def _logged(log: Path, agency: AgencyId, run: RunId) -> AgencyEffort:
    for _ in range(_LOG_TRIES):
        text = await asyncio.to_thread(log.read_text, encoding="utf-8", errors="replace")
        found = effort_in(text, run)
        if found is not None:
            return found
        await asyncio.sleep(_LOG_SECONDS)
    raise RunProblem("the agency has not logged the run", where=agency)
