"""The run store in one SQLite file.

Rules:
 * Every call is one transaction.
 * A row that is there already stays; where it would become another one the call is refused.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matcher.core.errors import ChunkConflict, RunConflict
from matcher.core.identifiers import AgencyId, Digest, RunId
from matcher.identity.envelope import Envelope
from matcher.service.sqlite_schema import open_database, transaction
from matcher.service.store import (
    ChunkRow,
    Ending,
    Failure,
    ObjectKind,
    ObjectRow,
    OutputRow,
    RunRecord,
    RunState,
)

_RECORD = """
SELECT runs.*,
  (SELECT count(*) FROM chunks WHERE chunks.run = runs.run) AS chunks_received,
  (SELECT count(*) FROM outputs WHERE outputs.run = runs.run) AS outputs_done,
  (SELECT total(seconds) FROM outputs WHERE outputs.run = runs.run) AS evaluation_seconds
FROM runs
"""
_LIVE = (RunState.COLLECTING.value, RunState.EVALUATING.value)


class SqliteRunStore:
    """A ``RunStore`` in the file ``path``; used by one process, from one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._db = open_database(path)

    def put_card(self, agency: AgencyId, signed_card: bytes, at: int) -> None:
        """See ``RunStore.put_card``."""
        self._db.execute(
            "INSERT INTO cards VALUES (?, ?, ?) ON CONFLICT (agency) DO UPDATE"
            " SET signed_card = excluded.signed_card, registered_at = excluded.registered_at",
            (agency, signed_card, at),
        )

    def card(self, agency: AgencyId) -> bytes | None:
        """See ``RunStore.card``."""
        row = self._db.execute(
            "SELECT signed_card FROM cards WHERE agency = ?", (agency,)
        ).fetchone()
        return None if row is None else bytes(row["signed_card"])

    def create_run(self, record: RunRecord, cards: Mapping[AgencyId, bytes]) -> None:
        """See ``RunStore.create_run``."""
        with transaction(self._db):
            try:
                self._db.execute(
                    "INSERT INTO runs (run, nonce, requester, statement, statement_signature,"
                    " statement_digest, bundle, state, chunks, outputs, chunks_expected,"
                    " created_at, expires_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
                    (
                        record.run,
                        record.nonce,
                        record.requester,
                        record.statement.payload,
                        record.statement.signature,
                        record.statement_digest,
                        record.bundle,
                        record.state.value,
                        record.chunks,
                        record.outputs,
                        record.chunks_expected,
                        record.created_at,
                        record.expires_at,
                    ),
                )
            except sqlite3.IntegrityError:
                raise RunConflict(
                    "the run id or its nonce has been used before",
                    fix="start again with a new run id, nonce and keys",
                ) from None
            self._db.executemany(
                "INSERT INTO run_cards VALUES (?, ?, ?)",
                [(record.run, agency, card) for agency, card in cards.items()],
            )

    def find_run(self, run: RunId) -> RunRecord | None:
        """See ``RunStore.find_run``."""
        row = self._db.execute(f"{_RECORD} WHERE run = ?", (run,)).fetchone()
        return None if row is None else _record(row)

    def live_runs(self) -> tuple[RunRecord, ...]:
        """See ``RunStore.live_runs``."""
        rows = self._db.execute(f"{_RECORD} WHERE state IN (?, ?) ORDER BY created_at, run", _LIVE)
        return tuple(map(_record, rows))

    def cards_of(self, run: RunId) -> Mapping[AgencyId, bytes]:
        """See ``RunStore.cards_of``."""
        rows = self._db.execute("SELECT agency, signed_card FROM run_cards WHERE run = ?", (run,))
        return {AgencyId(row["agency"]): bytes(row["signed_card"]) for row in rows}

    def set_evidence(self, run: RunId, evidence: bytes) -> None:
        """See ``RunStore.set_evidence``."""
        self._db.execute("UPDATE runs SET evidence = ? WHERE run = ?", (evidence, run))

    def set_evaluating(self, run: RunId) -> None:
        """See ``RunStore.set_evaluating``."""
        self._db.execute(
            "UPDATE runs SET state = ? WHERE run = ? AND state = ?",
            (RunState.EVALUATING.value, run, RunState.COLLECTING.value),
        )

    def add_object(self, run: RunId, row: ObjectRow) -> None:
        """See ``RunStore.add_object``."""
        self._db.execute(
            "INSERT INTO objects VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (run, row.kind.value, row.provider or "", row.digest, row.size),
        )

    def objects_of(self, run: RunId) -> tuple[ObjectRow, ...]:
        """See ``RunStore.objects_of``."""
        rows = self._db.execute("SELECT * FROM objects WHERE run = ?", (run,))
        return tuple(
            ObjectRow(
                ObjectKind(row["kind"]),
                AgencyId(row["provider"]) if row["provider"] else None,
                Digest(row["digest"]),
                row["size"],
            )
            for row in rows
        )

    def append(self, chunks: Sequence[ChunkRow], outputs: Sequence[OutputRow]) -> None:
        """See ``RunStore.append``."""
        with transaction(self._db):
            # The digest is set to itself, or to NULL where it differs: STRICT NOT NULL refuses.
            try:
                self._db.executemany(
                    "INSERT INTO chunks VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE"
                    " SET digest = CASE WHEN digest = excluded.digest THEN digest END",
                    [(row.run, row.column, row.chunk, row.digest, row.signature) for row in chunks],
                )
                self._db.executemany(
                    "INSERT INTO outputs VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE"
                    " SET digest = CASE WHEN digest = excluded.digest THEN digest END",
                    [(row.run, row.output, row.chunk, row.digest, row.seconds) for row in outputs],
                )
            except sqlite3.IntegrityError as error:
                if error.sqlite_errorname != "SQLITE_CONSTRAINT_NOTNULL":
                    raise
                raise ChunkConflict("a chunk was already remembered with other content") from None

    def forget_chunks(self, run: RunId, chunks: Sequence[tuple[int, int]]) -> None:
        """See ``RunStore.forget_chunks``."""
        with transaction(self._db):
            self._db.executemany(
                "DELETE FROM chunks WHERE run = ? AND col = ? AND chunk = ?",
                [(run, column, chunk) for column, chunk in chunks],
            )

    def chunks_of(self, run: RunId) -> tuple[ChunkRow, ...]:
        """See ``RunStore.chunks_of``."""
        rows = self._db.execute("SELECT * FROM chunks WHERE run = ? ORDER BY col, chunk", (run,))
        return tuple(
            ChunkRow(run, row["col"], row["chunk"], Digest(row["digest"]), row["signature"])
            for row in rows
        )

    def outputs_of(self, run: RunId) -> tuple[OutputRow, ...]:
        """See ``RunStore.outputs_of``."""
        rows = self._db.execute(
            "SELECT * FROM outputs WHERE run = ? ORDER BY output, chunk", (run,)
        )
        return tuple(
            OutputRow(run, row["output"], row["chunk"], Digest(row["digest"]), row["seconds"])
            for row in rows
        )

    def set_enclave_result(self, run: RunId, manifest: Envelope) -> None:
        """See ``RunStore.set_enclave_result``."""
        self._db.execute(
            "UPDATE runs SET enclave_result = ?, enclave_signature = ?, enclave_signer = ?"
            " WHERE run = ?",
            (manifest.payload, manifest.signature, manifest.signer, run),
        )

    def add_manifest(self, run: RunId, provider: AgencyId, manifest: Envelope) -> None:
        """See ``RunStore.add_manifest``."""
        self._db.execute(
            "INSERT INTO manifests VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (run, provider, manifest.payload, manifest.signature),
        )

    def manifests_of(self, run: RunId) -> Mapping[AgencyId, Envelope]:
        """See ``RunStore.manifests_of``."""
        rows = self._db.execute("SELECT * FROM manifests WHERE run = ?", (run,))
        return {
            AgencyId(row["provider"]): Envelope(
                row["payload"], row["signature"], AgencyId(row["provider"])
            )
            for row in rows
        }

    def end_run(self, run: RunId, ending: Ending) -> None:
        """See ``RunStore.end_run``."""
        failure, result = ending.failure, ending.result
        self._db.execute(
            "UPDATE runs SET state = ?, ended_at = ?, failure_reason = ?, failure_text = ?,"
            " failure_party = ?, result = ?, result_signature = ?, result_signer = ?"
            " WHERE run = ? AND state IN (?, ?)",
            (
                ending.state.value,
                ending.at,
                failure and failure.reason,
                failure and failure.text,
                failure and failure.party,
                result and result.payload,
                result and result.signature,
                result and result.signer,
                run,
                *_LIVE,
            ),
        )

    def mark_fetched(self, run: RunId, at: int) -> None:
        """See ``RunStore.mark_fetched``."""
        self._db.execute(
            "UPDATE runs SET fetched_at = ? WHERE run = ? AND fetched_at IS NULL", (at, run)
        )

    def mark_outputs_deleted(self, run: RunId, at: int) -> None:
        """See ``RunStore.mark_outputs_deleted``."""
        self._db.execute("UPDATE runs SET outputs_deleted_at = ? WHERE run = ?", (at, run))

    def runs_with_outputs(self) -> tuple[RunRecord, ...]:
        """See ``RunStore.runs_with_outputs``."""
        rows = self._db.execute(
            f"{_RECORD} WHERE state NOT IN (?, ?) AND outputs_deleted_at IS NULL", _LIVE
        )
        return tuple(map(_record, rows))

    def close(self) -> None:
        """See ``RunStore.close``."""
        self._db.close()


