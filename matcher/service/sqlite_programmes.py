"""The store of published programmes, in the SQLite file that also has the runs.

Rules:
 * Every call is one transaction.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from matcher.core.errors import ProgrammePublished
from matcher.core.identifiers import AgencyId, Digest
from matcher.identity.envelope import Envelope
from matcher.service.programme_store import ProgrammeKey, PublishedProgramme, Wanted
from matcher.service.sqlite_schema import open_database, transaction

_BY_KEY = "SELECT * FROM programmes WHERE requester = ? AND programme = ? AND version = ?"


class SqliteProgrammeStore:
    """A ``ProgrammeStore`` in the file ``path``; used by one process, from one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._db = open_database(path)

    def publish(self, published: PublishedProgramme) -> PublishedProgramme:
        """See ``ProgrammeStore.publish``."""
        key, bundle = published.key, published.bundle
        with transaction(self._db):
            known = self.find(key)
            if known is not None and known.digest != published.digest:
                raise ProgrammePublished(
                    f"version {key.version} of {key.programme} is published already",
                    where=f"{key.programme} of {key.requester}",
                    fix="give what has changed a new version",
                )
            self._db.execute(
                "INSERT INTO programmes (requester, programme, version, digest, bundle, signature,"
                " signed_card, published_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (requester, programme, version) DO UPDATE"
                " SET signature = excluded.signature, signed_card = excluded.signed_card",
                (
                    key.requester,
                    key.programme,
                    key.version,
                    published.digest,
                    bundle.payload,
                    bundle.signature,
                    published.signed_card,
                    published.published_at,
                ),
            )
            return _published(self._db.execute(_BY_KEY, _fields(key)).fetchone())

    def find(self, key: ProgrammeKey) -> PublishedProgramme | None:
        """See ``ProgrammeStore.find``."""
        row = self._db.execute(_BY_KEY, _fields(key)).fetchone()
        return None if row is None else _published(row)

    def find_digest(self, digest: Digest) -> PublishedProgramme | None:
        """See ``ProgrammeStore.find_digest``."""
        row = self._db.execute("SELECT * FROM programmes WHERE digest = ?", (digest,)).fetchone()
        return None if row is None else _published(row)

    def page(
        self, wanted: Wanted, before: int | None, count: int
    ) -> tuple[PublishedProgramme, ...]:
        """See ``ProgrammeStore.page``."""
        rows = self._db.execute(
            "SELECT * FROM programmes WHERE (? = '' OR programme = ?)"
            " AND (? = '' OR requester = ?) AND (? IS NULL OR number < ?)"
            " ORDER BY number DESC LIMIT ?",
            (
                *(wanted.programme, wanted.programme),
                *(wanted.requester, wanted.requester),
                *(before, before),
                count,
            ),
        )
        return tuple(map(_published, rows))

    def count_of(self, requester: AgencyId) -> int:
        """See ``ProgrammeStore.count_of``."""
        row = self._db.execute(
            "SELECT count(*) AS versions FROM programmes WHERE requester = ?", (requester,)
        ).fetchone()
        return int(row["versions"])

    def close(self) -> None:
        """See ``ProgrammeStore.close``."""
        self._db.close()


def _fields(key: ProgrammeKey) -> tuple[str, str, str]:
    return key.requester, key.programme, key.version


def _published(row: sqlite3.Row) -> PublishedProgramme:
    requester = AgencyId(row["requester"])
    return PublishedProgramme(
        number=row["number"],
        key=ProgrammeKey(requester, row["programme"], row["version"]),
        digest=Digest(row["digest"]),
        bundle=Envelope(row["bundle"], row["signature"], requester),
        signed_card=row["signed_card"],
        published_at=row["published_at"],
    )
