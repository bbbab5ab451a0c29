import datetime as dt

import numpy as np

from clients.requester.decided import Decided
from matcher.core.identifiers import Digest
from matcher.core.plan import compile_plan
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.verdict import Verdict
from matcher.language import load_programme
from programmes import programme_path
from tests.city_households import city_households

DAY = dt.date(2026, 6, 1)
# Full, half, half, ineligible, undetermined.
DECISIONS = np.array([0, 3, 3, 1, 2], dtype=np.uint8)


def paid() -> Decided:
    programme = city_households()
    plan = compile_plan(programme, Digest(bytes(32)), Scheme.BGV, ColumnKind.DECISION, DAY)
    return Decided.of(plan, DECISIONS)


def unpaid() -> Decided:
    programme = load_programme(programme_path("city/support"))
    plan = compile_plan(programme, Digest(bytes(32)), Scheme.BGV, ColumnKind.DECISION, DAY)
    return Decided.of(plan, np.array([0, 1, 2, 2], dtype=np.uint8))


def test_a_decision_is_a_verdict_and_an_outcome() -> None:
    decided = paid()
    assert len(decided) == 5
    assert decided.verdicts.tolist() == [0, 0, 0, 1, 2]
    assert decided.tiers.tolist() == [0, 1, 1, -1, -1]


def test_outcomes_are_counted_with_what_they_cost() -> None:
    full, half = paid().outcome_counts()
    assert (full.outcome.name, full.subjects, full.amount, full.total) == ("full", 1, 20000, 20000)
    assert (half.outcome.name, half.subjects, half.amount, half.total) == ("half", 2, 10000, 20000)


def test_the_figures_name_outcomes_and_currency() -> None:
    assert paid().counts_json() == {
        "eligible": 3,
        "ineligible": 1,
        "undetermined": 1,
        "outcomes": [
            {"name": "full", "subjects": 1, "amount": 20000},
            {"name": "half", "subjects": 2, "amount": 10000},
        ],
        "currency": "JPY",
        "every": "year",
    }


def test_a_programme_that_only_decides_has_no_outcomes() -> None:
    decided = unpaid()
    assert decided.outcome_counts() == ()
    assert decided.counts_json() == {"eligible": 1, "ineligible": 1, "undetermined": 2}
    assert decided.verdict_counts()[Verdict.UNDETERMINED] == 2


def test_an_outcome_nobody_has_is_counted_as_nobody() -> None:
    nobody = Decided(np.array([1], dtype=np.uint8), paid().outcomes, paid().amounts)
    assert [one.subjects for one in nobody.outcome_counts()] == [0, 0]
