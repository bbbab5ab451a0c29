from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pytest
from numpy.typing import NDArray

from clients.schemes.bgv import BgvEncryptor, BgvSecretKey
from matcher.core.bgv_parameters import BGV_SETS, BgvParameters
from matcher.schemes.bgv import BgvEvaluator

NONCE = bytes(range(32))


@dataclass(frozen=True)
class Parties:
    """A requester, a provider and a matcher of one run."""

    parameters: BgvParameters
    secret_key: BgvSecretKey
    public_key: bytes
    evaluation_key: bytes | None
    encryptor: BgvEncryptor

    def evaluator(self, random_bytes: Callable[[int], bytes] | None = None) -> BgvEvaluator:
        return BgvEvaluator(
            self.parameters,
            NONCE,
            self.public_key,
            self.evaluation_key,
            random_bytes=random_bytes,
        )

    def encrypt(self, columns: Mapping[int, NDArray[np.uint8]]) -> dict[int, bytes]:
        return {index: self.encryptor.encrypt(values) for index, values in columns.items()}


@lru_cache(maxsize=8)
def _parties(name: str) -> Parties:
    parameters = BGV_SETS[name]
    secret_key = BgvSecretKey.generate(parameters, NONCE)
    public_key = secret_key.public_key()
    evaluation_key = secret_key.evaluation_key() if len(parameters.primes) > 2 else None
    encryptor = BgvEncryptor(parameters, NONCE, public_key)
    return Parties(parameters, secret_key, public_key, evaluation_key, encryptor)


@pytest.fixture
def parties() -> Callable[[str], Parties]:
    """Parties by the name of their parameter set, made once."""
    return _parties


@pytest.fixture
def seeded() -> Callable[[int], Callable[[int], bytes]]:
    """Reproducible stand-ins for the cryptographic stream."""
    return lambda seed: np.random.default_rng(seed).bytes
