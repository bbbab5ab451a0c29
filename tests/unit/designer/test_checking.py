from __future__ import annotations

from dataclasses import replace

import pytest

from clients.designer.checking import CaseResult, MissingGrant, Obstacle, PlanOutcome, Report
from matcher.core.identifiers import AgencyId, AttributeName, Role
from matcher.core.programme import Case
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.verdict import Verdict
from tests.programmes_of_tests import DAY, plan_of

PLAN = plan_of("tax.bracket <= 3", ColumnKind.VALUE, Scheme.ENCLAVE)
NO_PLAN = PlanOutcome(Scheme.BGV, ColumnKind.ATTRIBUTE, None, "a limit inside a class")
CASE = Case("a case", ({AttributeName("tax.bracket"): 3},), Verdict.ELIGIBLE)
FINE = Report(
    programme=PLAN.programme,
    day=DAY,
    cases=(CaseResult(CASE, Verdict.ELIGIBLE),),
    plans=(NO_PLAN, PlanOutcome(Scheme.ENCLAVE, ColumnKind.VALUE, PLAN, "")),
    missing=(),
    obstacles=(),
)
WRONG: dict[str, dict[str, tuple[object, ...]]] = {
    "an example that differs": {"cases": (CaseResult(CASE, Verdict.UNDETERMINED),)},
    "no plan at all": {"plans": (NO_PLAN,)},
    "a grant that is missing": {
        "missing": (MissingGrant(Role("tax"), AgencyId("tax"), AttributeName("tax.bracket"), ""),)
    },
    "another day on which it cannot run": {"obstacles": (Obstacle(DAY, "never holds"),)},
}


def test_one_plan_is_enough() -> None:
    assert FINE.fine


@pytest.mark.parametrize("case", WRONG)
def test_one_thing_wrong_is_not_fine(case: str) -> None:
    report = replace(FINE, **WRONG[case])  # type: ignore[arg-type]
    assert not report.fine
    assert report.to_json()["fine"] is False
