"""The programmes an agency has approved: a file of one line of JSON for each.

``fusuma agency approve`` appends to it; whoever may edit it takes an approval back by deleting its
line. A running agent asks it before it reads a programme.

Rules:
 * The digest decides. Name, version and time are there for people, and to find what a new version
   is compared with.
 * The file is read again when it has changed, so that an approval counts at once.
 * It is replaced as a whole: no reader ever sees half of it.
 * A file that is not there approves nothing. One that has a line of something else is refused, and
   approves nothing until it is mended: a line that is skipped could be a decision.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from matcher.core.errors import FusumaError, InvalidConfiguration
from matcher.core.identifiers import AgencyId, Digest, agency_id, digest

_KEYS = ("programme", "version", "requester", "digest", "approved_at")


@dataclass(frozen=True, slots=True)
class Approval:
    """One line.

    Attributes:
        programme: its id.
        digest: of the bundle that was approved.
        approved_at: with time zone.
    """

    programme: str
    version: str
    requester: AgencyId
    digest: Digest
    approved_at: dt.datetime

    def line(self) -> str:
        """Return it as it stands in the file."""
        fields = {
            "programme": self.programme,
            "version": self.version,
            "requester": self.requester,
            "digest": self.digest.hex(),
            "approved_at": self.approved_at.isoformat(timespec="seconds"),
        }
        return json.dumps(fields, ensure_ascii=False) + "\n"


class ApprovalsFile:
    """The approvals in the file at ``path``, as they stand whenever they are asked for.

    Raises:
        InvalidConfiguration: the file has something else in it.
    """

    __slots__ = ("_approvals", "_digests", "_seen", "path")

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, int, int] | None = None
        self._approvals: tuple[Approval, ...] = ()
        self._digests: frozenset[Digest] = frozenset()
        self._read_again()

    def __contains__(self, wanted: object) -> bool:
        """Return whether the programme of this digest is approved now.

        Raises:
            InvalidConfiguration: the file cannot be read, or has something else in it.
        """
        self._read_again()
        return wanted in self._digests

    def approvals(self) -> tuple[Approval, ...]:
        """Return all approvals, in the order in which they were given.

        Raises:
            InvalidConfiguration: the file cannot be read, or has something else in it.
        """
        self._read_again()
        return self._approvals

    def add(self, approval: Approval) -> None:
        """Append ``approval``, unless its programme is approved already.

        Raises:
            InvalidConfiguration: the file cannot be used, or has something else in it.
        """
        with self._writing():
            if approval.digest in self:
                return
            text = self.path.read_text(encoding="utf-8") if self._seen is not None else ""
            text += "" if text.endswith("\n") or not text else "\n"
            self._replace(text + approval.line())

    def _read_again(self) -> None:
        try:
            status = self.path.stat()
        except FileNotFoundError:
            self._seen, self._approvals, self._digests = None, (), frozenset()
            return
        except OSError as error:
            raise self._unusable(error) from None
        seen = (status.st_mtime_ns, status.st_size, status.st_ino)
        if seen == self._seen:
            return
        try:
            lines = self.path.read_text(encoding="utf-8").split("\n")
        except OSError as error:
            raise self._unusable(error) from None
        except UnicodeDecodeError:
            raise InvalidConfiguration(
                "the list of approved programmes is not UTF-8", where=str(self.path)
            ) from None
        # Remembered only when every line could be read: a broken file is refused every time.
        approvals = tuple(
            _approval(line, f"{self.path}:{number}")
            for number, line in enumerate(lines, start=1)
            if line.strip()
        )
        self._approvals = approvals
        self._digests = frozenset(approval.digest for approval in approvals)
        self._seen = seen

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Keep other approvals from being given at the same time."""
        try:
            descriptor = os.open(self.path.parent, os.O_RDONLY)
        except OSError as error:
            raise self._unusable(error) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _replace(self, text: str) -> None:
        unfinished = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            with unfinished.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            if self._seen is not None:
                unfinished.chmod(self.path.stat().st_mode & 0o777)
            unfinished.replace(self.path)
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise self._unusable(error) from None

    def _unusable(self, error: OSError) -> InvalidConfiguration:
        return InvalidConfiguration(
            f"the list of approved programmes cannot be used "
            f"({error.strerror or type(error).__name__})",
            where=str(self.path),
            fix="name a file in a directory that this process may use",
        )


def _approval(line: str, where: str) -> Approval:
    try:
        fields = json.loads(line)
        if set(fields) != set(_KEYS) or not all(isinstance(fields[key], str) for key in _KEYS):
            raise ValueError  # noqa: TRY301 - all that is wrong with a line is told in one way
        approved_at = dt.datetime.fromisoformat(fields["approved_at"])
        if approved_at.tzinfo is None:
            raise ValueError  # noqa: TRY301
        return Approval(
            fields["programme"],
            fields["version"],
            agency_id(fields["requester"]),
            digest(bytes.fromhex(fields["digest"])),
            approved_at,
        )
    except (ValueError, TypeError, FusumaError):
        raise InvalidConfiguration(
            "the line is not an approval",
            where=where,
            fix="mend it or delete it, and approve the programme again with "
            "`fusuma agency approve`; until then nothing counts as approved",
        ) from None
