from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from matcher.core.binding import sha256
from matcher.core.errors import ChunkConflict, InvalidConfiguration, RunConflict
from matcher.core.identifiers import AgencyId, RunId
from matcher.identity.envelope import Envelope
from matcher.service.sqlite_store import SqliteRunStore
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

RUN = RunId("1" * 32)
CITY, TAX = AgencyId("city-benefits"), AgencyId("tax")
CARDS = {CITY: b"a card", TAX: b"another"}
RECORD = RunRecord(
    run=RUN,
    nonce=b"n" * 32,
    requester=CITY,
    statement=Envelope(b"statement", b"s" * 64, CITY),
    statement_digest=sha256(b"statement"),
    bundle=b"{}",
    state=RunState.COLLECTING,
    chunks=2,
    outputs=1,
    chunks_expected=4,
    chunks_received=0,
    outputs_done=0,
    evaluation_seconds=0.0,
    created_at=100,
    expires_at=200,
)
CHUNK = ChunkRow(RUN, 0, 1, sha256(b"chunk"), b"c" * 64)
OUTPUT = OutputRow(RUN, 0, 1, sha256(b"output"), 0.5)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "matcher.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteRunStore]:
    store = SqliteRunStore(path)
    store.create_run(RECORD, CARDS)
    yield store
    store.close()


def test_a_run_is_remembered_as_it_was(store: SqliteRunStore, path: Path) -> None:
    store.close()
    again = SqliteRunStore(path)
    assert again.find_run(RUN) == RECORD
    assert again.live_runs() == (RECORD,)
    assert again.cards_of(RUN) == CARDS
    assert again.find_run(RunId("2" * 32)) is None
    again.close()


def test_run_ids_and_nonces_are_used_once(store: SqliteRunStore) -> None:
    with pytest.raises(RunConflict):
        store.create_run(replace(RECORD, nonce=b"m" * 32), CARDS)
    other = replace(RECORD, run=RunId("2" * 32))
    with pytest.raises(RunConflict):
        store.create_run(other, CARDS)
    assert store.find_run(other.run) is None


def test_rows_are_counted(store: SqliteRunStore) -> None:
    store.append([CHUNK, replace(CHUNK, column=1)], [OUTPUT])
    store.append([CHUNK], [OUTPUT])
    record = store.find_run(RUN)
    assert record is not None
    assert (record.chunks_received, record.outputs_done) == (2, 1)
    assert record.evaluation_seconds == 0.5
    assert store.chunks_of(RUN) == (CHUNK, replace(CHUNK, column=1))
    assert store.outputs_of(RUN) == (OUTPUT,)


def test_a_batch_with_another_version_of_a_chunk_leaves_nothing(store: SqliteRunStore) -> None:
    store.append([CHUNK], [])
    other = replace(CHUNK, digest=sha256(b"other"))
    with pytest.raises(ChunkConflict):
        store.append([replace(CHUNK, column=1), other], [OUTPUT])
    assert store.chunks_of(RUN) == (CHUNK,)
    assert store.outputs_of(RUN) == ()


def test_a_batch_with_another_version_of_an_output_leaves_nothing(store: SqliteRunStore) -> None:
    store.append([], [OUTPUT])
    with pytest.raises(ChunkConflict):
        store.append([CHUNK], [replace(OUTPUT, digest=sha256(b"other"))])
    assert store.chunks_of(RUN) == ()
    assert store.outputs_of(RUN) == (OUTPUT,)


def test_lost_chunks_are_forgotten(store: SqliteRunStore) -> None:
    store.append([CHUNK, replace(CHUNK, column=1)], [])
    store.forget_chunks(RUN, [(0, 1)])
    assert store.chunks_of(RUN) == (replace(CHUNK, column=1),)


def test_objects_and_manifests_have_one_version(store: SqliteRunStore) -> None:
    key = ObjectRow(ObjectKind.PUBLIC_KEY, None, sha256(b"key"), 3)
    roster = ObjectRow(ObjectKind.ROSTER, TAX, sha256(b"roster"), 6)
    for row in (key, roster, key, replace(roster, size=7)):
        store.add_object(RUN, row)
    assert set(store.objects_of(RUN)) == {key, roster}
    manifest = Envelope(b"manifest", b"m" * 64, TAX)
    store.add_manifest(RUN, TAX, manifest)
    store.add_manifest(RUN, TAX, replace(manifest, payload=b"other"))
    assert store.manifests_of(RUN) == {TAX: manifest}


def test_a_run_ends_once(store: SqliteRunStore) -> None:
    store.set_evidence(RUN, b"evidence")
    store.set_evaluating(RUN)
    result, enclave = Envelope(b"r", b"1" * 64, CITY), Envelope(b"e", b"2" * 64, TAX)
    store.set_enclave_result(RUN, enclave)
    store.end_run(RUN, Ending(RunState.SUCCEEDED, 150, result=result))
    store.end_run(RUN, Ending(RunState.FAILED, 160, Failure("INTERNAL", "text")))
    store.set_evaluating(RUN)
    record = store.find_run(RUN)
    assert record == replace(
        RECORD,
        state=RunState.SUCCEEDED,
        evidence=b"evidence",
        ended_at=150,
        result=result,
        enclave_result=enclave,
    )
    assert store.live_runs() == ()


@pytest.mark.parametrize("party", [None, TAX])
def test_a_failure_keeps_its_reason_and_who_declined(
    store: SqliteRunStore, party: AgencyId | None
) -> None:
    failure = Failure("INVALID_KEY", "a key is not the prescribed one", party)
    store.end_run(RUN, Ending(RunState.FAILED, 150, failure))
    record = store.find_run(RUN)
    assert record is not None
    assert record.failure == failure


def test_ended_runs_have_outputs_until_they_are_deleted(store: SqliteRunStore) -> None:
    assert store.runs_with_outputs() == ()
    store.end_run(RUN, Ending(RunState.CANCELLED, 150))
    store.mark_fetched(RUN, 155)
    store.mark_fetched(RUN, 156)
    (record,) = store.runs_with_outputs()
    assert record.fetched_at == 155
    store.mark_outputs_deleted(RUN, 160)
    assert store.runs_with_outputs() == ()


def test_an_agency_has_the_card_it_registered_last(store: SqliteRunStore) -> None:
    assert store.card(TAX) is None
    store.put_card(TAX, b"old", 1)
    store.put_card(TAX, b"new", 2)
    assert store.card(TAX) == b"new"
    assert store.cards_of(RUN) == CARDS


def test_another_schema_version_is_refused(path: Path) -> None:
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(InvalidConfiguration, match="schema version 99"):
        SqliteRunStore(path)


@pytest.mark.usefixtures("store")
def test_the_database_is_readable_by_its_owner_only(path: Path) -> None:
    assert path.stat().st_mode & 0o077 == 0
