from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from matcher.core.errors import InvalidAgencyTable, ProgrammeNotValid
from matcher.core.identifiers import AttributeName
from matcher.core.reference import reference_decisions, reference_verdicts
from matcher.core.table import Grouping, Values
from matcher.core.verdict import Verdict, tiers_of
from tests.programmes_of_tests import DAY, FIRST, programme_of

BRACKET, GRADE = AttributeName("tax.bracket"), AttributeName("welfare.grade")


def test_three_verdicts() -> None:
    programme = programme_of("tax.bracket <= 3 && welfare.grade == 1")
    table = {BRACKET: Values.of([3, 4, None, None]), GRADE: Values.of([1, 1, 1, 2])}
    assert reference_verdicts(programme, DAY, table).tolist() == [
        Verdict.ELIGIBLE,
        Verdict.INELIGIBLE,
        Verdict.UNDETERMINED,
        Verdict.INELIGIBLE,
    ]


def test_parameters_of_the_day_count() -> None:
    programme = programme_of("tax.bracket <= params.top", {"top": {FIRST: 3, date(2026, 7, 1): 4}})
    table = {BRACKET: Values.of([4])}
    assert reference_verdicts(programme, date(2026, 6, 30), table).tolist() == [1]
    assert reference_verdicts(programme, date(2026, 7, 1), table).tolist() == [0]


def test_an_expired_programme_decides_nothing() -> None:
    with pytest.raises(ProgrammeNotValid):
        reference_verdicts(programme_of("tax.bracket <= 3"), date(2027, 1, 1), {})


def test_a_missing_attribute_is_named() -> None:
    with pytest.raises(InvalidAgencyTable, match=r"welfare\.grade"):
        reference_verdicts(
            programme_of("tax.bracket <= 3 && welfare.grade == 1"), DAY, {BRACKET: Values.of([1])}
        )


TIERS = {"full": "tax.bracket <= 1", "half": "tax.bracket <= 3", "rest": None}


def test_the_first_tier_that_certainly_applies_is_the_decision() -> None:
    programme = programme_of("welfare.grade == 1", tiers=TIERS)
    table = {
        BRACKET: Values.of([0, 2, 5, 2, None, None]),
        GRADE: Values.of([1, 1, 1, 2, 1, 2]),
    }
    decisions = reference_decisions(programme, DAY, table)
    assert decisions.tolist() == [0, 3, 4, 1, 2, 1]
    assert tiers_of(decisions).tolist() == [0, 1, 2, -1, -1, -1]
    assert reference_verdicts(programme, DAY, table).tolist() == [0, 0, 0, 1, 2, 1]


def test_a_rule_about_absence_puts_people_into_a_tier() -> None:
    absent = {"tax.bracket": "ineligible"}
    programme = programme_of("welfare.grade == 1", tiers=TIERS, absent=absent)
    table = {BRACKET: Values.of([None, None]), GRADE: Values.of([1, None])}
    # What is not known does not help into a higher tier; the last one has no condition.
    assert reference_decisions(programme, DAY, table).tolist() == [4, 2]


def test_households_are_decided_from_their_members() -> None:
    programme = programme_of(
        "members.all(m, m.tax.resident)",
        most_members=4,
        tiers={"many": "members.filter(m, m.tax.bracket <= 1).size() >= 2", "rest": None},
    )
    table = {
        AttributeName("tax.resident"): Values.of([1, 1, 1, 0, None]),
        BRACKET: Values.of([0, 1, 1, 1, 1]),
    }
    grouping = Grouping(3, np.array([0, 0, 1, 1, 2], dtype=np.int32))
    assert reference_decisions(programme, DAY, table, grouping).tolist() == [0, 1, 2]
    assert reference_verdicts(programme, DAY, table, grouping).tolist() == [0, 1, 2]