def _record(row: sqlite3.Row) -> RunRecord:
    requester = AgencyId(row["requester"])
    return RunRecord(
        run=RunId(row["run"]),
        nonce=row["nonce"],
        requester=requester,
        statement=Envelope(row["statement"], row["statement_signature"], requester),
        statement_digest=Digest(row["statement_digest"]),
        bundle=row["bundle"],
        state=RunState(row["state"]),
        chunks=row["chunks"],
        outputs=row["outputs"],
        chunks_expected=row["chunks_expected"],
        chunks_received=row["chunks_received"],
        outputs_done=row["outputs_done"],
        evaluation_seconds=row["evaluation_seconds"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        ended_at=row["ended_at"],
        failure=(
            None
            if row["failure_reason"] is None
            else Failure(row["failure_reason"], row["failure_text"], row["failure_party"])
        ),
        evidence=row["evidence"],
        result=_envelope(row, "result", "result"),
        enclave_result=_envelope(row, "enclave_result", "enclave"),
        fetched_at=row["fetched_at"],
        outputs_deleted_at=row["outputs_deleted_at"],
    )


def _envelope(row: sqlite3.Row, payload: str, prefix: str) -> Envelope | None:
    data: Any = row[payload]
    if data is None:
        return None
    return Envelope(data, row[f"{prefix}_signature"], row[f"{prefix}_signer"])
