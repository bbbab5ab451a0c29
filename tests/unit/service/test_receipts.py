from __future__ import annotations

import pytest

from matcher.core.binding import sha256
from matcher.core.errors import ChunkConflict, ObjectMissing
from matcher.service.receipts import Receipts

SIGNATURE = bytes(range(64))


def test_cells_are_filled_once() -> None:
    receipts = Receipts((3, 5), 4, signed=True)
    digest = sha256(b"payload")
    assert receipts.fill(5, 2, digest, SIGNATURE)
    assert not receipts.fill(5, 2, digest, SIGNATURE)
    with pytest.raises(ChunkConflict, match="chunk 2"):
        receipts.fill(5, 2, sha256(b"other"), SIGNATURE)
    assert receipts.receipt(5, 2) == (5, 2, digest, SIGNATURE)
    assert receipts.count == 1
    assert receipts.count_of((3, 5)) == 1


def test_an_empty_cell_has_no_receipt() -> None:
    receipts = Receipts((0,), 2, signed=True)
    assert receipts.digest(0, 1) is None
    assert not receipts.check(0, 1, sha256(b"any"))
    with pytest.raises(ObjectMissing):
        receipts.receipt(0, 1)


def test_rows_and_table_are_complete_when_every_cell_is() -> None:
    receipts = Receipts((0, 1), 2, signed=False)
    for row, chunk in ((0, 1), (0, 0), (1, 0)):
        assert not receipts.complete
        receipts.fill(row, chunk, sha256(bytes([row, chunk])))
    assert receipts.row_complete(0)
    assert not receipts.row_complete(1)
    receipts.fill(1, 1, sha256(bytes([1, 1])))
    assert receipts.complete
    assert receipts.digests_of(0) == sha256(b"\x00\x00") + sha256(b"\x00\x01")


def test_receipts_come_in_order_of_row_and_chunk() -> None:
    receipts = Receipts((0, 1), 3, signed=True)
    for row, chunk in ((1, 2), (0, 1), (1, 0)):
        receipts.fill(row, chunk, sha256(bytes([row, chunk])), bytes([row, chunk]) * 32)
    assert [(r.row, r.chunk) for r in receipts.of_rows((0, 1))] == [(0, 1), (1, 0), (1, 2)]
    assert [r.signature for r in receipts.of_rows((1,))] == [b"\x01\x02" * 32, b"\x01\x00" * 32][
        ::-1
    ]
