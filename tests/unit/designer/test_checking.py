from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from clients.designer.check_report import report_json
from clients.designer.checking import Obstacle, PlanOutcome, Report, check
from clients.designer.legal_need import MissingRow
from clients.designer.trying import Way
from clients.review.decided import Decided
from clients.review.legal import Providers
from matcher.core.errors import DegeneratePredicate, InvalidConfiguration, InvalidPredicate
from matcher.core.grants import GrantTable
from matcher.core.identifiers import AgencyId, AttributeName, Role
from matcher.core.scheme import (
    COLUMN_KINDS,
    HOMOMORPHIC_SCHEMES,
    ColumnKind,
    OfferedScheme,
    Scheme,
)
from matcher.core.verdict import Verdict
from matcher.language import load_grants, load_programme_with_places
from tests.designer_files import write_grants, write_household, write_person

DAY = date(2026, 6, 1)
BGV = Way(Scheme.BGV, ColumnKind.DECISION)
ONE_HOT = Way(Scheme.BGV, ColumnKind.ATTRIBUTE)
ENCLAVE = Way(Scheme.ENCLAVE, ColumnKind.VALUE)
PAILLIER = Way(Scheme.PAILLIER, ColumnKind.DECISION)
SCHEMES = tuple(map(Scheme, OfferedScheme))


def _check(
    path: Path,
    named: Providers | None = None,
    counts: dict[Role, int] | None = None,
    day: date = DAY,
    schemes: tuple[Scheme, ...] = (),
) -> Report:
    grants = path.parent / "grants.yaml"
    table = load_grants(grants) if grants.exists() else GrantTable(())
    programme, places = load_programme_with_places(path)
    return check(programme, day, table, named or {}, places=places, counts=counts, schemes=schemes)


def _plans(report: Report) -> dict[Way, PlanOutcome]:
    return {outcome.way: outcome for outcome in report.plans}


@pytest.fixture
def fine(tmp_path: Path) -> Report:
    write_grants(tmp_path)
    return _check(write_person(tmp_path))


def test_a_programme_with_tests_plan_and_law_is_fine(fine: Report) -> None:
    assert fine.fine
    assert [trial.passed for trial in fine.cases] == [True] * 7


def _wrong(report: Report, case: str) -> Report:
    match case:
        case "an example that differs":
            failed = replace(report.cases[0], decided=Decided(Verdict.UNDETERMINED))
            return replace(report, cases=(failed, *report.cases[1:]))
        case "no plan at all":
            plans = tuple(PlanOutcome(outcome.way, None, "why") for outcome in report.plans)
            return replace(report, plans=plans)
        case "a grant that is missing":
            row = MissingRow(AgencyId("tax"), (AttributeName("tax.income"),), ("why",), (False,))
            return replace(report, law=replace(report.law, missing=(row,)))
        case _:
            return replace(report, obstacles=(Obstacle(DAY, "never holds"),))


@pytest.mark.parametrize(
    "case",
    [
        "an example that differs",
        "no plan at all",
        "a grant that is missing",
        "another day on which it cannot run",
    ],
)
def test_one_thing_wrong_is_not_fine(fine: Report, case: str) -> None:
    wrong = _wrong(fine, case)
    assert not wrong.fine
    assert report_json(wrong)["fine"] is False


def test_one_plan_is_enough(fine: Report) -> None:
    lost = PlanOutcome(BGV, None, "too deep")
    assert replace(fine, plans=(lost, *fine.plans[1:])).fine


def test_tiers_cannot_be_selected_from_one_hot_columns(fine: Report) -> None:
    assert {BGV, ENCLAVE} <= set(fine.possible)
    refused = [outcome for outcome in fine.plans if outcome.way.kind is ColumnKind.ATTRIBUTE]
    assert {outcome.way.scheme for outcome in refused} == set(HOMOMORPHIC_SCHEMES)
    for outcome in refused:
        assert "a programme with several outcomes has no attribute columns" in outcome.reason


def test_every_scheme_and_kind_of_column_has_a_plan_or_a_reason(fine: Report) -> None:
    ways = {(scheme, kind) for scheme in SCHEMES for kind in COLUMN_KINDS[scheme]}
    assert {(outcome.way.scheme, outcome.way.kind) for outcome in fine.plans} == ways
    for outcome in fine.plans:
        assert (outcome.plan is None) == bool(outcome.reason)


ALTERNATIVE = ("tax.income <= params.limit &&", "tax.income <= params.limit ||")


def test_a_scheme_that_cannot_carry_it_is_named_with_its_reason_and_place(tmp_path: Path) -> None:
    outcome = _plans(_check(write_person(tmp_path, ALTERNATIVE)))[PAILLIER]
    assert "Paillier's scheme adds" in outcome.reason
    assert "use the scheme bgv" in outcome.reason
    assert outcome.where.startswith(f"{tmp_path}")


