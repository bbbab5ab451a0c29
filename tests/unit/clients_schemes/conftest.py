from __future__ import annotations

import pytest

from clients.schemes.bgv import BgvSecretKey
from matcher.core.bgv_parameters import BGV_SETS

PARAMETERS = BGV_SETS["bgv-8192-104"]
NONCE = b"\x2a" * 32


@pytest.fixture(scope="session")
def secret_key() -> BgvSecretKey:
    return BgvSecretKey.generate(PARAMETERS, NONCE)


@pytest.fixture(scope="session")
def public_key(secret_key: BgvSecretKey) -> bytes:
    return secret_key.public_key()
