"""Worker processes: real ones, started afresh."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from clients.schemes.bgv import BgvEncryptor, BgvSecretKey
from matcher.core.bgv_parameters import BGV_SETS
from matcher.core.binding import sha256
from matcher.core.circuit import Miss, Sum
from matcher.core.errors import (
    DigestMismatch,
    InvalidCiphertext,
    InvalidKey,
    RunFailed,
    Unreachable,
)
from matcher.core.identifiers import RunId
from matcher.service.cells import Cell, read_cell, write_cell
from matcher.service.evaluation import EvaluationJob, KeyFile, KeyFiles, StoredColumn
from matcher.service.workers import EvaluationPool

NAME = next(iter(BGV_SETS))
PARAMETERS = BGV_SETS[NAME]
NONCE = bytes(range(32))
CIRCUIT = Sum((Miss(0), Miss(1)))


@asynccontextmanager
async def pool(workers: int = 1) -> AsyncIterator[EvaluationPool]:
    pool = EvaluationPool(workers, (NAME,))
    await pool.start()
    try:
        yield pool
    finally:
        await pool.stop()


def job(tmp_path: Path, *, spoilt: bool = False) -> tuple[EvaluationJob, BgvSecretKey]:
    key = BgvSecretKey.generate(PARAMETERS, NONCE)
    public = key.public_key()
    (tmp_path / "key").write_bytes(public)
    encryptor = BgvEncryptor(PARAMETERS, NONCE, public)
    columns = {}
    for column in range(2):
        misses = (np.arange(PARAMETERS.degree) % (column + 2) != 0).astype(np.uint8)
        encrypted = encryptor.encrypt(misses)
        payload = b"\xff" * len(encrypted) if spoilt else encrypted
        columns[column] = StoredColumn(Cell(str(tmp_path / f"row-{column}"), 7), sha256(payload))
        write_cell(columns[column].cell, payload)
    kept = KeyFile(str(tmp_path / "key"), sha256(public))
    keys = KeyFiles(RunId("0" * 32), NAME, NONCE, kept, None, (CIRCUIT,))
    return EvaluationJob(keys, 0, columns, Cell(str(tmp_path / "output"), 7)), key


def test_an_output_is_stored_in_its_cell(tmp_path: Path) -> None:
    async def play() -> None:
        evaluation, key = job(tmp_path)
        async with pool() as workers:
            await workers.check_keys(evaluation.keys)
            (done,) = await workers.evaluate([evaluation])
        payload = read_cell(evaluation.into)
        assert sha256(payload) == done.digest
        assert done.seconds > 0
        zeros = [slot for slot, value in enumerate(key.decrypt(payload)[:12]) if value == 0]
        assert zeros == [0, 6]

    asyncio.run(play())


def test_errors_come_back_as_they_were_raised(tmp_path: Path) -> None:
    async def play() -> None:
        evaluation, _ = job(tmp_path, spoilt=True)
        async with pool() as workers:
            with pytest.raises(InvalidCiphertext):
                await workers.evaluate([evaluation])
            zero = bytes(PARAMETERS.public_key_bytes)
            (tmp_path / "key").write_bytes(zero)
            kept = KeyFile(str(tmp_path / "key"), sha256(zero))
            other = KeyFiles(RunId("1" * 32), NAME, NONCE, kept, None, (CIRCUIT,))
            with pytest.raises(InvalidKey) as raised:
                await workers.check_keys(other)
            assert raised.value.what

    asyncio.run(play())


def test_what_was_changed_in_the_store_is_not_evaluated(tmp_path: Path) -> None:
    async def play() -> None:
        evaluation, _ = job(tmp_path)
        # Well-formed, but not what the provider signed: its answer for another column.
        write_cell(evaluation.columns[0].cell, read_cell(evaluation.columns[1].cell))
        another = BgvSecretKey.generate(PARAMETERS, NONCE).public_key()
        async with pool() as workers:
            with pytest.raises(DigestMismatch):
                await workers.evaluate([evaluation])
            (tmp_path / "key").write_bytes(another)
            with pytest.raises(DigestMismatch):
                await workers.check_keys(replace(evaluation.keys, run=RunId("1" * 32)))

    asyncio.run(play())


def _die(_: object) -> None:
    os._exit(9)


def _loaded(_: object) -> list[str]:
    return sorted(sys.modules)


def test_a_job_that_kills_two_workers_fails_and_the_pool_lives_on(tmp_path: Path) -> None:
    async def play() -> None:
        evaluation, _ = job(tmp_path)
        async with pool() as workers:
            with pytest.raises(RunFailed, match="twice"):
                await workers._call(_die, None)
            assert await workers.evaluate([evaluation])

    asyncio.run(play())


def test_a_worker_holds_nothing_that_talks_to_anybody() -> None:
    async def play() -> None:
        async with pool() as workers:
            loaded = await workers._call(_loaded, None)
        assert "seal" in loaded
        # The test module itself is loaded to find the function; it imports no gRPC either.
        assert not [name for name in loaded if name.split(".")[0] in ("grpc", "eligibility")]

    asyncio.run(play())


def test_a_pool_that_is_stopped_takes_no_jobs(tmp_path: Path) -> None:
    async def play() -> None:
        evaluation, _ = job(tmp_path)
        async with pool() as workers:
            pass
        with pytest.raises(Unreachable):
            await workers.evaluate([evaluation])

    asyncio.run(play())
