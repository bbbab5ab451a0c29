from __future__ import annotations

import pytest

from matcher.core.identifiers import Role
from matcher.core.normal import normal_form
from matcher.core.render import render
from matcher.core.residue import residue
from tests.programmes_of_tests import ATTRIBUTES, DAY, programme_of

CASES = {
    "a conjunction": ("tax.bracket <= 3 && welfare.grade == 1", "welfare.grade == 1", "false"),
    "a disjunction": ("tax.bracket <= 3 || welfare.grade == 1", "true", "welfare.grade == 1"),
    "a threshold": (
        "at_least(2, [tax.bracket <= 3, welfare.grade == 1, school.year == 1])",
        "welfare.grade == 1 || school.year == 1",
        "welfare.grade == 1 && school.year == 1",
    ),
    "another's part": ("welfare.grade == 1 || school.year == 1", None, None),
}
HOUSEHOLDS = {
    "quantifiers of several roles": (
        "members.all(m, m.tax.bracket <= 3) && members.exists(m, m.welfare.grade == 1)",
        "members.exists(m, m.welfare.grade == 1)",
        "false",
    ),
    "one member asked by both": (
        "members.filter(m, m.tax.bracket <= 3 && m.welfare.grade == 1).size() >= 2",
        "members.filter(m, m.welfare.grade == 1).size() >= 2",
        "false",
    ),
    "all members asked by either": (
        "members.all(m, m.tax.bracket <= 3 || m.welfare.grade == 1)",
        "true",
        "members.all(m, m.welfare.grade == 1)",
    ),
}


def _check(text: str, holds: str | None, fails: str | None, most_members: int | None) -> None:
    predicate = normal_form(programme_of(text, most_members=most_members).predicate_on(DAY))
    for value, expected in ((True, holds), (False, fails)):
        rest = residue(predicate, ATTRIBUTES, Role("tax"), value=value)
        assert render(rest, ATTRIBUTES) == (expected or render(predicate, ATTRIBUTES))


@pytest.mark.parametrize(("text", "holds", "fails"), CASES.values(), ids=CASES.keys())
def test_what_remains_where_one_role_is_known(
    text: str, holds: str | None, fails: str | None
) -> None:
    _check(text, holds, fails, None)


@pytest.mark.parametrize(("text", "holds", "fails"), HOUSEHOLDS.values(), ids=HOUSEHOLDS.keys())
def test_what_remains_of_a_household(text: str, holds: str, fails: str) -> None:
    _check(text, holds, fails, 3)
