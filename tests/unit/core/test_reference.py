from __future__ import annotations

from datetime import date

import pytest

from matcher.core.errors import InvalidAgencyTable, ProgrammeNotValid
from matcher.core.identifiers import AttributeName
from matcher.core.reference import reference_verdicts
from matcher.core.table import Values
from matcher.core.verdict import Verdict
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
