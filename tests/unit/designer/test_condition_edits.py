from __future__ import annotations

import pytest

from clients.designer.condition_edits import Edit, edits_of
from matcher.core.errors import FusumaError
from tests.programmes_of_tests import ATTRIBUTES, predicate_of

EDITS: dict[str, tuple[str, dict[str, set[str]]]] = {
    "a limit and its operator": (
        "tax.bracket <= 3",
        {
            "operator": {"tax.bracket < 3", "tax.bracket == 3"},
            "limit": {"tax.bracket <= 2", "tax.bracket <= 4"},
        },
    ),
    "equality of numbers": (
        "tax.bracket == params.x",
        {"operator": {"tax.bracket <= params.x", "tax.bracket >= params.x"}},
    ),
    "words have no order": (
        'welfare.adl == "limited"',
        {"operator": {'welfare.adl != "limited"'}},
    ),
    "a boolean": ("tax.resident", {"negation added": {"!tax.resident"}}),
    "a negation is taken away, not doubled": (
        "!tax.resident",
        {"negation left out": {"tax.resident"}},
    ),
    "and": (
        "tax.resident && (tax.bracket > 1)",
        {
            "or for and": {"tax.resident || (tax.bracket > 1)"},
            "condition left out": {"tax.resident", "(tax.bracket > 1)"},
            "negation added": {"!tax.resident && (tax.bracket > 1)"},
            "operator": {
                "tax.resident && (tax.bracket >= 1)",
                "tax.resident && (tax.bracket != 1)",
            },
            "limit": {"tax.resident && (tax.bracket > 0)", "tax.resident && (tax.bracket > 2)"},
        },
    ),
    "a set of numbers loses a member and gains its neighbours": (
        "welfare.grade in [1, 2]",
        {
            "negation added": {"!(welfare.grade in [1, 2])"},
            "member left out": {"welfare.grade in [2]", "welfare.grade in [1]"},
            "member added": {"welfare.grade in [1, 2, 0]", "welfare.grade in [1, 2, 3]"},
        },
    ),
    "a neighbour outside the domain is none": (
        "welfare.grade in [0]",
        {
            "negation added": {"!(welfare.grade in [0])"},
            "member added": {"welfare.grade in [0, 1]"},
        },
    ),
    "a set of words gains every other": (
        'welfare.adl in ["limited"]',
        {
            "negation added": {'!(welfare.adl in ["limited"])'},
            "member added": {'welfare.adl in ["limited", "normal"]'},
        },
    ),
    "a negated set": (
        "!(welfare.grade in [6])",
        {
            "negation left out": {"(welfare.grade in [6])"},
            "member added": {"!(welfare.grade in [6, 5])"},
        },
    ),
    "a threshold": (
        "at_least(2, [tax.resident, !tax.resident, tax.bracket != 4])",
        {
            "count": {
                "(tax.resident || !tax.resident || tax.bracket != 4)",
                "(tax.resident && !tax.resident && tax.bracket != 4)",
            },
            "condition left out": {
                "(!tax.resident && tax.bracket != 4)",
                "(tax.resident && tax.bracket != 4)",
                "(tax.resident && !tax.resident)",
            },
            "negation added": {"at_least(2, [!tax.resident, !tax.resident, tax.bracket != 4])"},
            "negation left out": {"at_least(2, [tax.resident, tax.resident, tax.bracket != 4])"},
            "operator": {
                "at_least(2, [tax.resident, !tax.resident, tax.bracket < 4])",
                "at_least(2, [tax.resident, !tax.resident, tax.bracket > 4])",
            },
            "limit": {
                "at_least(2, [tax.resident, !tax.resident, tax.bracket != 3])",
                "at_least(2, [tax.resident, !tax.resident, tax.bracket != 5])",
            },
        },
    ),
    "a quantifier": (
        "members.all(m, m.tax.resident)",
        {
            "quantifier": {"members.exists(m, m.tax.resident)"},
            "negation added": {"members.all(m, !m.tax.resident)"},
        },
    ),
    "exactly one member": (
        "members.exists_one(m, m.tax.resident)",
        {
            "quantifier": {"members.exists(m, m.tax.resident)"},
            "negation added": {"members.exists_one(m, !m.tax.resident)"},
        },
    ),
    "a count of members": (
        "members.filter(m, !m.tax.resident).size() >= 2",
        {
            "operator": {
                "members.filter(m, !m.tax.resident).size() > 2",
                "members.filter(m, !m.tax.resident).size() == 2",
            },
            "limit": {
                "members.filter(m, !m.tax.resident).size() >= 1",
                "members.filter(m, !m.tax.resident).size() >= 3",
            },
            "negation left out": {"members.filter(m, m.tax.resident).size() >= 2"},
        },
    ),
    "amounts": (
        "tax.income - math.least(tax.wealth, params.x) > -params.y",
        {
            "operator": {
                "tax.income - math.least(tax.wealth, params.x) >= -params.y",
                "tax.income - math.least(tax.wealth, params.x) != -params.y",
            },
            "sign": {
                "tax.income + math.least(tax.wealth, params.x) > -params.y",
                "tax.income - math.least(tax.wealth, params.x) > params.y",
            },
            "function": {"tax.income - math.greatest(tax.wealth, params.x) > -params.y"},
        },
    ),
    "an age": (
        "age(tax.born) >= params.x",
        {
            "operator": {"age(tax.born) > params.x", "age(tax.born) == params.x"},
            "function": {"years_since(tax.born) >= params.x"},
        },
    ),
    "a day": (
        'tax.born == date("2026-03-01")',
        {
            "operator": {'tax.born <= date("2026-03-01")', 'tax.born >= date("2026-03-01")'},
            "limit": {'tax.born == date("2026-02-28")', 'tax.born == date("2026-03-02")'},
        },
    ),
}


@pytest.mark.parametrize("case", EDITS)
def test_a_condition_is_changed_in_every_way_and_no_other(case: str) -> None:
    text, expected = EDITS[case]
    found: dict[str, set[str]] = {}
    for edit in edits_of(text, ATTRIBUTES):
        found.setdefault(edit.what, set()).add(edit.text)
    assert found == expected


def _edit(text: str, what: str) -> Edit:
    return next(edit for edit in edits_of(text, ATTRIBUTES) if edit.what == what)


def test_an_edit_shows_what_it_is_about() -> None:
    edit = _edit("tax.resident && tax.bracket <= 3", "limit")
    assert (edit.before, edit.after) == ("tax.bracket <= 3", "tax.bracket <= 2")
    assert edit.offset == len("tax.resident && tax.bracket <= ")


def test_what_is_left_out_has_nothing_in_its_place() -> None:
    edit = _edit("tax.resident && tax.bracket <= 3", "condition left out")
    assert (edit.before, edit.after, edit.offset) == ("tax.resident", "", 0)


def test_no_change_comes_twice() -> None:
    texts = [edit.text for edit in edits_of("tax.resident && tax.resident", ATTRIBUTES)]
    assert len(texts) == len(set(texts))


def test_most_changes_are_conditions_themselves() -> None:
    text = "tax.bracket <= 3 && !(tax.resident || school.year in [2, 4]) || welfare.grade == 1"
    refused = []
    for edit in edits_of(text, ATTRIBUTES):
        try:
            predicate_of(edit.text)
        except FusumaError:
            refused.append(edit.text)
    assert refused == []
