from __future__ import annotations

import pytest

from matcher.core.identifiers import AttributeName
from matcher.core.render import render, render_code
from tests.programmes_of_tests import ATTRIBUTES, FIRST, predicate_of, programme_of


@pytest.mark.parametrize(
    "text",
    [
        "tax.bracket <= 3",
        'welfare.adl == "limited"',
        "tax.resident == true",
        "tax.bracket == tax.dependants",
        "!(welfare.grade in [1, 2])",
        'welfare.adl in ["limited", "normal"]',
        "(tax.bracket == 1 || welfare.grade == 2) && tax.resident != false",
        "tax.bracket == 1 && welfare.grade == 2 || tax.resident == false",
        "true && tax.bracket == 1",
    ],
)
def test_canonical_text_compiles_to_the_same_predicate(text: str) -> None:
    rendered = render(predicate_of(text), ATTRIBUTES)
    assert predicate_of(rendered) == predicate_of(text)


def test_parameters_keep_their_name() -> None:
    programme = programme_of("tax.bracket in [0, params.p]", {"p": {FIRST: 4}})
    assert render(programme.eligible, ATTRIBUTES) == "tax.bracket in [0, params.p]"


def test_codes_appear_as_values() -> None:
    adl = ATTRIBUTES[AttributeName("welfare.adl")]
    assert render_code(adl, 0) == '"limited"'
    assert render_code(ATTRIBUTES[AttributeName("tax.resident")], 1) == "true"
    assert render_code(ATTRIBUTES[AttributeName("tax.bracket")], 7) == "7"
