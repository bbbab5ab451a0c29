"""What this agency was asked and how it answered: one line of JSON a decision, never a person.

The journal is the agency's own record, independent of the matcher's, and the memory of its daily
budgets across restarts.

Rules:
 * A run counts once a day, however often its work is delivered. It is known by its statement's
   digest: a run id can be written into many statements.
 * A line is on disk before anything of the run leaves the agency.
 * Days are UTC days.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from matcher.core.errors import InvalidConfiguration, InvalidMessage
from matcher.core.identifiers import AgencyId, Digest, RunId, digest
from matcher.core.statement import RunStatement


class Journal:
    """Decisions of one agency.

    Args:
        path: file to append to; None keeps the budget in memory only.

    Raises:
        InvalidConfiguration: the file cannot be used or holds something else.
    """

    __slots__ = ("_answered", "_path")

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._answered: dict[tuple[dt.date, str], set[Digest]] = {}
        if path is None:
            return
        try:
            path.touch(mode=0o600)
            with path.open(encoding="utf-8") as file:
                for number, line in enumerate(file, start=1):
                    self._restore(line, f"{path}, line {number}")
        except OSError as error:
            raise InvalidConfiguration(
                f"the journal cannot be used ({error.strerror or type(error).__name__})",
                where=str(path),
                fix="name a file this process may read and append to",
            ) from None

    def answered_on(self, day: dt.date, requester: AgencyId) -> frozenset[Digest]:
        """Return the statements of ``requester`` that were approved on ``day``."""
        return frozenset(self._answered.get((day, requester), ()))

    def approved(
        self,
        signed: Digest,
        statement: RunStatement,
        programme: str,
        people: int,
        now: dt.datetime,
    ) -> None:
        """Record that a run is answered; a second time on the same day changes nothing.

        Args:
            signed: digest of the statement.
            statement: of the run.
            programme: its id.
            people: how many are asked about.
            now: with time zone.

        Raises:
            OSError: the line cannot be written; the run is not recorded then.
        """
        if signed in self.answered_on(now.date(), statement.requester):
            return
        self._append(
            {
                "time": now.isoformat(timespec="seconds"),
                "decision": "approved",
                "run": statement.run_id,
                "statement": signed.hex(),
                "requester": statement.requester,
                "programme": programme,
                "people": people,
            }
        )
        # Only now: delivered again, a run without its line would pass for one that has it.
        self._count(now.date(), statement.requester, signed)

    def declined(self, run: RunId, requester: AgencyId, reason: str, now: dt.datetime) -> None:
        """Record that ``run`` is refused for ``reason`` of the error catalogue.

        Raises:
            OSError: the line cannot be written.
        """
        self._append(
            {
                "time": now.isoformat(timespec="seconds"),
                "decision": "declined",
                "run": run,
                "requester": requester,
                "reason": reason,
            }
        )

    def _append(self, entry: dict[str, str | int]) -> None:
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry, ensure_ascii=False) + "\n")

    def _restore(self, line: str, where: str) -> None:
        try:
            entry = json.loads(line)
            if entry["decision"] == "approved":
                day = dt.datetime.fromisoformat(entry["time"]).astimezone(dt.UTC).date()
                self._count(day, entry["requester"], digest(bytes.fromhex(entry["statement"])))
        except (ValueError, KeyError, TypeError, InvalidMessage):
            raise InvalidConfiguration(
                "the line is not an entry of a journal",
                where=where,
                fix="move the file away to begin a new journal",
            ) from None

    def _count(self, day: dt.date, requester: str, signed: Digest) -> None:
        # Only the current day's budget is ever asked for.
        if day not in {known for known, _ in self._answered}:
            self._answered = {key: runs for key, runs in self._answered.items() if key[0] > day}
        self._answered.setdefault((day, requester), set()).add(signed)
