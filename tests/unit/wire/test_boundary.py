import json
import threading
from pathlib import Path

import pytest
from eligibility.v1 import common_pb2, matcher_pb2

from matcher.wire.boundary import BoundaryLog, boundary_log, kind_of

CHUNK = matcher_pb2.UploadChunksRequest(
    chunks=[common_pb2.ColumnChunk(column=1, chunk=2, payload=b"ciphertext")]
)


def test_messages_and_bytes_are_counted_by_direction_peer_and_kind() -> None:
    log = BoundaryLog()
    log.record("in", "tax", "UploadChunksRequest", 100)
    log.record("in", "tax", "UploadChunksRequest", 23)
    log.record("out", "tax", "UploadChunksResponse", 2)
    assert log.snapshot() == {
        "boundary": 1,
        "crossed": [
            {
                "direction": "in",
                "peer": "tax",
                "kind": "UploadChunksRequest",
                "messages": 2,
                "bytes": 123,
            },
            {
                "direction": "out",
                "peer": "tax",
                "kind": "UploadChunksResponse",
                "messages": 1,
                "bytes": 2,
            },
        ],
    }


def test_a_message_is_counted_with_the_size_of_its_serialisation() -> None:
    log = BoundaryLog()
    log.record_message("in", "tax", CHUNK)
    assert f'"bytes": {len(CHUNK.SerializeToString())}' in json.dumps(log.snapshot())


def test_a_kind_names_the_part_a_message_carries() -> None:
    request = matcher_pb2.UploadObjectRequest(data=b"x")
    assert kind_of(request) == "UploadObjectRequest.data"
    assert kind_of(CHUNK) == "UploadChunksRequest"


def test_counts_from_many_threads_add_up() -> None:
    log = BoundaryLog()

    def count() -> None:
        for _ in range(500):
            log.record("in", "tax", "x", 1)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert json.loads(json.dumps(log.snapshot()))["crossed"][0]["messages"] == 2000


def test_counting_keeps_no_content(tmp_path: Path) -> None:
    log = BoundaryLog()
    log.record_message("in", "tax", CHUNK)
    log.write(tmp_path / "boundary.json")
    assert b"ciphertext" not in (tmp_path / "boundary.json").read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["boundary.json"]


def test_a_snapshot_is_rewritten_whole(tmp_path: Path) -> None:
    log = BoundaryLog()
    log.write(tmp_path / "boundary.json")
    log.record("in", "tax", "x", 1)
    log.write(tmp_path / "boundary.json")
    assert json.loads((tmp_path / "boundary.json").read_text()) == log.snapshot()


@pytest.mark.parametrize("peer", ["tax", "../../tax", "unix:/run/x"])
def test_a_capture_keeps_every_messages_bytes(tmp_path: Path, peer: str) -> None:
    log = BoundaryLog(capture=tmp_path / "capture")
    log.record_message("in", peer, CHUNK)
    log.record_message("out", peer, CHUNK)
    kept = sorted((tmp_path / "capture").iterdir())
    assert [path.read_bytes() for path in kept] == [CHUNK.SerializeToString()] * 2


def test_a_log_is_saved_where_its_configuration_says(tmp_path: Path) -> None:
    path = tmp_path / "boundary.json"
    counting = boundary_log(path, None)
    assert counting is not None
    counting.record("in", "tax", "UploadChunksRequest", 100)
    counting.save()
    assert json.loads(path.read_text()) == counting.snapshot()


def test_capturing_alone_saves_no_counts(tmp_path: Path) -> None:
    capturing = boundary_log(None, tmp_path / "capture")
    assert capturing is not None
    capturing.save()
    assert [path.name for path in tmp_path.iterdir()] == ["capture"]


def test_where_nothing_is_wanted_nothing_is_counted() -> None:
    assert boundary_log(None, None) is None
