from __future__ import annotations

import pytest

from matcher.core.certainty import can_be_unknown
from matcher.core.normal import negated, normal_form
from tests.programmes_of_tests import ATTRIBUTES, DAY, programme_of

OPEN = ["tax.bracket <= 3", "tax.closed <= 3 && tax.bracket <= 3", "tax.bracket == tax.closed"]
CLOSED = ["tax.closed <= 3", "welfare.closed in [1, 2] || tax.closed == 1"]


@pytest.mark.parametrize("text", OPEN)
def test_what_reads_an_open_attribute_can_be_unknown(text: str) -> None:
    assert can_be_unknown(normal_form(programme_of(text).predicate_on(DAY)), ATTRIBUTES)


@pytest.mark.parametrize("text", CLOSED)
def test_a_closed_world_leaves_nothing_unknown(text: str) -> None:
    assert not can_be_unknown(normal_form(programme_of(text).predicate_on(DAY)), ATTRIBUTES)


@pytest.mark.parametrize("text", [*OPEN, "!(tax.bracket in [1, 2])"])
@pytest.mark.parametrize("verdict", ["eligible", "ineligible"])
def test_a_settled_absence_leaves_nothing_unknown(text: str, verdict: str) -> None:
    programme = programme_of(text, absent={"tax.bracket": verdict})
    for form in (normal_form, negated):
        assert not can_be_unknown(form(programme.predicate_on(DAY)), ATTRIBUTES)


def test_one_open_part_is_enough() -> None:
    programme = programme_of(
        "tax.bracket <= 3 && welfare.grade == 1", absent={"tax.bracket": "eligible"}
    )
    assert can_be_unknown(normal_form(programme.predicate_on(DAY)), ATTRIBUTES)


@pytest.mark.parametrize(
    ("text", "unknown"),
    [("members.all(m, m.tax.bracket <= 3)", True), ("members.exists(m, m.tax.closed > 3)", False)],
)
def test_a_quantifier_is_as_uncertain_as_its_body(*, text: str, unknown: bool) -> None:
    programme = programme_of(text, most_members=3)
    assert can_be_unknown(normal_form(programme.predicate_on(DAY)), ATTRIBUTES) is unknown
