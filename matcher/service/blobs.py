"""Where keys, rosters, encrypted columns and outputs lie while a run lives.

The port is ``BlobStore``; ``FolderBlobs`` keeps it in a local folder. Nothing here knows what the
bytes mean, and nothing here remembers which blobs a run needs: that is the run store's.

Rules:
 * An object's name is the SHA-256 of its content, within one area of one run; the chunks of a
   column or output are cells of one file (see ``cells``).
 * An object appears whole or not at all: bytes go to a temporary file that is renamed when its
   length and digest are the promised ones.
 * Bytes are streamed; a large object is never held in memory.
 * ``locate`` hands out references that another process opens, so that jobs carry no bytes.
 * Emptying an area that is empty already is fine, so that every deletion can be repeated.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from matcher.core.errors import DigestMismatch, ObjectMissing, QuotaExceeded
from matcher.core.identifiers import Digest, RunId, run_id
from matcher.service.cells import Cell
from matcher.wire.message_size import PART_BYTES

_RUN_FOLDER = re.compile(r"[0-9a-f]{32}")


class Area(StrEnum):
    """What kind of bytes, because the kinds are deleted at different times."""

    INPUTS = "inputs"
    OUTPUTS = "outputs"


class BlobWriter(Protocol):
    """One blob that is being received."""

    def write(self, data: bytes) -> None:
        """Append ``data``.

        Raises:
            QuotaExceeded: the blob grows beyond its promised size.
        """

    def commit(self) -> None:
        """Make the blob appear.

        Raises:
            DigestMismatch: length or digest differ from the promised ones; nothing is kept.
        """

    def abort(self) -> None:
        """Forget what was written. Harmless after ``commit``."""


class BlobStore(Protocol):
    """Bytes in areas of runs. Calls may block; make them from a thread."""

    def writer(self, run: RunId, area: Area, digest: Digest, size: int) -> BlobWriter:
        """Return a writer for a blob of ``size`` bytes promised to have ``digest``."""

    def locate(self, run: RunId, area: Area, digest: Digest) -> str:
        """Return the reference by which a worker process opens an object."""

    def open_area(self, run: RunId, area: Area) -> None:
        """Make an area; until then nothing can be stored in it."""

    def cell(self, run: RunId, area: Area, row: int, chunk: int) -> Cell:
        """Return the place of one chunk of a column or output."""

    def holds(self, run: RunId, area: Area, digest: Digest) -> bool:
        """Return whether the blob is there and its content has the digest of its name."""

    def stream(self, run: RunId, area: Area, digest: Digest) -> Iterator[bytes]:
        """Yield a blob in pieces that fit a message.

        Raises:
            ObjectMissing: there is no such blob.
        """

    def empty(self, run: RunId, area: Area) -> None:
        """Delete all blobs of an area."""

    def runs(self) -> tuple[RunId, ...]:
        """Return the runs of which any blob is left."""


class FolderBlobs:
    """A ``BlobStore`` in ``root/<run>/<area>/<digest>`` of a local file system."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def writer(self, run: RunId, area: Area, digest: Digest, size: int) -> FolderWriter:
        """See ``BlobStore.writer``."""
        self.open_area(run, area)
        return FolderWriter(self._folder(run, area), digest, size)

    def locate(self, run: RunId, area: Area, digest: Digest) -> str:
        """See ``BlobStore.locate``."""
        return str(self._folder(run, area) / digest.hex())

    def open_area(self, run: RunId, area: Area) -> None:
        """See ``BlobStore.open_area``."""
        self._folder(run, area).mkdir(mode=0o700, parents=True, exist_ok=True)

    def cell(self, run: RunId, area: Area, row: int, chunk: int) -> Cell:
        """See ``BlobStore.cell``."""
        return Cell(f"{self._folder(run, area)}/row-{row}", chunk)

    def holds(self, run: RunId, area: Area, digest: Digest) -> bool:
        """See ``BlobStore.holds``; reads the whole blob."""
        hasher = hashlib.sha256()
        try:
            for piece in self.stream(run, area, digest):
                hasher.update(piece)
        except ObjectMissing:
            return False
        return hasher.digest() == digest

    def stream(self, run: RunId, area: Area, digest: Digest) -> Iterator[bytes]:
        """See ``BlobStore.stream``."""
        try:
            file = (self._folder(run, area) / digest.hex()).open("rb", buffering=0)
        except FileNotFoundError:
            raise _missing(run) from None
        with file:
            while piece := file.read(PART_BYTES):
                yield piece

    def empty(self, run: RunId, area: Area) -> None:
        """See ``BlobStore.empty``."""
        # A worker may still be adding an output of a cancelled run; the sweeper comes again.
        shutil.rmtree(self._folder(run, area), ignore_errors=True)
        try:
            (self._root / run).rmdir()
        except OSError:
            return

    def runs(self) -> tuple[RunId, ...]:
        """See ``BlobStore.runs``."""
        names = sorted(entry.name for entry in self._root.iterdir())
        return tuple(RunId(name) for name in names if _RUN_FOLDER.fullmatch(name))

    def _folder(self, run: RunId, area: Area) -> Path:
        # The id becomes a path: nothing but 32 hexadecimal characters may.
        return self._root / run_id(run) / area.value


class FolderWriter:
    """A ``BlobWriter`` into a temporary file beside the blob."""

    def __init__(self, folder: Path, digest: Digest, size: int) -> None:
        self._target = folder / digest.hex()
        self._temporary = folder / f".{secrets.token_hex(8)}"
        self._digest = digest
        self._size = size
        self._written = 0
        self._hasher = hashlib.sha256()
        descriptor = os.open(self._temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(descriptor, "wb", buffering=0)

    def write(self, data: bytes) -> None:
        """See ``BlobWriter.write``."""
        if self._written + len(data) > self._size:
            raise QuotaExceeded("an object is larger than its header says")
        self._hasher.update(data)
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]
        self._written += len(data)

    def commit(self) -> None:
        """See ``BlobWriter.commit``."""
        self._file.close()
        if self._written != self._size or self._hasher.digest() != self._digest:
            self.abort()
            raise DigestMismatch(
                "an object does not have the size and digest of its header",
                fix="upload it again, unchanged",
            )
        self._temporary.rename(self._target)

    def abort(self) -> None:
        """See ``BlobWriter.abort``."""
        self._file.close()
        self._temporary.unlink(missing_ok=True)


def _missing(run: RunId) -> ObjectMissing:
    return ObjectMissing("an object of the run is not there", where=f"runs/{run}")
