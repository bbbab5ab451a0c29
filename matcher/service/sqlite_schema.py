"""The matcher's SQLite file: its tables, its version, and how it is opened.

Rules:
 * Write-ahead log with ``synchronous=NORMAL``: a power cut may lose the last transactions, never
   their order, and what is lost is uploaded or evaluated again.
 * A file of an older schema version gets what it lacks, in one transaction; one that no step leads
   from is refused, not guessed at.
 * Its owner alone may read it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from matcher.core.errors import InvalidConfiguration

_VERSION = 3

_PROGRAMMES = """
CREATE TABLE programmes (
  number INTEGER PRIMARY KEY AUTOINCREMENT, requester TEXT NOT NULL, programme TEXT NOT NULL,
  version TEXT NOT NULL, digest BLOB NOT NULL UNIQUE, bundle BLOB NOT NULL,
  signature BLOB NOT NULL, signed_card BLOB NOT NULL, published_at INTEGER NOT NULL,
  UNIQUE (requester, programme, version)
) STRICT;
"""
# What makes the version after the one that is named.
_STEPS = {2: _PROGRAMMES}

_TABLES = """
CREATE TABLE cards (
  agency TEXT PRIMARY KEY, signed_card BLOB NOT NULL, registered_at INTEGER NOT NULL
) STRICT;
CREATE TABLE runs (
  run TEXT PRIMARY KEY, nonce BLOB NOT NULL UNIQUE, requester TEXT NOT NULL,
  statement BLOB NOT NULL, statement_signature BLOB NOT NULL, statement_digest BLOB NOT NULL,
  bundle BLOB NOT NULL, state TEXT NOT NULL, chunks INTEGER NOT NULL, outputs INTEGER NOT NULL,
  chunks_expected INTEGER NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
  ended_at INTEGER, failure_reason TEXT, failure_text TEXT, failure_party TEXT,
  evidence BLOB NOT NULL DEFAULT x'',
  result BLOB, result_signature BLOB, result_signer TEXT,
  enclave_result BLOB, enclave_signature BLOB, enclave_signer TEXT,
  fetched_at INTEGER, outputs_deleted_at INTEGER
) STRICT;
CREATE INDEX runs_by_state ON runs (state);
CREATE TABLE run_cards (
  run TEXT NOT NULL REFERENCES runs, agency TEXT NOT NULL, signed_card BLOB NOT NULL,
  PRIMARY KEY (run, agency)
) STRICT, WITHOUT ROWID;
CREATE TABLE objects (
  run TEXT NOT NULL REFERENCES runs, kind TEXT NOT NULL, provider TEXT NOT NULL,
  digest BLOB NOT NULL, size INTEGER NOT NULL, PRIMARY KEY (run, kind, provider)
) STRICT, WITHOUT ROWID;
CREATE TABLE chunks (
  run TEXT NOT NULL REFERENCES runs, col INTEGER NOT NULL, chunk INTEGER NOT NULL,
  digest BLOB NOT NULL, signature BLOB NOT NULL, PRIMARY KEY (run, col, chunk)
) STRICT, WITHOUT ROWID;
CREATE TABLE outputs (
  run TEXT NOT NULL REFERENCES runs, output INTEGER NOT NULL, chunk INTEGER NOT NULL,
  digest BLOB NOT NULL, seconds REAL NOT NULL, PRIMARY KEY (run, output, chunk)
) STRICT, WITHOUT ROWID;
CREATE TABLE manifests (
  run TEXT NOT NULL REFERENCES runs, provider TEXT NOT NULL, payload BLOB NOT NULL,
  signature BLOB NOT NULL, PRIMARY KEY (run, provider)
) STRICT, WITHOUT ROWID;
"""


def open_database(path: Path) -> sqlite3.Connection:
    """Open the file at ``path``, or make it; rows have names, and no transaction is open.

    Raises:
        InvalidConfiguration: another version of this program wrote it.
    """
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    path.chmod(0o600)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=NORMAL")
    db.execute("PRAGMA foreign_keys=ON")
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        _write(db, _TABLES + _PROGRAMMES, _VERSION)
    while 0 < version < _VERSION and version in _STEPS:
        version += 1
        _write(db, _STEPS[version - 1], version)
    if version not in (0, _VERSION):
        db.close()
        raise InvalidConfiguration(
            f"the database has schema version {version}, this program needs {_VERSION}",
            where=str(path),
            fix="start with an empty data directory, or use the program that wrote it",
        )
    return db


def _write(db: sqlite3.Connection, statements: str, version: int) -> None:
    db.executescript(f"BEGIN; {statements} PRAGMA user_version={version}; COMMIT;")


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """One transaction that takes the write lock at its beginning."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")
