from __future__ import annotations

import datetime as dt
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from clients.provider.approvals import Approval, ApprovalsFile
from matcher.core.binding import sha256
from matcher.core.errors import InvalidConfiguration
from matcher.core.identifiers import AgencyId

FIRST = Approval(
    programme="city/support",
    version="1",
    requester=AgencyId("city-benefits"),
    digest=sha256(b"first"),
    approved_at=dt.datetime(2026, 4, 1, 9, 30, tzinfo=dt.UTC),
)
SECOND = replace(FIRST, version="2", digest=sha256(b"second"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "approvals.jsonl"


def test_without_a_file_nothing_is_approved(path: Path) -> None:
    file = ApprovalsFile(path)
    assert FIRST.digest not in file
    assert file.approvals() == ()


def test_an_approval_is_kept_as_it_was_given(path: Path) -> None:
    file = ApprovalsFile(path)
    file.add(FIRST)
    file.add(SECOND)
    assert FIRST.digest in file
    again = ApprovalsFile(path)
    assert again.approvals() == (FIRST, SECOND)
    assert SECOND.digest in again
    assert sha256(b"third") not in again


def test_approving_twice_leaves_one_line(path: Path) -> None:
    file = ApprovalsFile(path)
    file.add(FIRST)
    file.add(replace(FIRST, approved_at=FIRST.approved_at + dt.timedelta(days=1)))
    assert path.read_text().count("\n") == 1


def test_what_another_process_approves_counts_at_once(path: Path) -> None:
    running = ApprovalsFile(path)
    assert FIRST.digest not in running
    ApprovalsFile(path).add(FIRST)
    assert FIRST.digest in running
    ApprovalsFile(path).add(SECOND)
    assert SECOND.digest in running


def test_a_deleted_line_takes_its_approval_back(path: Path) -> None:
    running = ApprovalsFile(path)
    running.add(FIRST)
    running.add(SECOND)
    path.write_text(SECOND.line())
    assert FIRST.digest not in running
    assert SECOND.digest in running
    path.unlink()
    assert SECOND.digest not in running


def test_a_line_without_its_line_break_stays_a_line_of_its_own(path: Path) -> None:
    path.write_text(FIRST.line().rstrip("\n"))
    file = ApprovalsFile(path)
    file.add(SECOND)
    assert file.approvals() == (FIRST, SECOND)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("approved: all", id="not JSON"),
        pytest.param("[]", id="a list"),
        pytest.param("{}", id="nothing in it"),
        pytest.param(FIRST.line().replace('"version": "1"', '"version": 1'), id="a number"),
        pytest.param(FIRST.line().replace("digest", "hash"), id="another key"),
        pytest.param(FIRST.line().replace(FIRST.digest.hex(), "ab"), id="a short digest"),
        pytest.param(FIRST.line().replace("+00:00", ""), id="no time zone"),
        pytest.param(FIRST.line().replace("city-benefits", "City"), id="no agency"),
    ],
)
def test_a_broken_line_is_named_and_approves_nothing(path: Path, line: str) -> None:
    running = ApprovalsFile(path)
    running.add(FIRST)
    path.write_text(FIRST.line() + line.rstrip("\n") + "\n")
    for _ in range(2):
        with pytest.raises(InvalidConfiguration, match="not an approval") as raised:
            _ = FIRST.digest in running
        assert raised.value.where == f"{path}:2"
    with pytest.raises(InvalidConfiguration):
        running.add(SECOND)
    with pytest.raises(InvalidConfiguration):
        ApprovalsFile(path)
    path.write_text(FIRST.line())
    assert FIRST.digest in running


def test_bytes_that_are_no_text_are_refused(path: Path) -> None:
    path.write_bytes(b"\xff\n")
    with pytest.raises(InvalidConfiguration, match="not UTF-8"):
        ApprovalsFile(path)


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "approvals.jsonl"
    with pytest.raises(InvalidConfiguration, match="cannot be used") as raised:
        ApprovalsFile(path).add(FIRST)
    assert raised.value.where == str(path)


def test_approvals_given_at_the_same_time_are_all_kept(path: Path) -> None:
    approvals = [replace(FIRST, digest=sha256(bytes([number]))) for number in range(8)]
    threads = [
        threading.Thread(target=ApprovalsFile(path).add, args=(approval,)) for approval in approvals
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.digest for one in ApprovalsFile(path).approvals()} == {
        one.digest for one in approvals
    }


def test_the_file_keeps_its_permissions_and_leaves_nothing_beside_it(path: Path) -> None:
    file = ApprovalsFile(path)
    file.add(FIRST)
    path.chmod(0o640)
    file.add(SECOND)
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(path.parent.iterdir()) == [path]
