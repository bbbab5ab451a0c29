"""What a run cost the agencies of a federation, read from their own logs.

Rules:
 * Every agency logs every run it answered; a run that has ended without that line is a fault.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

from fusuma.federation import Federation
from matcher.core.errors import RunProblem
from matcher.core.identifiers import RunId

_ANSWERED = re.compile(
    r"event=answered run=(?P<run>\w+) .*protect_seconds=(?P<protect>[\d.]+)"
    r" upload_seconds=(?P<upload>[\d.]+) sent_bytes=(?P<sent>\d+)"
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


async def efforts(federation: Federation, run: RunId) -> list[AgencyEffort]:
    """Return what ``run`` cost every agency, as soon as all have logged it.

    Raises:
        RunProblem: an agency logged nothing; the run would not have ended without it.
    """
    found = []
    for agency in federation.agencies:
        for _ in range(_LOG_TRIES):
            log = federation.processes[agency].log.read_text(encoding="utf-8", errors="replace")
            lines = [line for line in _ANSWERED.finditer(log) if line["run"] == run]
            if lines:
                break
            await asyncio.sleep(_LOG_SECONDS)
        else:
            raise RunProblem("the agency has not logged the run", where=agency)
        found.append(
            AgencyEffort(
                float(lines[0]["protect"]), float(lines[0]["upload"]), int(lines[0]["sent"])
            )
        )
    return found
