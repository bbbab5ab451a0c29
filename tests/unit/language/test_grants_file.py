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
    "a basis of no kind": (
        "{law: a law}",
        "a law",
        InvalidGrantTable,
        "does not say whether it is a law or an ordinance",
    ),
    "a basis of two kinds": (
        "{law: a law}",
        "{law: a law, ordinance: another}",
        InvalidGrantTable,
        "does not say whether",
    ),
    "a basis of another kind": (
        "{law: a law}",
        "{custom: a law}",
        InvalidGrantTable,
        "'custom' is no kind of legal basis",
    ),
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


def test_a_row_may_be_for_one_procedure_and_by_an_ordinance(tmp_path: Path) -> None:
    row = ROW.replace("provider:", "procedure: 申請, provider:").replace(
        "law: a law", "ordinance: 3"
    )
    row = row.replace("ordinance: 3", 'ordinance: "3"')
    (grant,) = load_grants(_file(tmp_path, row)).grants
    assert (grant.procedure, grant.kind, grant.basis) == ("申請", BasisKind.ORDINANCE, "3")


def _table(tmp_path: Path, *rows: str) -> Path:
    return _file(tmp_path, "\n  - ".join(rows))


OTHER = ROW.replace("law: a law", "law: another law")


def test_rows_that_contradict_each_other_are_both_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidGrantTable) as caught:
        load_grants(_table(tmp_path, ROW, OTHER.replace("tax.bracket, ", "")))
    assert "the exchange of tax.wealth different legal bases" in caught.value.what
    assert "law a law and law another law" in caught.value.what
    assert caught.value.where.endswith("grants.yaml:3:5")
    assert "grants.yaml:2:5" in caught.value.fix


def test_a_law_and_an_ordinance_of_one_name_contradict(tmp_path: Path) -> None:
    with pytest.raises(InvalidGrantTable, match="law a law and ordinance a law"):
        load_grants(_table(tmp_path, ROW, ROW.replace("law: a law", "ordinance: a law")))


@pytest.mark.parametrize(
    "other",
    [
        ROW,
        OTHER.replace("[tax.bracket, tax.wealth]", "[tax.income]"),
        OTHER.replace("requester: city", "requester: town"),
        OTHER.replace("affair: 福祉", "affair: 税"),
        OTHER.replace("provider: tax", "provider: tax2"),
        OTHER.replace("provider:", "procedure: 申請, provider:"),
        OTHER.replace("{from: 2026-04-01}", "{from: 2025-04-01, to: 2026-03-31}"),
    ],
    ids=["basis", "items", "requester", "affair", "provider", "procedure", "days"],
)
def test_rows_that_differ_in_what_they_allow_do_not_contradict(tmp_path: Path, other: str) -> None:
    assert len(load_grants(_table(tmp_path, ROW, other)).grants) == 2
    assert len(load_grants(_table(tmp_path, other, ROW)).grants) == 2


def test_rows_that_share_a_single_day_contradict(tmp_path: Path) -> None:
    until = ROW.replace("{from: 2026-04-01}", "{from: 2025-04-01, to: 2026-04-01}")
    with pytest.raises(InvalidGrantTable, match="different legal bases"):
        load_grants(_table(tmp_path, OTHER, until))
