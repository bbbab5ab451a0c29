"""An encrypted or sealed chunk of a column: what leaves the agency."""

from __future__ import annotations

from dataclasses import dataclass

from matcher.core.identifiers import Digest


@dataclass(frozen=True, slots=True)
class Protected:
    """Bytes that have no plaintext in them any more.

    Attributes:
        payload: as it goes over the wire.
        digest: SHA-256 of ``payload``.
        seconds: what protecting and hashing took where it was done.
    """

    payload: bytes
    digest: Digest
    seconds: float
