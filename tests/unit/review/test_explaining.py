from __future__ import annotations

from datetime import date

import pytest

from clients.review.explaining import explain, explain_rule
from clients.review.phrases import Language
from tests.programmes_of_tests import FIRST, programme_of

LATER = date(2026, 7, 1)
DATED: dict[str, dict[date, int | bool | str]] = {
    "top": {FIRST: 3, LATER: 4},
    "flag": {FIRST: True},
    "adl": {FIRST: "limited"},
}

CONDITIONS: dict[str, tuple[str, str, str]] = {
    "a limit": ("tax.bracket <= 3", "tax.bracket is at most 3", "「tax.bracket」が3以下である"),
    "a limit on the left": (
        "3 < tax.bracket",
        "tax.bracket is above 3",
        "「tax.bracket」が3を超える",
    ),
    "a value by name": (
        'welfare.adl == "limited"',
        "welfare.adl is “limited”",
        "「welfare.adl」が「limited」である",
    ),
    "a boolean": ("tax.resident", "tax.resident: yes", "「tax.resident」に該当する"),
    "a boolean negated": ("!tax.resident", "tax.resident: no", "「tax.resident」に該当しない"),
    "a boolean that is not false": (
        "tax.resident != false",
        "tax.resident: yes",
        "「tax.resident」に該当する",
    ),
    "a boolean that is false": (
        "tax.resident == false",
        "tax.resident: no",
        "「tax.resident」に該当しない",
    ),
    "a list": (
        "tax.bracket in [1, 2, 5]",
        "tax.bracket is 1, 2 or 5",
        "「tax.bracket」が1、2、5のいずれかである",
    ),
    "a list excluded": (
        "!(tax.bracket in [1, 2])",
        "tax.bracket is not 1 or 2",
        "「tax.bracket」が1、2のいずれでもない",
    ),
    "a list of one": ("tax.bracket in [1]", "tax.bracket is 1", "「tax.bracket」が1である"),
    "a list of one excluded": (
        "!(tax.bracket in [1])",
        "tax.bracket is not 1",
        "「tax.bracket」が1でない",
    ),
    "two attributes": (
        "tax.bracket >= tax.dependants",
        "tax.bracket is at least tax.dependants",
        "「tax.bracket」がtax.dependants以上である",
    ),
}


@pytest.mark.parametrize("case", CONDITIONS)
def test_a_condition_is_one_sentence(case: str) -> None:
    text, english, japanese = CONDITIONS[case]
    for language, sentence in ((Language.EN, english), (Language.JA, japanese)):
        assert f"  - {sentence}" in explain(programme_of(text), FIRST, language)


def test_alternatives_are_indented_below_what_joins_them() -> None:
    lines = explain(
        programme_of("tax.resident && (tax.bracket == 1 || welfare.grade == 2)"), FIRST, Language.EN
    )
    start = lines.index(f"On {FIRST}, a person is eligible if:")
    assert lines[start + 1 : start + 6] == [
        "  - all of these hold:",
        "    - tax.resident: yes",
        "    - at least one of these holds:",
        "      - tax.bracket is 1",
        "      - welfare.grade is 2",
    ]


def test_the_rule_is_that_of_the_day_and_every_value_of_a_parameter_is_told() -> None:
    programme = programme_of(
        "tax.bracket <= params.top && tax.resident == params.flag && welfare.adl == params.adl",
        parameters=DATED,
    )
    lines = explain(programme, LATER, Language.EN)
    assert "    - tax.bracket is at most 4" in lines
    assert f"The parameter top is 3 from {FIRST} on, then 4 from {LATER} on." in lines
    assert f"The parameter flag is “yes” from {FIRST} on." in lines
    assert f"The parameter adl is “limited” from {FIRST} on." in lines
    japanese = explain(programme, FIRST, Language.JA)
    assert "    - 「tax.bracket」が3以下である" in japanese
    assert f"パラメータ top: {FIRST}から3、{LATER}から4" in japanese
    assert f"パラメータ flag: {FIRST}から「該当」" in japanese


def test_the_rule_alone_is_part_of_the_explanation() -> None:
    programme = programme_of(
        "tax.bracket <= params.top && tax.resident", parameters={"top": DATED["top"]}
    )
    whole = explain(programme, LATER, Language.EN)
    rule = explain_rule(programme, LATER, Language.EN)
    first = whole.index(rule[0])
    assert whole[first : first + len(rule)] == rule
    assert 1 < len(rule) < len(whole)
