from __future__ import annotations

from pathlib import Path

import pytest

from matcher.core.binding import sha256
from matcher.core.errors import DigestMismatch, InvalidMessage, ObjectMissing, QuotaExceeded
from matcher.core.identifiers import Digest, RunId
from matcher.service.blobs import Area, FolderBlobs
from matcher.service.cells import MOST_BYTES, read_cell, write_cell

RUN = RunId("0" * 32)
DATA = bytes(range(256)) * 5000


@pytest.fixture
def blobs(tmp_path: Path) -> FolderBlobs:
    return FolderBlobs(tmp_path / "blobs")


def put(blobs: FolderBlobs, area: Area, data: bytes) -> Digest:
    digest = sha256(data)
    writer = blobs.writer(RUN, area, digest, len(data))
    writer.write(data)
    writer.commit()
    return digest


def read(blobs: FolderBlobs, area: Area, digest: Digest) -> bytes:
    return b"".join(blobs.stream(RUN, area, digest))


def files(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]


def test_a_blob_is_found_by_its_digest(blobs: FolderBlobs) -> None:
    digest = put(blobs, Area.INPUTS, DATA)
    assert read(blobs, Area.INPUTS, digest) == DATA
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
    assert read(blobs, Area.INPUTS, digest) == DATA
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
    digest = put(blobs, Area.INPUTS, DATA)
    Path(blobs.locate(RUN, Area.INPUTS, digest)).write_bytes(DATA[:-1])
    assert not blobs.holds(RUN, Area.INPUTS, digest)


def test_areas_are_emptied_one_by_one_and_again(blobs: FolderBlobs) -> None:
    digest = sha256(DATA)
    for area in Area:
        put(blobs, area, DATA)
    blobs.empty(RUN, Area.INPUTS)
    blobs.empty(RUN, Area.INPUTS)
    assert blobs.runs() == (RUN,)
    assert read(blobs, Area.OUTPUTS, digest) == DATA
    with pytest.raises(ObjectMissing):
        next(blobs.stream(RUN, Area.INPUTS, digest))
    blobs.empty(RUN, Area.OUTPUTS)
    assert blobs.runs() == ()


def test_nothing_brings_an_emptied_area_back(blobs: FolderBlobs) -> None:
    blobs.open_area(RUN, Area.OUTPUTS)
    cell = blobs.cell(RUN, Area.OUTPUTS, 0, 5)
    write_cell(cell, DATA[:1000])
    assert read_cell(cell) == DATA[:1000]
    blobs.empty(RUN, Area.OUTPUTS)
    with pytest.raises(FileNotFoundError):
        write_cell(cell, DATA[:1000])
    with pytest.raises(FileNotFoundError):
        read_cell(cell)
    assert blobs.runs() == ()


def test_cells_of_one_file_do_not_touch(blobs: FolderBlobs) -> None:
    blobs.open_area(RUN, Area.INPUTS)
    cells = [blobs.cell(RUN, Area.INPUTS, 3, chunk) for chunk in range(3)]
    most = DATA[:MOST_BYTES].ljust(MOST_BYTES, b"x")
    write_cell(cells[2], b"third")
    write_cell(cells[0], most)
    with pytest.raises(ObjectMissing):
        read_cell(cells[1])
    assert read_cell(cells[0]) == most
    assert read_cell(cells[2]) == b"third"
    with pytest.raises(QuotaExceeded):
        write_cell(cells[1], most + b"x")
    with pytest.raises(FileNotFoundError):
        read_cell(blobs.cell(RUN, Area.INPUTS, 4, 0))


def test_a_torn_cell_is_missing(blobs: FolderBlobs) -> None:
    blobs.open_area(RUN, Area.INPUTS)
    cell = blobs.cell(RUN, Area.INPUTS, 0, 0)
    write_cell(cell, DATA[:1000])
    Path(cell.path).write_bytes(Path(cell.path).read_bytes()[:-1])
    with pytest.raises(ObjectMissing):
        read_cell(cell)


def test_only_run_ids_become_paths(blobs: FolderBlobs) -> None:
    with pytest.raises(InvalidMessage):
        blobs.open_area(RunId("../../etc"), Area.INPUTS)
    with pytest.raises(InvalidMessage):
        blobs.empty(RunId(".."), Area.INPUTS)


def test_blobs_are_readable_by_their_owner_only(blobs: FolderBlobs) -> None:
    digest = put(blobs, Area.INPUTS, DATA)
    cell = blobs.cell(RUN, Area.INPUTS, 0, 0)
    write_cell(cell, DATA[:10])
    path = Path(blobs.locate(RUN, Area.INPUTS, digest))
    assert path.stat().st_mode & 0o077 == 0
    assert Path(cell.path).stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
