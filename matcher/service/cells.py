"""Payloads of one size class in one file, each at its own place: the chunks of a column or output.

A million subjects are 246 payloads of 200 kB; writing them into places of two files costs a fifth
of making 246 files, and deleting them is one call. A cell knows nothing of digests or signatures:
whoever writes one has checked the payload and has claimed the cell, whoever reads one goes by what
the run store says is there.

Rules:
 * A cell is 1 MiB of a sparse file: four bytes of length, little-endian, then the payload.
 * Writing needs the folder to be there: nothing brings a deleted run back.
 * Cells are references that any process can open; jobs carry them instead of bytes.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from matcher.core.errors import ObjectMissing, QuotaExceeded

CELL_BYTES = 1024 * 1024
_LENGTH_BYTES = 4
MOST_BYTES = CELL_BYTES - _LENGTH_BYTES


@dataclass(frozen=True, slots=True)
class Cell:
    """The place of one payload.

    Attributes:
        path: of the file.
        index: which of the file's cells.
    """

    path: str
    index: int


def write_cell(cell: Cell, payload: bytes) -> None:
    """Write ``payload`` into ``cell``, over whatever was there.

    Raises:
        QuotaExceeded: it does not fit.
        FileNotFoundError: the run's folder is gone.
    """
    if len(payload) > MOST_BYTES:
        raise QuotaExceeded(f"a payload is larger than {MOST_BYTES} bytes")
    descriptor = os.open(cell.path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        start = cell.index * CELL_BYTES
        length = len(payload).to_bytes(_LENGTH_BYTES, "little")
        left = [memoryview(length), memoryview(payload)]
        while left:
            written = os.pwritev(descriptor, left, start)
            start += written
            while left and written >= len(left[0]):
                written -= len(left.pop(0))
            if left:
                left[0] = left[0][written:]
    finally:
        os.close(descriptor)


def read_cell(cell: Cell) -> bytes:
    """Return the payload in ``cell``.

    Raises:
        ObjectMissing: the cell was never written, or only in part.
        FileNotFoundError: the run's folder is gone.
    """
    descriptor = os.open(cell.path, os.O_RDONLY)
    try:
        start = cell.index * CELL_BYTES
        length = int.from_bytes(os.pread(descriptor, _LENGTH_BYTES, start), "little")
        payload = os.pread(descriptor, length, start + _LENGTH_BYTES) if length else b""
    finally:
        os.close(descriptor)
    if not length or len(payload) != length:
        raise ObjectMissing("a stored chunk is not there")
    return payload
