"""A programme as large as one file can hold is checked like any other."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from bench.large_programme import MOST_BYTES, write_large_programme
from clients.designer.checking import check
from matcher.core.grants import GrantTable
from matcher.language import load_programme_with_places


def test_a_large_programme_is_checked_whole(tmp_path: Path) -> None:
    path = write_large_programme(tmp_path)
    assert MOST_BYTES - 1024 < path.stat().st_size < MOST_BYTES
    programme, places = load_programme_with_places(path)
    report = check(programme, date(2026, 6, 1), GrantTable(()), {}, places=places)
    assert len(programme.catalogue.attributes) == 64
    assert len(programme.outcomes) == 8
    assert report.possible
    assert len(report.cases) > 40