def test_schemes_that_are_asked_for_are_the_only_ones_and_all_needed(tmp_path: Path) -> None:
    path = write_person(tmp_path, ALTERNATIVE)
    path.write_text(path.read_text(encoding="utf-8").partition("tests:")[0], encoding="utf-8")
    write_grants(tmp_path)
    assert _check(path).fine
    wanted = (Scheme.BGV, Scheme.ENCLAVE)
    report = _check(path, schemes=wanted)
    assert report.fine
    assert {outcome.way.scheme for outcome in report.plans} == set(wanted)
    report = _check(path, schemes=(Scheme.BGV, Scheme.PAILLIER))
    assert report.possible == (BGV,)
    assert not report.fine


def test_what_mixes_agencies_for_one_member_is_placed_and_left_to_the_enclave(
    tmp_path: Path,
) -> None:
    mixing = "members.exists(m, m.tax.taxed && m.welfare.grade == 1)"
    path = write_household(tmp_path, ("members.all(m, !m.tax.taxed)", mixing))
    path.write_text(path.read_text(encoding="utf-8").partition("tests:")[0], encoding="utf-8")
    report = _check(path)
    assert report.possible == (ENCLAVE,)
    outcome = _plans(report)[BGV]
    assert "asks of one member what tax and welfare hold" in outcome.reason
    lines = path.read_text(encoding="utf-8").splitlines()
    _, line, column = outcome.where.rsplit(":", 2)
    assert lines[int(line) - 1][int(column) - 1 :].startswith("members.exists")


def test_more_agencies_of_a_role_change_the_plan(tmp_path: Path) -> None:
    path = write_household(tmp_path)
    one, two = _check(path), _check(path, counts={Role("tax"): 2})
    assert two.agencies == {"tax": 2, "welfare": 1}
    for way in (BGV, ENCLAVE):
        before, after = _plans(one)[way].plan, _plans(two)[way].plan
        assert before is not None
        assert after is not None
        assert len(after.columns) > len(before.columns)


def test_named_agencies_are_counted(tmp_path: Path) -> None:
    named = {Role("tax"): (AgencyId("north"), AgencyId("south"))}
    report = _check(write_household(tmp_path), named)
    assert report.agencies["tax"] == 2
    assert [row.provider for row in report.law.missing] == ["north", "south", "welfare"]


def test_a_role_that_is_not_asked_has_no_agencies(tmp_path: Path) -> None:
    path = write_household(tmp_path)
    with pytest.raises(InvalidConfiguration):
        _check(path, counts={Role("school"): 2})
    with pytest.raises(InvalidConfiguration):
        _check(path, {Role("school"): (AgencyId("school"),)})


BROKEN: dict[str, tuple[tuple[str, str], str, str]] = {
    "a part that never holds": (
        ("tax.income <= params.limit &&", "tax.income <= params.limit && tax.income > 50 &&"),
        "never holds",
        "tax.income <=",
    ),
    "a part that always holds": (
        ("tax.income <= params.limit", "(tax.income <= params.limit || tax.income >= 0)"),
        "always holds",
        "tax.income >= 0",
    ),
    "a tier that nobody reaches": (
        ("when: tax.income == 0", "when: tax.income >= 50"),
        "never reached",
        "{name: full",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_rule_no_scheme_can_carry_is_an_error_at_its_place(tmp_path: Path, case: str) -> None:
    edit, message, found = BROKEN[case]
    path = write_person(tmp_path, edit)
    with pytest.raises(InvalidPredicate, match=message) as refusal:
        _check(path)
    file, line, column = refusal.value.where.rsplit(":", 2)
    assert file == str(path)
    text = path.read_text(encoding="utf-8").splitlines()[int(line) - 1]
    assert text[int(column) - 1 :].startswith(found)


def test_a_part_is_found_by_what_a_parameter_makes_of_it(tmp_path: Path) -> None:
    path = write_person(tmp_path, ("{2026-04-01: 20, 2026-10-01: 30}", "{2026-04-01: 100}"))
    with pytest.raises(DegeneratePredicate, match=r"tax\.income <= 100 always holds") as refusal:
        _check(path)
    line = (
        path.read_text(encoding="utf-8")
        .splitlines()
        .index('eligible: tax.income <= params.limit && welfare.kind in ["physical", "mental"]')
    )
    assert refusal.value.where == f"{path}:{line + 1}:11"


def test_another_day_on_which_the_rule_breaks_is_an_obstacle_with_its_place(
    tmp_path: Path,
) -> None:
    path = write_person(tmp_path, ("2026-10-01: 30", "2026-10-01: 100"))
    (obstacle,) = _check(path).obstacles
    assert obstacle.day == date(2026, 10, 1)
    assert "always holds" in obstacle.reason
    assert obstacle.where.startswith(f"{path}:")
