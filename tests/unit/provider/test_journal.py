import datetime as dt
import json
from pathlib import Path

import pytest

from clients.provider.journal import Journal
from matcher.core.binding import sha256
from matcher.core.errors import InvalidConfiguration
from matcher.core.identifiers import AgencyId, Digest, RunId
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.statement import RunStatement

CITY, OTHER = AgencyId("city-benefits"), AgencyId("registry")
NOON = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
TOMORROW = NOON + dt.timedelta(days=1)


def run(number: int) -> RunId:
    return RunId(f"{number:032x}")


def signed(number: int) -> Digest:
    return sha256(bytes([number]))


def answer(
    journal: Journal, number: int, requester: AgencyId = CITY, now: dt.datetime = NOON
) -> None:
    """Approve run ``number`` of ``requester``."""
    statement = RunStatement(
        run_id=run(number),
        nonce=bytes(32),
        requester=requester,
        programme_digest=signed(0),
        plan_digest=signed(0),
        scheme=Scheme.BGV,
        column_kind=ColumnKind.DECISION,
        parameters="",
        public_key_digest=None,
        evaluation_key_digest=None,
        control_commitment=signed(0),
        cohort_commitment=signed(0),
        providers=(),
        chunks=1,
        reference_date=now.date(),
        result_key=b"",
        issued_at=1,
        expires_at=2,
    )
    journal.approved(signed(number), statement, "city/support", 40, now)


def test_a_run_counts_once_a_day_however_often_it_is_delivered() -> None:
    journal = Journal(None)
    for _ in range(3):
        answer(journal, 1)
    answer(journal, 2, OTHER)
    assert journal.answered_on(NOON.date(), CITY) == {signed(1)}
    assert journal.answered_on(NOON.date(), OTHER) == {signed(2)}


def test_a_new_day_begins_empty() -> None:
    journal = Journal(None)
    answer(journal, 1)
    answer(journal, 2, now=TOMORROW)
    assert journal.answered_on(TOMORROW.date(), CITY) == {signed(2)}


def test_what_was_answered_is_remembered_across_restarts(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    first = Journal(path)
    answer(first, 1)
    first.declined(run(2), CITY, "POLICY_REFUSED", NOON)
    assert Journal(path).answered_on(NOON.date(), CITY) == {signed(1)}


def test_a_line_says_who_asked_what_and_how_it_was_decided(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    answer(journal, 1)
    journal.declined(run(2), CITY, "PERMISSION_MISSING", NOON)
    approved, declined = map(json.loads, path.read_text().splitlines())
    assert approved == {
        "time": "2026-05-01T12:00:00+00:00",
        "decision": "approved",
        "run": run(1),
        "statement": signed(1).hex(),
        "requester": "city-benefits",
        "programme": "city/support",
        "people": 40,
    }
    assert (declined["decision"], declined["reason"]) == ("declined", "PERMISSION_MISSING")


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    Journal(path)
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "line", ["not json", "{}", '{"decision": "approved", "time": "noon"}', "3"]
)
def test_a_file_that_is_no_journal_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "journal.jsonl"
    answer(Journal(path), 1)
    with path.open("a") as file:
        file.write(line + "\n")
    with pytest.raises(InvalidConfiguration, match=r"journal\.jsonl, line 2"):
        Journal(path)


def test_a_journal_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfiguration, match="cannot be used"):
        Journal(tmp_path / "missing" / "journal.jsonl")


def test_a_run_whose_line_could_not_be_written_does_not_count_as_recorded(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(OSError, match="directory"):
        answer(journal, 1)
    path.rmdir()
    answer(journal, 1)
    assert json.loads(path.read_text())["run"] == run(1)
