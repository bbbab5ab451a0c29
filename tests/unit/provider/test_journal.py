import datetime as dt
import json
from pathlib import Path

import pytest

from clients.provider.journal import Journal
from matcher.core.errors import InvalidConfiguration
from matcher.core.identifiers import AgencyId, RunId

CITY, OTHER = AgencyId("city-benefits"), AgencyId("registry")
NOON = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
TOMORROW = NOON + dt.timedelta(days=1)


def run(number: int) -> RunId:
    return RunId(f"{number:032x}")


def test_a_run_counts_once_a_day_however_often_it_is_delivered() -> None:
    journal = Journal(None)
    for _ in range(3):
        journal.approved(run(1), CITY, "city/support", 40, NOON)
    journal.approved(run(2), OTHER, "city/support", 40, NOON)
    assert journal.answered_on(NOON.date(), CITY) == {run(1)}
    assert journal.answered_on(NOON.date(), OTHER) == {run(2)}


def test_a_new_day_begins_empty() -> None:
    journal = Journal(None)
    journal.approved(run(1), CITY, "city/support", 40, NOON)
    journal.approved(run(2), CITY, "city/support", 40, TOMORROW)
    assert journal.answered_on(TOMORROW.date(), CITY) == {run(2)}


def test_what_was_answered_is_remembered_across_restarts(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    first = Journal(path)
    first.approved(run(1), CITY, "city/support", 40, NOON)
    first.declined(run(2), CITY, "POLICY_REFUSED", NOON)
    assert Journal(path).answered_on(NOON.date(), CITY) == {run(1)}


def test_a_line_says_who_asked_what_and_how_it_was_decided(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    journal.approved(run(1), CITY, "city/support", 40, NOON)
    journal.declined(run(2), CITY, "PERMISSION_MISSING", NOON)
    approved, declined = map(json.loads, path.read_text().splitlines())
    assert approved == {
        "time": "2026-05-01T12:00:00+00:00",
        "decision": "approved",
        "run": run(1),
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
    Journal(path).approved(run(1), CITY, "city/support", 40, NOON)
    with path.open("a") as file:
        file.write(line + "\n")
    with pytest.raises(InvalidConfiguration, match=r"journal\.jsonl, line 2"):
        Journal(path)


def test_a_journal_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfiguration, match="cannot be used"):
        Journal(tmp_path / "missing" / "journal.jsonl")
