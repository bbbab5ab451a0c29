import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clients.provider.approvals import Approval, ApprovalsFile
from clients.provider.journal import Journal
from clients.provider.policy import ApprovalPolicy
from matcher.core.binding import sha256
from matcher.core.errors import (
    EvidenceRefused,
    PermissionMissing,
    PermissionNotApplicable,
    PolicyRefused,
    ProgrammeNotApproved,
    RunExpired,
    StatementMismatch,
)
from matcher.core.grants import BasisKind, Grant, GrantTable
from matcher.core.identifiers import AgencyId, AttributeName, Digest, Role, RunId
from matcher.core.plan import Plan
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.statement import ProviderAssignment, RunStatement

TAX, CITY = AgencyId("tax-office"), AgencyId("city-benefits")
NOW = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
Compile = Callable[[Scheme, ColumnKind], Plan]

GRANT = Grant(
    requester=CITY,
    affair="disability",
    procedure="",
    provider=TAX,
    items=(AttributeName("tax.bracket"),),
    kind=BasisKind.ORDINANCE,
    basis="ordinance 7",
    valid_from=dt.date(2026, 4, 1),
    valid_to=dt.date(2026, 6, 30),
)
POLICY = ApprovalPolicy(
    grants=GrantTable((GRANT,)),
    programmes=None,
    runs_per_day=2,
    smallest_cohort=5,
    schemes=frozenset((Scheme.BGV, Scheme.ENCLAVE)),
    column_kinds=frozenset(ColumnKind),
    enclave=None,
)


@pytest.fixture
def plan(compiled: Compile) -> Plan:
    return compiled(Scheme.BGV, ColumnKind.DECISION)


def statement(plan: Plan, **changes: Any) -> RunStatement:
    digest = Digest(bytes(32))
    signed = RunStatement(
        run_id=RunId("1" * 32),
        nonce=bytes(32),
        requester=CITY,
        programme_digest=plan.programme_digest,
        plan_digest=plan.digest,
        scheme=plan.scheme,
        column_kind=plan.column_kind,
        parameters="" if plan.parameters is None else plan.parameters.name,
        public_key_digest=digest,
        evaluation_key_digest=None,
        control_commitment=digest,
        cohort_commitment=digest,
        providers=(
            ProviderAssignment(Role("tax"), TAX, digest),
            ProviderAssignment(Role("welfare"), AgencyId("welfare-office"), digest),
        ),
        chunks=1,
        reference_date=plan.reference_date,
        result_key=b"",
        issued_at=int(NOW.timestamp()),
        expires_at=int(NOW.timestamp()) + 600,
    )
    return replace(signed, **changes)


def approve(
    plan: Plan, policy: ApprovalPolicy = POLICY, now: dt.datetime = NOW, **changes: Any
) -> tuple[Grant, ...]:
    return policy.approve_run(statement(plan, **changes), plan, TAX, now)


def test_a_granted_run_is_approved_under_its_grant(plan: Plan) -> None:
    assert approve(plan) == (GRANT,)


def test_an_approved_digest_is_enough_and_another_is_not(plan: Plan) -> None:
    assert approve(plan, replace(POLICY, programmes=frozenset((plan.programme_digest,))))
    with pytest.raises(ProgrammeNotApproved, match="has not approved the programme") as raised:
        approve(plan, replace(POLICY, programmes=frozenset((Digest(b"x" * 32),))))
    assert f"add {plan.programme_digest.hex()} under `approve`" in raised.value.fix


def test_a_programme_counts_as_approved_as_soon_as_the_file_says_so(
    plan: Plan, tmp_path: Path
) -> None:
    file = tmp_path / "approvals.jsonl"
    policy = replace(POLICY, programmes=ApprovalsFile(file))
    with pytest.raises(ProgrammeNotApproved) as raised:
        approve(plan, policy)
    assert f"fusuma agency approve {plan.programme_digest.hex()}" in raised.value.fix
    approval = Approval("city/support", "1", CITY, plan.programme_digest, NOW)
    ApprovalsFile(file).add(approval)
    assert approve(plan, policy)
    file.write_text("")
    with pytest.raises(ProgrammeNotApproved):
        approve(plan, policy)


def test_a_broken_list_approves_nothing_and_is_named(plan: Plan, tmp_path: Path) -> None:
    file = tmp_path / "approvals.jsonl"
    policy = replace(POLICY, programmes=ApprovalsFile(file))
    file.write_text("{}\n")
    with pytest.raises(PolicyRefused, match="not an approval") as raised:
        approve(plan, policy)
    assert raised.value.where == f"{file}:1"
    assert type(raised.value) is PolicyRefused


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"requester": AgencyId("registry")}, PermissionMissing),
        ({"provider": AgencyId("welfare-office")}, PermissionMissing),
        ({"items": (AttributeName("tax.age"),)}, PermissionMissing),
        ({"affair": "child care"}, PermissionNotApplicable),
        ({"valid_from": dt.date(2026, 5, 2)}, PermissionNotApplicable),
        ({"valid_to": dt.date(2026, 4, 30)}, PermissionNotApplicable),
    ],
)
def test_a_run_without_its_grant_is_refused(
    plan: Plan, changes: dict[str, Any], error: type[Exception]
) -> None:
    policy = replace(POLICY, grants=GrantTable((replace(GRANT, **changes),)))
    with pytest.raises(error):
        approve(plan, policy)


