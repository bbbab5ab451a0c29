from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from matcher.core.binding import sha256
from matcher.core.errors import ChunkConflict
from matcher.core.identifiers import RunId
from matcher.service.journal import Journal
from matcher.service.sqlite_store import SqliteRunStore
from matcher.service.store import ChunkRow, OutputRow
from tests.unit.service.test_sqlite_store import CARDS, RECORD, RUN


def row(number: int) -> ChunkRow:
    return ChunkRow(RUN, 0, number, sha256(bytes([number])), bytes(64))


def test_what_was_noted_is_there_when_settled(tmp_path: Path) -> None:
    async def play() -> None:
        store = SqliteRunStore(tmp_path / "db")
        journal = Journal(store)
        await journal.call(store.create_run, RECORD, CARDS)
        for number in range(50):
            journal.note_chunk(row(number))
            if number % 7 == 0:
                # Lets a transaction begin, so that later rows fall into the next one.
                await asyncio.sleep(0)
        journal.note_output(OutputRow(RUN, 0, 0, sha256(b"o"), 0.1))
        await journal.settled()
        assert store.chunks_of(RUN) == tuple(map(row, range(50)))
        assert len(store.outputs_of(RUN)) == 1
        await journal.close()

    asyncio.run(play())


def test_closing_writes_what_is_left(tmp_path: Path) -> None:
    async def play() -> None:
        store = SqliteRunStore(tmp_path / "db")
        journal = Journal(store)
        await journal.call(store.create_run, RECORD, CARDS)
        journal.note_chunk(row(1))
        await journal.close()

    asyncio.run(play())
    store = SqliteRunStore(tmp_path / "db")
    assert store.chunks_of(RUN) == (row(1),)
    store.close()


def test_rows_that_contradict_the_store_are_dropped_and_told_of(tmp_path: Path) -> None:
    async def play() -> None:
        store = SqliteRunStore(tmp_path / "db")
        journal = Journal(store)
        await journal.call(store.create_run, RECORD, CARDS)
        await journal.call(store.append, [row(1)], [])
        journal.note_chunk(ChunkRow(RUN, 0, 1, sha256(b"other"), bytes(64)))
        with pytest.raises(ChunkConflict):
            await journal.settled()
        await journal.close()

    asyncio.run(play())


def test_a_failed_batch_is_written_with_the_next(tmp_path: Path) -> None:
    async def play() -> None:
        store = SqliteRunStore(tmp_path / "db")
        journal = Journal(store)
        journal.note_chunk(row(1))
        with pytest.raises(Exception, match="FOREIGN KEY"):
            await journal.settled()
        await journal.call(store.create_run, RECORD, CARDS)
        journal.note_chunk(row(2))
        await journal.settled()
        assert store.chunks_of(RUN) == (row(1), row(2))
        assert store.chunks_of(RunId("f" * 32)) == ()
        await journal.close()

    asyncio.run(play())
