"""Which chunk of which row has arrived, with its digest: 97 bytes a chunk, whatever its payload.

A row is a column or an output; a run has few rows and, for a large cohort, many chunks.

Rules:
 * A cell is filled once; filling it again with the same digest changes nothing, with another one
   is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from matcher.core.errors import ChunkConflict, ObjectMissing
from matcher.core.identifiers import DIGEST_BYTES, Digest

_SIGNATURE_BYTES = 64


class Receipt(NamedTuple):
    """One filled cell; the signature is empty for outputs."""

    row: int
    chunk: int
    digest: Digest
    signature: bytes


class Receipts:
    """A table of rows by chunks of what has arrived."""

    def __init__(self, rows: Iterable[int], chunks: int, *, signed: bool) -> None:
        self._rows = {row: _Row(chunks, signed=signed) for row in rows}
        self._chunks = chunks
        self.count = 0
        self.expected = len(self._rows) * chunks

    @property
    def complete(self) -> bool:
        """Whether every cell is filled."""
        return self.count == self.expected

    def fill(self, row: int, chunk: int, digest: Digest, signature: bytes = b"") -> bool:
        """Fill a cell; return whether it was empty.

        Raises:
            ChunkConflict: it holds another digest.
        """
        cells = self._rows[row]
        if cells.present[chunk]:
            self.check(row, chunk, digest)
            return False
        cells.digests[chunk * DIGEST_BYTES : (chunk + 1) * DIGEST_BYTES] = digest
        if cells.signatures:
            cells.signatures[chunk * _SIGNATURE_BYTES : (chunk + 1) * _SIGNATURE_BYTES] = signature
        cells.present[chunk] = 1
        cells.count += 1
        self.count += 1
        return True

    def check(self, row: int, chunk: int, digest: Digest) -> bool:
        """Return whether a cell is filled, with ``digest``.

        Raises:
            ChunkConflict: it holds another digest.
        """
        held = self.digest(row, chunk)
        if held is not None and held != digest:
            raise ChunkConflict(
                "another version of this chunk was accepted before",
                where=f"row {row}, chunk {chunk}",
                fix="cancel the run and start a new one",
            )
        return held is not None

    def digest(self, row: int, chunk: int) -> Digest | None:
        """Return the digest of a cell, or None where it is empty."""
        cells = self._rows[row]
        if not cells.present[chunk]:
            return None
        return Digest(bytes(cells.digests[chunk * DIGEST_BYTES : (chunk + 1) * DIGEST_BYTES]))

    def digests_of(self, row: int) -> bytes:
        """Return the digests of a row, chunk after chunk; empty cells are zeros."""
        return bytes(self._rows[row].digests)

    def row_complete(self, row: int) -> bool:
        """Whether every cell of ``row`` is filled."""
        return self._rows[row].count == self._chunks

    def count_of(self, rows: Iterable[int]) -> int:
        """Return how many cells of ``rows`` are filled."""
        return sum(self._rows[row].count for row in rows)

    def receipt(self, row: int, chunk: int) -> Receipt:
        """Return a filled cell.

        Raises:
            ObjectMissing: it is empty.
        """
        digest = self.digest(row, chunk)
        if digest is None:
            raise ObjectMissing("a chunk has not arrived", where=f"row {row}, chunk {chunk}")
        start = chunk * _SIGNATURE_BYTES
        signature = self._rows[row].signatures[start : start + _SIGNATURE_BYTES]
        return Receipt(row, chunk, digest, bytes(signature))

    def of_rows(self, rows: Iterable[int]) -> Iterator[Receipt]:
        """Yield the filled cells of ``rows``, by row and chunk."""
        for row in rows:
            present = self._rows[row].present
            for chunk in range(self._chunks):
                if present[chunk]:
                    yield self.receipt(row, chunk)


class _Row:
    __slots__ = ("count", "digests", "present", "signatures")

    def __init__(self, chunks: int, *, signed: bool) -> None:
        self.present = bytearray(chunks)
        self.digests = bytearray(chunks * DIGEST_BYTES)
        self.signatures = bytearray(chunks * _SIGNATURE_BYTES if signed else 0)
        self.count = 0
