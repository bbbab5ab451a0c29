from pathlib import Path

import pytest

from clients.provider.journal_lock import keeping
from matcher.core.errors import InvalidConfiguration


def test_a_second_agent_does_not_get_the_journal(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    with (
        keeping(journal),
        pytest.raises(InvalidConfiguration, match="another agent"),
        keeping(journal),
    ):
        pass


def test_the_journal_is_free_when_its_agent_has_ended(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    for _ in range(2):
        with keeping(journal):
            assert journal.exists()


def test_what_the_journal_holds_is_kept(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    journal.write_text("a line\n")
    with keeping(journal):
        assert journal.read_text() == "a line\n"


def test_a_journal_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(InvalidConfiguration, match="cannot be used"),
        keeping(tmp_path / "nowhere" / "journal.jsonl"),
    ):
        pass


def test_without_a_journal_nothing_is_kept() -> None:
    with keeping(None), keeping(None):
        pass
