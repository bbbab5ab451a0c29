from __future__ import annotations

from datetime import date

import pytest

from matcher.core.boundaries import BoundaryCase, boundary_cases
from matcher.core.catalogue import Attribute, AttributeType, code_of_date
from matcher.core.errors import InvalidPredicate
from matcher.core.identifiers import AttributeName
from matcher.core.literals import answer
from matcher.core.predicate import (
    AttributeOperand,
    Comparison,
    ConstantOperand,
    Elapsed,
    Extreme,
    Extremum,
    Lookup,
    Operator,
    TimeUnit,
)
from matcher.core.table import Values
from tests.programmes_of_tests import ATTRIBUTES, predicate_of, programme_of

BORN = AttributeName("town.born")


def _cases(text: str) -> list[BoundaryCase]:
    return list(boundary_cases(predicate_of(text), ATTRIBUTES, 1))


def _verdicts(text: str) -> list[tuple[str, int, int]]:
    found = []
    for case in _cases(text):
        table = {name: Values.of([code]) for name, code in case.members[0].items()}
        verdict = int(answer(predicate_of(text), ATTRIBUTES, table)[0])
        found.append((case.text, case.limit_offset, verdict))
    return found


def test_a_limit_has_a_case_below_at_and_above_and_the_comparison_decides() -> None:
    assert _verdicts("tax.bracket <= 3 && welfare.grade == 1") == [
        ("tax.bracket <= 3", -1, 0),
        ("tax.bracket <= 3", 0, 0),
        ("tax.bracket <= 3", 1, 1),
        ("welfare.grade == 1", -1, 1),
        ("welfare.grade == 1", 0, 0),
        ("welfare.grade == 1", 1, 1),
    ]
    assert _verdicts("tax.bracket > 3 || welfare.grade == 1")[:3] == [
        ("tax.bracket > 3", -1, 1),
        ("tax.bracket > 3", 0, 1),
        ("tax.bracket > 3", 1, 0),
    ]


def test_cases_stay_inside_domains() -> None:
    assert [case.limit_offset for case in _cases("tax.bracket < 7")] == [-1, 0]
    assert [case.limit_offset for case in _cases("tax.bracket > 0")] == [0, 1]


def test_booleans_have_both_values() -> None:
    members = [
        case.members[0]["tax.resident"] for case in _cases("tax.resident && tax.bracket < 3")[:2]
    ]  # type: ignore[index]
    assert members == [0, 1]


def test_members_of_a_list_and_their_neighbours_are_tried() -> None:
    cases = _cases("welfare.grade in [1, 2, 5]")
    found = [(case.members[0]["welfare.grade"], case.limit_offset) for case in cases]  # type: ignore[index]
    assert found == [(0, -1), (1, 0), (2, 0), (3, 1), (4, -1), (5, 0), (6, 1)]


def test_a_comparison_and_its_negation_have_one_limit() -> None:
    text = "tax.bracket <= 3 && welfare.grade == 1 || tax.bracket > 3 && welfare.grade == 2"
    assert [case.text for case in _cases(text)].count("tax.bracket <= 3") == 3
    assert not any(case.text == "tax.bracket > 3" for case in _cases(text))


def test_computed_amounts_are_set_to_the_limit() -> None:
    for case in _cases("tax.income - tax.wealth == 700 && tax.resident"):
        person = {str(name): code for name, code in case.members[0].items()}
        if case.text == "tax.income - tax.wealth == 700":
            assert person["tax.income"] - person["tax.wealth"] == 700 + case.limit_offset
            assert person["tax.resident"] == 1


def test_amounts_that_skip_the_limit_take_another_value_on_its_side() -> None:
    found = [
        (case.limit_offset, 3 * case.members[0]["tax.bracket"])  # type: ignore[index]
        for case in _cases("3 * tax.bracket <= 7")
    ]
    assert [offset for offset, _ in found] == [-1, 1]
    assert found[0][1] < 7 < found[1][1]


