"""What happens to a plain column before it leaves the agency: encryption or a seal.

Rules:
 * A run has one protection for all its columns, chosen by the run statement.
 * What comes out is bytes with their digest; nothing after this point has seen plaintext.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol

from clients.provider.answering import PlainColumn
from clients.provider.encryption import EncryptionPool
from clients.provider.encryption_worker import RunKey
from clients.provider.protected import Protected
from matcher.core.binding import column_seal_info, sha256
from matcher.core.identifiers import AgencyId, Digest
from matcher.core.statement import RunStatement
from matcher.identity.sealing import seal


class Protection(Protocol):
    """How the columns of one run are protected."""

    async def protect(self, column: int, chunk: int, plain: PlainColumn) -> Protected:
        """Return ``plain`` protected for its place in the run.

        Raises:
            InvalidKey: the run's key protects nothing.
        """
        ...

    def close(self) -> None:
        """Forget the run's key."""
        ...


class Encryption:
    """Columns encrypted under a run's homomorphic public key."""

    __slots__ = ("_number", "_pool")

    def __init__(self, pool: EncryptionPool, key: RunKey) -> None:
        self._pool = pool
        self._number = pool.take_key(key)

    async def protect(self, column: int, chunk: int, plain: PlainColumn) -> Protected:
        """Encrypt; the place of a ciphertext is bound by the provider's signature."""
        del column, chunk
        return await self._pool.encrypt(self._number, plain)

    def close(self) -> None:
        """Forget the run's key."""
        self._pool.forget_key(self._number)


@dataclass(frozen=True, slots=True)
class Sealing:
    """Columns sealed to an appraised enclave.

    Attributes:
        sealing_key: from the appraisal, and from nowhere else.
        statement: of the run.
        digest: of the statement.
        provider: this agency.
    """

    sealing_key: bytes
    statement: RunStatement
    digest: Digest
    provider: AgencyId

    async def protect(self, column: int, chunk: int, plain: PlainColumn) -> Protected:
        """Seal under an info that names run, provider, column, chunk and result key."""
        begun = time.perf_counter()
        info = column_seal_info(
            self.digest, self.provider, column, chunk, self.statement.result_key
        )
        payload = seal(self.sealing_key, info, plain)
        digest = sha256(payload)
        return Protected(payload, digest, time.perf_counter() - begun)

    def close(self) -> None:
        """Do nothing; a seal leaves nothing behind."""
