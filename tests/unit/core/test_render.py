from __future__ import annotations

import pytest

from matcher.core.catalogue import Attribute, AttributeType
from matcher.core.identifiers import AttributeName
from matcher.core.normal import normal_form
from matcher.core.predicate import (
    AttributeOperand,
    Comparison,
    ConstantOperand,
    Elapsed,
    Lookup,
    Operator,
    Settled,
    TimeUnit,
)
from matcher.core.render import render, render_code, render_operand
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


@pytest.mark.parametrize(
    "text",
    [
        "tax.income - tax.wealth <= 700",
        "tax.income - (tax.wealth - tax.bracket) <= 700",
        "tax.income - tax.wealth - tax.bracket <= 700",
        "(tax.income + 2) * tax.bracket - 3 * tax.wealth <= 700",
        "tax.income * (tax.bracket * tax.wealth) <= 700",
        "math.least(tax.income, tax.wealth + 1, 900) in [1, 2]",
        "math.greatest(tax.income - tax.wealth, 0) == math.least(tax.bracket, 3)",
        "at_least(2, [tax.bracket == 1, tax.resident == true || school.year == 2, town.years > 3])",
    ],
)
def test_computed_amounts_read_back_as_they_were_meant(text: str) -> None:
    assert render(predicate_of(text), ATTRIBUTES) == text
    assert predicate_of(render(predicate_of(text), ATTRIBUTES)) == predicate_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "members.all(m, m.tax.bracket <= 3 && m.tax.resident == true)",
        "members.exists(m, m.tax.bracket <= 3)",
        "members.filter(m, m.tax.income - m.tax.wealth <= 3).size() >= 2",
        "members.filter(m, !(m.tax.bracket > 3)).size() <= 1",
        "members.filter(m, m.tax.bracket in [1, 2]).size() <= 1",
    ],
)
def test_quantifiers_read_back_as_they_were_meant(text: str) -> None:
    predicate = normal_form(programme_of(text, most_members=4).eligible)
    assert render(predicate, ATTRIBUTES) == text
    again = programme_of(render(predicate, ATTRIBUTES), most_members=4).eligible
    assert normal_form(again) == predicate


def test_the_body_of_a_quantifier_is_about_a_member() -> None:
    body = predicate_of("tax.bracket <= 3")
    assert render(body, ATTRIBUTES, of_member=True) == "m.tax.bracket <= 3"


def test_tables_and_times_keep_their_names() -> None:
    bracket = AttributeOperand(AttributeName("tax.bracket"))
    table = Lookup("limit", bracket, 0, (1, 2))
    assert render_operand(table, ATTRIBUTES) == "params.limit[tax.bracket]"
    age = Elapsed(TimeUnit.AGE, AttributeOperand(AttributeName("town.born")), 20_000)
    assert render_operand(age, ATTRIBUTES) == "age(town.born)"


def test_dates_appear_as_dates() -> None:
    born = AttributeName("town.born")
    attributes = {born: Attribute(born, AttributeType.DATE, -10_000, 20_000)}
    before = Comparison(AttributeOperand(born), Operator.LT, ConstantOperand(20_000))
    assert render(before, attributes) == 'town.born < date("2024-10-04")'


def test_what_an_absent_record_means_is_told() -> None:
    leaf = predicate_of("tax.bracket <= 3")
    settled = Settled(leaf, holds=False)  # type: ignore[arg-type]
    assert render(settled, ATTRIBUTES) == "(tax.bracket <= 3).orValue(false)"