def test_a_limit_from_a_table_is_met_for_some_index() -> None:
    income, dependants = (
        AttributeOperand(AttributeName(name)) for name in ("tax.income", "tax.dependants")
    )
    index = Extremum(Extreme.LEAST, (dependants, ConstantOperand(2)))
    limits = (1000, 2000, 3000)
    predicate = Comparison(income, Operator.LE, Lookup("limit", index, 0, limits))
    cases = list(boundary_cases(predicate, ATTRIBUTES, 1))
    assert [case.limit_offset for case in cases] == [-1, 0, 1]
    for case in cases:
        limit = limits[min(case.members[0][dependants.name], 2)]
        assert case.members[0][income.name] == limit + case.limit_offset


def test_limits_of_ages_are_days() -> None:
    low, high = code_of_date(date(1900, 1, 1)), code_of_date(date(2026, 12, 31))
    attributes = {BORN: Attribute(BORN, AttributeType.DATE, low, high)}
    age = Elapsed(TimeUnit.AGE, AttributeOperand(BORN), code_of_date(date(2026, 4, 1)))
    old = Comparison(age, Operator.GE, ConstantOperand(65))
    days = [case.members[0][BORN] for case in boundary_cases(old, attributes, 1)]
    assert days == [code_of_date(date(1961, 4, day)) for day in (1, 2, 3)]
    ancient = Comparison(age, Operator.GE, ConstantOperand(200))
    assert list(boundary_cases(ancient, attributes, 1)) == []


def test_dates_are_a_day_apart() -> None:
    low, high = code_of_date(date(2020, 1, 1)), code_of_date(date(2026, 12, 31))
    attributes = {BORN: Attribute(BORN, AttributeType.DATE, low, high)}
    limit = code_of_date(date(2024, 2, 29))
    before = Comparison(AttributeOperand(BORN), Operator.LT, ConstantOperand(limit))
    days = [case.members[0][BORN] for case in boundary_cases(before, attributes, 1)]
    assert days == [limit - 1, limit, limit + 1]
    (text,) = {case.text for case in boundary_cases(before, attributes, 1)}
    assert text == 'town.born < date("2024-02-29")'


def test_a_limit_that_never_matters_has_cases_all_the_same() -> None:
    text = "tax.bracket <= 3 || tax.bracket <= 5"
    assert [verdict for case, _, verdict in _verdicts(text) if case == "tax.bracket <= 3"] == [
        0,
        0,
        0,
    ]


def test_in_households_the_first_member_is_at_the_limit_and_decides() -> None:
    text = "members.filter(m, m.tax.bracket <= 3).size() >= 2 && members.all(m, m.tax.resident)"
    predicate = programme_of(text, most_members=4).eligible
    cases = list(boundary_cases(predicate, ATTRIBUTES, 4))
    limits = [case for case in cases if case.text == "m.tax.bracket <= 3"]
    assert [case.members[0]["tax.bracket"] for case in limits] == [2, 3, 4]  # type: ignore[index]
    for case in limits:
        others = [member["tax.bracket"] <= 3 for member in case.members[1:]]  # type: ignore[index]
        assert others.count(True) == 1
        assert all(member["tax.resident"] for member in case.members)  # type: ignore[index]
    assert {case.text for case in cases} == {"m.tax.bracket <= 3", "m.tax.resident == true"}


def test_amounts_out_of_range_are_refused() -> None:
    income = AttributeOperand(AttributeName("tax.income"))
    predicate = Comparison(income, Operator.LE, ConstantOperand(10**16))
    with pytest.raises(InvalidPredicate, match="more than can be computed"):
        list(boundary_cases(predicate, ATTRIBUTES, 1))


def test_a_large_predicate_has_its_cases_within_the_budget(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = "tax.bracket <= 3 && welfare.grade == 1"
    offsets = [(case.text, case.limit_offset) for case in _cases(text)]
    monkeypatch.setattr("matcher.core.boundaries._MOST_VISITS", 0)
    # Nothing is left for letting the comparison decide; the limits are met all the same.
    cases = _cases(text)
    assert [(case.text, case.limit_offset) for case in cases] == offsets
    assert [case.members[0]["tax.bracket"] for case in cases[:3]] == [2, 3, 4]  # type: ignore[index]
