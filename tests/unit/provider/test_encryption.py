import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import numpy as np
import pytest

from clients.provider.answering import PlainColumn
from clients.provider.encryption import EncryptionPool
from clients.provider.encryption_worker import RunKey
from clients.schemes.bgv import BgvSecretKey
from matcher.core.bgv_parameters import BGV_SETS
from matcher.core.binding import sha256
from matcher.core.circuit import Miss, Sum
from matcher.core.errors import InvalidKey, RunFailed
from matcher.schemes.bgv import BgvEvaluator

PARAMETERS = next(iter(BGV_SETS.values()))
NONCE = bytes(range(32))


@asynccontextmanager
async def pool(workers: int = 1) -> AsyncIterator[EncryptionPool]:
    started = EncryptionPool(workers)
    await started.start()
    try:
        yield started
    finally:
        await started.stop()


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(scenario(), 60))  # type: ignore[arg-type]


def column(seed: int) -> PlainColumn:
    bits = np.random.default_rng(seed).integers(0, 2, PARAMETERS.degree, dtype=np.uint8)
    return PlainColumn(bits.tobytes())


def misses(secret: BgvSecretKey, columns: dict[int, bytes]) -> np.ndarray:
    evaluator = BgvEvaluator(PARAMETERS, NONCE, secret.public_key())
    circuit = Sum(tuple(Miss(number) for number in columns))
    return secret.decrypt(evaluator.evaluate(circuit, columns)) != 0


def test_what_workers_encrypt_decrypts_to_the_columns() -> None:
    secret = BgvSecretKey.generate(PARAMETERS, NONCE)

    async def scenario() -> None:
        async with pool(workers=2) as workers:
            key = workers.take_key(RunKey(PARAMETERS, NONCE, secret.public_key()))
            plain = [column(seed) for seed in range(8)]
            payloads = await asyncio.gather(*(workers.encrypt(key, one) for one in plain))
            for one, other in ((0, 1), (6, 7)):
                sent = {0: payloads[one].payload, 1: payloads[other].payload}
                either = np.frombuffer(plain[one], np.uint8) | np.frombuffer(plain[other], np.uint8)
                assert (misses(secret, sent) == either).all()
            for payload in payloads:
                assert payload.digest == sha256(payload.payload)
            assert len({payload.digest for payload in payloads}) == 8
            workers.forget_key(key)

    run(scenario)


def test_a_key_that_protects_nothing_is_refused_and_the_worker_goes_on() -> None:
    secret = BgvSecretKey.generate(PARAMETERS, NONCE)

    async def scenario() -> None:
        async with pool() as workers:
            zeros = bytes(PARAMETERS.public_key_bytes)
            bad = workers.take_key(RunKey(PARAMETERS, NONCE, zeros))
            good = workers.take_key(RunKey(PARAMETERS, NONCE, secret.public_key()))
            with pytest.raises(InvalidKey):
                await workers.encrypt(bad, column(1))
            assert (await workers.encrypt(good, column(1))).payload

    run(scenario)


def test_a_worker_that_dies_is_replaced_and_nothing_is_lost() -> None:
    secret = BgvSecretKey.generate(PARAMETERS, NONCE)

    async def scenario() -> None:
        async with pool() as workers:
            key = workers.take_key(RunKey(PARAMETERS, NONCE, secret.public_key()))
            jobs = [asyncio.ensure_future(workers.encrypt(key, column(seed))) for seed in range(6)]
            await asyncio.sleep(0)
            os.kill(workers.pids[0], signal.SIGKILL)
            payloads = await asyncio.gather(*jobs)
            assert (
                misses(secret, {0: payloads[5].payload, 1: payloads[5].payload})
                == np.frombuffer(column(5), np.uint8).astype(bool)
            ).all()

    run(scenario)


def test_work_that_is_given_up_does_not_block_later_work() -> None:
    secret = BgvSecretKey.generate(PARAMETERS, NONCE)

    async def scenario() -> None:
        async with pool() as workers:
            key = workers.take_key(RunKey(PARAMETERS, NONCE, secret.public_key()))
            jobs = [asyncio.ensure_future(workers.encrypt(key, column(seed))) for seed in range(9)]
            await asyncio.sleep(0)
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)
            workers.forget_key(key)
            other = workers.take_key(RunKey(PARAMETERS, NONCE, secret.public_key()))
            assert (await workers.encrypt(other, column(1))).payload

    run(scenario)


def test_when_no_worker_is_left_everybody_is_told_whatever_was_given_up() -> None:
    secret = BgvSecretKey.generate(PARAMETERS, NONCE)

    async def scenario() -> None:
        async with pool() as workers:
            key = workers.take_key(RunKey(PARAMETERS, NONCE, secret.public_key()))
            jobs = [asyncio.ensure_future(workers.encrypt(key, column(seed))) for seed in range(9)]
            await asyncio.sleep(0)
            jobs[4].cancel()
            first = workers.pids
            os.kill(first[0], signal.SIGKILL)
            while workers.pids == first:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            # The one that replaces it dies before it is ready; a third would fare no better.
            os.kill(workers.pids[0], signal.SIGKILL)
            ends = await asyncio.gather(*jobs, return_exceptions=True)
        assert isinstance(ends.pop(4), asyncio.CancelledError)
        assert all(isinstance(end, RunFailed) for end in ends[3:]), ends

    run(scenario)


def test_a_worker_never_loads_grpc() -> None:
    code = (
        "import sys, clients.provider.encryption_worker;"
        "sys.exit(any(name.partition('.')[0] in ('grpc', 'eligibility') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
