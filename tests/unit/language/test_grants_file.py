from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from matcher.core.errors import FusumaError, InvalidCatalogue, InvalidFile, InvalidGrantTable
from matcher.core.grants import BasisKind, Grant
from matcher.language import load_grants

ROW = (
    "{requester: city, affair: 福祉, provider: tax, items: [tax.bracket, tax.wealth], "
    "basis: {law: a law}, valid: {from: 2026-04-01}}"
)


def _file(tmp_path: Path, rows: str) -> Path:
    path = tmp_path / "grants.yaml"
    path.write_text(f"grants:\n  - {rows}\n", encoding="utf-8")
    return path


def test_a_row_is_read_whole(tmp_path: Path) -> None:
    (grant,) = load_grants(_file(tmp_path, ROW)).grants
    assert grant == Grant(
        requester=grant.requester,
        affair="福祉",
        procedure="",
        provider=grant.provider,
        items=grant.items,
        kind=BasisKind.LAW,
        basis="a law",
        valid_from=date(2026, 4, 1),
        valid_to=None,
    )
    assert (grant.requester, grant.provider) == ("city", "tax")
    assert grant.items == ("tax.bracket", "tax.wealth")


BROKEN = {
    "no legal basis": ("basis: {law: a law}, ", "", InvalidFile, "lacks the key 'basis'"),
    "an empty basis": ("law: a law", "law: ''", InvalidFile, "the legal basis is missing"),
    "no items": ("[tax.bracket, tax.wealth]", "[]", InvalidGrantTable, "lists no items"),
    "an item twice": ("tax.wealth", "tax.bracket", InvalidGrantTable, "listed twice"),
    "an item that is no name": ("tax.wealth", "wealth", InvalidCatalogue, "not an attribute"),
    "a single item": ("[tax.bracket, tax.wealth]", "tax.bracket", InvalidFile, "must be a list"),
    "no validity": (", valid: {from: 2026-04-01}", "", InvalidFile, "'valid'"),
}


@pytest.mark.parametrize(("old", "new", "error", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_broken_rows_are_refused_with_their_place(
    tmp_path: Path, old: str, new: str, error: type[FusumaError], message: str
) -> None:
    with pytest.raises(error) as caught:
        load_grants(_file(tmp_path, ROW.replace(old, new)))
    assert message in caught.value.what
    assert "grants.yaml:2:" in caught.value.where


def test_an_empty_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "grants.yaml"
    path.write_text("grants: []\n", encoding="utf-8")
    with pytest.raises(InvalidGrantTable, match="no rows"):
        load_grants(path)
