from __future__ import annotations

from pathlib import Path

import pytest

from matcher.core.binding import sha256
from matcher.core.errors import DigestMismatch, InvalidMessage, ObjectMissing, QuotaExceeded
from matcher.core.identifiers import RunId
from matcher.service.blobs import Area, FolderBlobs, store_blob

RUN = RunId("0" * 32)
DATA = bytes(range(256)) * 5000


@pytest.fixture
def blobs(tmp_path: Path) -> FolderBlobs:
    return FolderBlobs(tmp_path / "blobs")


def files(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]


def test_a_blob_is_found_by_its_digest(blobs: FolderBlobs) -> None:
    digest = sha256(DATA)
    blobs.put(RUN, Area.INPUTS, digest, DATA)
    assert blobs.read(RUN, Area.INPUTS, digest) == DATA
    assert b"".join(blobs.stream(RUN, Area.INPUTS, digest)) == DATA
    assert Path(blobs.locate(RUN, Area.INPUTS, digest)).read_bytes() == DATA
    assert blobs.holds(RUN, Area.INPUTS, digest)
    assert not blobs.holds(RUN, Area.OUTPUTS, digest)


def test_a_streamed_blob_appears_when_it_is_whole(blobs: FolderBlobs, tmp_path: Path) -> None:
    digest = sha256(DATA)
    writer = blobs.writer(RUN, Area.INPUTS, digest, len(DATA))
    writer.write(DATA[:1000])
    assert not blobs.holds(RUN, Area.INPUTS, digest)
    writer.write(DATA[1000:])
    writer.commit()
    writer.abort()
    assert blobs.read(RUN, Area.INPUTS, digest) == DATA
    assert len(files(tmp_path)) == 1


@pytest.mark.parametrize("data", [DATA[:-1], DATA[::-1], b""], ids=["short", "other", "empty"])
def test_bytes_that_were_not_promised_leave_nothing(
    blobs: FolderBlobs, tmp_path: Path, data: bytes
) -> None:
    writer = blobs.writer(RUN, Area.INPUTS, sha256(DATA), len(DATA))
    writer.write(data)
    with pytest.raises(DigestMismatch):
        writer.commit()
    assert files(tmp_path) == []


def test_a_blob_does_not_outgrow_its_size(blobs: FolderBlobs, tmp_path: Path) -> None:
    writer = blobs.writer(RUN, Area.INPUTS, sha256(DATA), 10)
    with pytest.raises(QuotaExceeded):
        writer.write(DATA)
    writer.abort()
    assert files(tmp_path) == []


def test_a_torn_blob_is_not_held(blobs: FolderBlobs) -> None:
    digest = sha256(DATA)
    blobs.put(RUN, Area.INPUTS, digest, DATA)
    Path(blobs.locate(RUN, Area.INPUTS, digest)).write_bytes(DATA[:-1])
    assert not blobs.holds(RUN, Area.INPUTS, digest)


def test_areas_are_emptied_one_by_one_and_again(blobs: FolderBlobs) -> None:
    digest = sha256(DATA)
    for area in Area:
        blobs.put(RUN, area, digest, DATA)
    blobs.empty(RUN, Area.INPUTS)
    blobs.empty(RUN, Area.INPUTS)
    assert blobs.runs() == (RUN,)
    assert blobs.read(RUN, Area.OUTPUTS, digest) == DATA
    with pytest.raises(ObjectMissing):
        blobs.read(RUN, Area.INPUTS, digest)
    with pytest.raises(ObjectMissing):
        next(blobs.stream(RUN, Area.INPUTS, digest))
    blobs.empty(RUN, Area.OUTPUTS)
    assert blobs.runs() == ()


def test_a_worker_does_not_bring_an_emptied_area_back(blobs: FolderBlobs) -> None:
    folder = blobs.folder(RUN, Area.OUTPUTS)
    assert store_blob(folder, DATA) == sha256(DATA)
    blobs.empty(RUN, Area.OUTPUTS)
    with pytest.raises(FileNotFoundError):
        store_blob(folder, DATA)
    assert blobs.runs() == ()


def test_only_run_ids_become_paths(blobs: FolderBlobs) -> None:
    with pytest.raises(InvalidMessage):
        blobs.put(RunId("../../etc"), Area.INPUTS, sha256(DATA), DATA)
    with pytest.raises(InvalidMessage):
        blobs.empty(RunId(".."), Area.INPUTS)


def test_blobs_are_readable_by_their_owner_only(blobs: FolderBlobs) -> None:
    digest = sha256(DATA)
    blobs.put(RUN, Area.INPUTS, digest, DATA)
    path = Path(blobs.locate(RUN, Area.INPUTS, digest))
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
