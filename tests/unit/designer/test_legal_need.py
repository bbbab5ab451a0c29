from __future__ import annotations

from datetime import date
from pathlib import Path

from clients.designer.legal_need import LegalNeed, legal_need
from clients.review.legal import Providers, providers_of
from matcher.core.grants import GrantTable
from matcher.core.identifiers import AgencyId, Role
from matcher.language import load_grants, load_programme
from tests.designer_files import write_grants, write_person

DAY = date(2026, 6, 1)


def _need(
    folder: Path, *edits: tuple[str, str], day: date = DAY, named: Providers | None = None
) -> LegalNeed:
    programme = load_programme(write_person(folder))
    table = load_grants(write_grants(folder, *edits))
    return legal_need(programme, providers_of(programme, named or {}), table, day)


def test_the_need_is_one_row_a_provider_with_exactly_the_items_read(tmp_path: Path) -> None:
    assert _need(tmp_path).needed == (("tax", ("tax.income",)), ("welfare", ("welfare.kind",)))


def test_the_rows_that_cover_it_are_listed_with_what_they_allow_besides(tmp_path: Path) -> None:
    need = _need(tmp_path)
    assert need.missing == ()
    assert [(row.grant.basis, row.items, row.more) for row in need.used] == [
        ("National law 19-8", ("tax.income",), ()),
        ("Town ordinance 9-2", ("welfare.kind",), ("welfare.grade",)),
    ]


def test_a_row_that_is_not_needed_is_not_listed(tmp_path: Path) -> None:
    need = _need(tmp_path, ("items: [welfare.kind, welfare.grade]", "items: [welfare.grade]"))
    assert [row.grant.provider for row in need.used] == ["tax"]


def test_a_row_that_ends_before_the_programme_is_noted(tmp_path: Path) -> None:
    need = _need(tmp_path, ("to: 2027-03-31", "to: 2027-03-30"))
    assert [row.ends_early for row in need.used] == [False, True]


def test_no_permission_differs_from_permission_for_something_else(tmp_path: Path) -> None:
    need = _need(
        tmp_path,
        ("affair: grants", "affair: something else"),
        ("items: [welfare.kind, welfare.grade]", "items: [welfare.grade]"),
    )
    tax, welfare = need.missing
    assert (tax.listed, welfare.listed) == ((True,), (False,))
    assert "not for the affair" in tax.reasons[0]
    assert "no grant lets" in welfare.reasons[0]


def test_a_permission_that_has_ended_is_one_for_another_date(tmp_path: Path) -> None:
    need = _need(tmp_path, ("to: 2027-03-31", "to: 2026-05-31"))
    (row,) = need.missing
    assert row.listed == (True,)
    assert "not in force on 2026-06-01" in row.reasons[0]


def test_rows_to_add_make_the_programme_lawful(tmp_path: Path) -> None:
    programme = load_programme(write_person(tmp_path))
    named = {Role("tax"): (AgencyId("north"), AgencyId("south"))}
    providers = providers_of(programme, named)
    need = legal_need(programme, providers, GrantTable(()), DAY)
    assert [row.provider for row in need.missing] == ["north", "south", "welfare"]
    path = tmp_path / "added.yaml"
    text = need.rows_to_add().replace("{law: …}", "{law: an act}")
    path.write_text(f"grants:\n{text}\n", encoding="utf-8")
    added = legal_need(programme, providers, load_grants(path), DAY)
    assert added.missing == ()
    assert all(row.more == () and not row.ends_early for row in added.used)


def test_rows_to_add_leave_the_basis_to_whoever_knows_the_law(tmp_path: Path) -> None:
    programme = load_programme(write_person(tmp_path))
    need = legal_need(programme, providers_of(programme, {}), GrantTable(()), DAY)
    assert need.rows_to_add().startswith(
        "  - requester: town-hall\n"
        "    affair: grants\n"
        "    procedure: application\n"
        "    provider: tax\n"
        "    items: [tax.income]\n"
        "    basis: {law: …}\n"
        "    valid: {from: 2026-04-01, to: 2027-03-31}\n"
    )


def test_nothing_is_to_be_added_where_nothing_is_missing(tmp_path: Path) -> None:
    assert _need(tmp_path).rows_to_add() == ""
