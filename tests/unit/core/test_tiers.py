from __future__ import annotations

import itertools

from matcher.core.identifiers import AttributeName
from matcher.core.kleene import FALSE, TRUE, UNKNOWN
from matcher.core.literals import answer
from matcher.core.table import Values
from matcher.core.tiers import exclusive_tiers
from tests.programmes_of_tests import ATTRIBUTES, predicate_of

ELIGIBLE = predicate_of("tax.resident")
FIRST, SECOND = predicate_of("tax.bracket == 0"), predicate_of("welfare.grade == 1")


def test_without_outcomes_there_is_one_tier() -> None:
    assert exclusive_tiers(ELIGIBLE, []) == (ELIGIBLE,)
    assert exclusive_tiers(ELIGIBLE, [None]) == (ELIGIBLE,)


def test_the_first_condition_that_holds_counts_and_an_uncertain_one_is_not_passed_over() -> None:
    rows = list(itertools.product([1, 0, None], [0, 1, None], [1, 0, None]))
    names = map(AttributeName, ("tax.resident", "tax.bracket", "welfare.grade"))
    table = {
        name: Values.of(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)
    }
    tiers = exclusive_tiers(ELIGIBLE, [FIRST, SECOND, None])
    answers = [answer(tier, ATTRIBUTES, table).tolist() for tier in tiers]
    for (resident, bracket, grade), found in zip(rows, zip(*answers, strict=True), strict=True):
        conditions = [bracket == 0, grade == 1, True]
        if resident == 0:
            assert found == (FALSE, FALSE, FALSE)
        elif None in (resident, bracket, grade):
            assert list(found).count(TRUE) <= 1
            if bracket is None:
                assert found[0] == UNKNOWN
                assert TRUE not in found
        else:
            first = conditions.index(True)
            assert [code == TRUE for code in found] == [place == first for place in range(3)]
