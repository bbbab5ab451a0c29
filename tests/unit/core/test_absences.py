from __future__ import annotations

import pytest

from matcher.core.absences import settle
from matcher.core.identifiers import AttributeName
from matcher.core.kleene import FALSE, TRUE, UNKNOWN
from matcher.core.literals import answer
from matcher.core.render import render
from matcher.core.table import Values
from matcher.core.verdict import Verdict
from tests.programmes_of_tests import ATTRIBUTES, predicate_of, programme_of

ELIGIBLE, INELIGIBLE, UNDETERMINED = Verdict
BRACKET, INCOME = AttributeName("tax.bracket"), AttributeName("tax.income")


def _answer(text: str, rules: dict[str, Verdict], **codes: int | None) -> int:
    by_name = {AttributeName(name): verdict for name, verdict in rules.items()}
    predicate = settle(predicate_of(text), by_name, ATTRIBUTES)
    table = {AttributeName(name.replace("_", ".")): Values.of([c]) for name, c in codes.items()}
    return int(answer(predicate, ATTRIBUTES, table)[0])


@pytest.mark.parametrize(
    "text",
    [
        "tax.bracket <= 3",
        "!(tax.bracket <= 3)",
        "tax.bracket in [1, 2]",
        "!(tax.bracket in [1, 2])",
        "!(tax.bracket != 3 && !(tax.bracket in [1]))",
    ],
)
@pytest.mark.parametrize(
    ("rule", "found"), [(INELIGIBLE, FALSE), (ELIGIBLE, TRUE), (UNDETERMINED, UNKNOWN)]
)
def test_a_rule_settles_comparisons_and_their_negations_alike(
    text: str, rule: Verdict, found: int
) -> None:
    assert _answer(text, {"tax.bracket": rule}, tax_bracket=None) == found


def test_what_is_present_counts_as_it_is() -> None:
    for rule in Verdict:
        assert _answer("tax.bracket <= 3", {"tax.bracket": rule}, tax_bracket=3) == TRUE
        assert _answer("tax.bracket <= 3", {"tax.bracket": rule}, tax_bracket=4) == FALSE


def test_other_comparisons_stay_unknown() -> None:
    text = "tax.bracket <= 3 && tax.wealth <= 5"
    assert _answer(text, {"tax.bracket": ELIGIBLE}, tax_bracket=None, tax_wealth=None) == UNKNOWN
    assert _answer(text, {"tax.bracket": ELIGIBLE}, tax_bracket=None, tax_wealth=5) == TRUE


@pytest.mark.parametrize(
    ("bracket", "dependants", "found"),
    [
        (INELIGIBLE, ELIGIBLE, FALSE),
        (INELIGIBLE, UNDETERMINED, FALSE),
        (UNDETERMINED, ELIGIBLE, UNKNOWN),
        (ELIGIBLE, ELIGIBLE, TRUE),
    ],
)
def test_of_several_rules_the_stricter_counts(
    bracket: Verdict, dependants: Verdict, found: int
) -> None:
    rules = {"tax.bracket": bracket, "tax.dependants": dependants}
    text = "tax.bracket <= tax.dependants"
    for absent in ((None, 1), (1, None), (None, None)):
        codes = dict(zip(("tax_bracket", "tax_dependants"), absent, strict=True))
        assert _answer(text, rules, **codes) == found


def test_closed_worlds_have_no_say() -> None:
    rules = {"tax.bracket": ELIGIBLE}
    assert _answer("tax.bracket < tax.closed", rules, tax_bracket=None, tax_closed=None) == TRUE
    predicate = settle(predicate_of("tax.closed < 3"), {INCOME: INELIGIBLE}, ATTRIBUTES)
    assert "orValue" not in render(predicate, ATTRIBUTES)


def test_members_are_settled_one_by_one() -> None:
    programme = programme_of("members.all(m, m.tax.bracket <= 3)", most_members=4)
    predicate = settle(programme.eligible, {BRACKET: ELIGIBLE}, ATTRIBUTES)
    text = render(predicate, ATTRIBUTES)
    assert text == "members.all(m, (m.tax.bracket <= 3).orValue(true))"
