"""What an encryption process makes ahead while nobody asks: under a scheme where that is much."""

from __future__ import annotations

import asyncio

import numpy as np

from clients.provider.answering import PlainColumn
from clients.provider.encryption import EncryptionPool
from clients.provider.encryption_worker import RunKey, _prepare
from clients.schemes.encryptors import encryptor
from clients.schemes.paillier import CHUNKS_AHEAD
from matcher.core.scheme import Scheme
from tests.paillier_run import FIRST, NONCE, PARAMETERS, SECOND, SLOTS, opened, secret_key


def test_idle_time_goes_to_the_keys_in_use_until_they_have_enough() -> None:
    unused = RunKey(PARAMETERS, NONCE, secret_key().public_key())
    used = encryptor(PARAMETERS, NONCE, secret_key().public_key())
    made = 0
    while _prepare({1: unused, 2: used}):
        made += 1
    assert made == CHUNKS_AHEAD * SLOTS
    assert not _prepare({1: unused})
    used.encrypt(FIRST)
    assert _prepare({2: used})


def test_columns_of_several_processes_decrypt_to_what_was_answered() -> None:
    async def scenario() -> list[bytes]:
        pool = EncryptionPool(2, (Scheme.PAILLIER,))
        await pool.start()
        try:
            key = pool.take_key(RunKey(PARAMETERS, NONCE, secret_key().public_key()))
            columns = [PlainColumn(one.tobytes()) for one in (FIRST, SECOND, FIRST)]
            done = await asyncio.gather(*(pool.encrypt(key, one) for one in columns))
        finally:
            await pool.stop()
        return [one.payload for one in done]

    payloads = asyncio.run(asyncio.wait_for(scenario(), 60))
    values = np.array([opened(payload) for payload in payloads])
    assert (values == [FIRST, SECOND, FIRST]).all()
    assert len(set(payloads)) == 3