def test_a_grant_that_has_ended_is_not_revived_by_dating_the_run_back(plan: Plan) -> None:
    july = NOW + dt.timedelta(days=80)
    times = {"issued_at": int(july.timestamp()), "expires_at": int(july.timestamp()) + 600}
    assert plan.reference_date < (GRANT.valid_to or july.date())
    with pytest.raises(PermissionNotApplicable):
        approve(plan, now=july, **times)


def test_a_run_whose_time_is_over_is_refused(plan: Plan) -> None:
    with pytest.raises(RunExpired):
        approve(plan, now=NOW + dt.timedelta(seconds=600))


def test_a_statement_from_the_future_is_refused(plan: Plan) -> None:
    assert approve(plan, now=NOW - dt.timedelta(minutes=4))
    with pytest.raises(PolicyRefused, match="clock"):
        approve(plan, now=NOW - dt.timedelta(minutes=6))


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"programme_digest": Digest(b"x" * 32)}, "programme"),
        ({"plan_digest": Digest(b"x" * 32)}, "plan"),
        ({"parameters": "bgv-8192-192"}, "parameters"),
        ({"requester": AgencyId("registry")}, "requester"),
    ],
)
def test_a_statement_for_another_plan_is_refused(
    plan: Plan, changes: dict[str, Any], what: str
) -> None:
    with pytest.raises(StatementMismatch, match=f"the {what} of the plan"):
        approve(plan, **changes)


def test_a_statement_with_other_roles_is_refused(plan: Plan) -> None:
    (tax, _) = statement(plan).providers
    with pytest.raises(StatementMismatch, match="roles"):
        approve(plan, providers=(tax,))


def test_a_run_that_does_not_ask_this_agency_is_refused(plan: Plan) -> None:
    with pytest.raises(StatementMismatch, match="provider"):
        POLICY.approve_run(statement(plan), plan, AgencyId("registry"), NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"schemes": frozenset((Scheme.ENCLAVE,))},
        {"column_kinds": frozenset((ColumnKind.ATTRIBUTE, ColumnKind.VALUE))},
    ],
)
def test_other_schemes_and_columns_than_allowed_are_refused(
    plan: Plan, changes: dict[str, Any]
) -> None:
    with pytest.raises(PolicyRefused, match="does not answer bgv runs with decision columns"):
        approve(plan, replace(POLICY, **changes))


def test_a_requester_has_so_many_runs_a_day(plan: Plan) -> None:
    journal = Journal(None)
    signed = statement(plan)
    # All under one run id: a matcher that allows it must not widen the budget.
    first, second, third = (sha256(bytes([number])) for number in range(3))
    for one in (first, second):
        POLICY.approve_budget(CITY, one, journal, NOW)
        journal.approved(one, signed, "p", 9, NOW)
    # The first one is delivered again: it has been counted.
    POLICY.approve_budget(CITY, first, journal, NOW)
    with pytest.raises(PolicyRefused, match="2 runs of the day"):
        POLICY.approve_budget(CITY, third, journal, NOW)
    POLICY.approve_budget(CITY, third, journal, NOW + dt.timedelta(days=1))


def test_a_cohort_may_be_too_small() -> None:
    assert POLICY.approve_cohort(5) == 5
    with pytest.raises(PolicyRefused, match="smaller"):
        POLICY.approve_cohort(4)


def test_an_agency_that_shares_its_role_may_be_asked_about_nobody() -> None:
    assert POLICY.approve_cohort(0) == 0


def test_a_procedure_of_the_affair_needs_a_row_of_its_own(plan: Plan) -> None:
    narrow = replace(POLICY, grants=GrantTable((replace(GRANT, procedure="renewal"),)))
    with pytest.raises(PermissionNotApplicable, match="procedure"):
        narrow.approve_run(statement(plan), plan, TAX, NOW)
    programme = replace(plan.programme, procedure="renewal")
    assert narrow.approve_run(statement(plan), replace(plan, programme=programme), TAX, NOW)


def test_a_run_with_another_number_of_agencies_in_a_role_is_refused(plan: Plan) -> None:
    one = statement(plan)
    second = replace(one.providers[0], agency=AgencyId("tax-office-2"))
    shared = replace(one, providers=(one.providers[0], second, *one.providers[1:]))
    with pytest.raises(StatementMismatch, match="roles"):
        POLICY.approve_run(shared, plan, TAX, NOW)


def test_without_an_enclave_policy_no_enclave_is_accepted(compiled: Compile) -> None:
    plan = compiled(Scheme.ENCLAVE, ColumnKind.VALUE)
    with pytest.raises(EvidenceRefused, match="accepts no enclave"):
        POLICY.approve_enclave(b"evidence", statement(plan), Digest(bytes(32)), NOW)
