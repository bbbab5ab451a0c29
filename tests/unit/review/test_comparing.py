from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from clients.review.changes import changes_between
from clients.review.comparing import Comparison, compare
from clients.review.comparison_text import comparison_lines
from clients.review.example_search import Certainty
from clients.review.subjects import table_of
from clients.review.transitions import joint_attributes
from matcher.core.identifiers import AttributeName
from matcher.core.programme import Programme
from matcher.core.table import Grouping, Table, Values
from matcher.core.verdict import Verdict
from matcher.language import dump_bundle, load_programme

DAY = date(2026, 6, 1)
CATALOGUE = """
catalogue: town
attributes:
  tax.income: {type: integer, domain: [0, 9000000], absent: unknown}
  tax.dependants: {type: integer, domain: [0, 9], absent: 0}
  tax.taxed: {type: boolean, absent: unknown}
  welfare.grade: {type: enumeration, values: [none, light, severe], absent: unknown}
"""
PROGRAMME = """
programme: town/support
version: "1"
title: {en: Support}
catalogue: town
requester: town
affair: support
unit: person
valid: {from: 2026-04-01, to: 2027-03-31}
parameters:
  limit: {2026-04-01: 2000000}
eligible: tax.income <= params.limit && welfare.grade == "severe"
outcomes:
  pays: {currency: JPY, every: year}
  tiers:
    - {name: full, title: {en: Full}, when: tax.income <= 1000000, amount: 20000}
    - {name: half, title: {en: Half}, amount: 10000}
tests:
  - {name: at the limit, given: {tax.income: 2000000, welfare.grade: severe}, expect: eligible}
"""
HOUSEHOLDS = """
programme: town/heating
version: "1"
title: {en: Heating}
catalogue: town
requester: town
affair: heating
unit: household
most_members: 4
valid: {from: 2026-04-01}
eligible: members.all(m, !m.tax.taxed) && members.exists(m, m.welfare.grade == "severe")
"""

NEVER_HELPS = (
    "outcomes:",
    "absent:\n  tax.income: {verdict: ineligible, reason: {en: x}}\noutcomes:",
)

Load = Callable[..., Programme]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def load_text(
        *changes: tuple[str, str], base: str = PROGRAMME, catalogue: str = CATALOGUE
    ) -> Programme:
        for old, new in changes:
            assert old in base
            base = base.replace(old, new)
        (tmp_path / "catalogue.yaml").write_text(catalogue)
        (tmp_path / "programme.yaml").write_text(base)
        return load_programme(tmp_path / "programme.yaml")

    return load_text


def fields(old: Programme, new: Programme) -> dict[str, tuple[str | None, str | None]]:
    return {change.field: (change.old, change.new) for change in changes_between(old, new)}


def text(comparison: Comparison) -> str:
    return "\n".join(comparison_lines(comparison))


def transitions(comparison: Comparison) -> set[str]:
    old, new = comparison.old.programme, comparison.new.programme
    return {f"{one.old.text(old)} -> {one.new.text(new)}" for one in comparison.examples}


# --- Text -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "field", "expected"),
    [
        pytest.param(("en: Support", "en: Aid"), "title.en", ("Support", "Aid"), id="a title"),
        pytest.param(
            ("{en: Support}", "{en: Support, ja: 支援}"),
            "title.ja",
            (None, "支援"),
            id="a language",
        ),
        pytest.param(("affair: support", "affair: aid"), "affair", ("support", "aid"), id="affair"),
        pytest.param(
            ("2026-04-01: 2000000", "2026-04-01: 2000000, 2026-10-01: 3000000"),
            "parameters.limit.2026-10-01",
            (None, "3000000"),
            id="a later value",
        ),
        pytest.param(
            ('"severe"\n', '"severe" && !tax.taxed\n'),
            "catalogue.attributes.tax.taxed.type",
            (None, "boolean"),
            id="another item",
        ),
        pytest.param(
            ("tax.income <= 1000000,", "tax.income < 1000000,"),
            "outcomes.full.when",
            ("tax.income <= 1000000", "tax.income < 1000000"),
            id="a tiers condition",
        ),
        pytest.param(("amount: 10000", "amount: 9000"), "outcomes.half.amount", ("10000", "9000")),
        pytest.param(
            ("every: year", "every: month"), "pays.every", ("year", "month"), id="how often"
        ),
        pytest.param(
            ("given: {tax.income: 2000000, ", "given: {tax.income: 1999999, "),
            "tests.at the limit",
            (
                "tax.income 2000000, welfare.grade severe: eligible",
                "tax.income 1999999, welfare.grade severe: eligible",
            ),
            id="a test",
        ),
        pytest.param(
            (
                "outcomes:",
                "absent:\n  tax.income: {verdict: ineligible, reason: {en: x}}\noutcomes:",
            ),
            "absent.tax.income.reason.en",
            (None, "x"),
            id="an absence rule",
        ),
    ],
)
def test_what_has_changed_is_named_with_both_texts(
    load: Load, change: tuple[str, str], field: str, expected: tuple[str | None, str | None]
) -> None:
    assert fields(load(), load(change))[field] == expected


def test_a_text_never_looks_like_a_line_of_the_report(load: Load) -> None:
    rule = "eligible: tax.income <= params.limit"
    block = "eligible: |-\n  tax.income <= params.limit // \n  // the same programme\n "
    comparison = compare(load(), load((rule, block)), DAY)
    assert comparison.certainty is Certainty.SAME
    assert not any(line.strip().startswith("//") for line in comparison_lines(comparison))


def test_what_is_gone_is_named_too(load: Load) -> None:
    without = load(("{en: Support}", "{ja: 支援}"))
    assert fields(load(), without)["title.en"] == ("Support", None)


def test_another_order_of_outcomes_or_tests_is_a_change(load: Load) -> None:
    second = "  - {name: at one, given: {tax.income: 1}, expect: undetermined}\n"
    old = load(("tests:\n", f"tests:\n{second}"))
    first, last = old.cases
    swapped = replace(old, cases=(last, first))
    assert fields(old, swapped) == {
        "tests (order)": ("at one, at the limit", "at the limit, at one")
    }


def test_no_change_means_the_same_bundle(load: Load) -> None:
    same = compare(load(), load(), DAY)
    assert same.same
    assert same.certainty is Certainty.SAME
    assert text(same).endswith("the same programme")
    for changed in (
        load(('"1"', '"2"')),
        replace(load(), cases=(*load().cases, *load().cases)),
        replace(load(), cases=()),
    ):
        assert dump_bundle(changed) != dump_bundle(load())
        assert not compare(load(), changed, DAY).same


# --- Decisions ------------------------------------------------------------------------------------


def test_a_higher_limit_lets_in_who_stands_above_the_old_one(load: Load) -> None:
    comparison = compare(load(), load(("2026-04-01: 2000000", "2026-04-01: 2500000")), DAY)
    assert comparison.certainty is Certainty.DIFFERENT
    assert "ineligible -> eligible, half, JPY 10,000 a year" in transitions(comparison)
    (example,) = [
        one
        for one in comparison.examples
        if (one.old.verdict, one.new.outcome) == (Verdict.INELIGIBLE, "half")
    ]
    (member,) = example.members
    assert set(member) == {"tax.income", "welfare.grade"}
    income = member[AttributeName("tax.income")]
    assert income is not None
    assert 2000000 < income <= 2500000
    assert f"tax.income {income:,}, welfare.grade severe" in text(comparison)


def test_an_example_has_no_facts_that_do_not_matter(load: Load) -> None:
    wider = load(('welfare.grade == "severe"', 'welfare.grade in ["light", "severe"]'))
    comparison = compare(load(), wider, DAY)
    for example in comparison.examples:
        for member in example.members:
            assert "tax.dependants" not in member


def test_another_amount_is_another_decision(load: Load) -> None:
    comparison = compare(load(), load(("amount: 10000", "amount: 12000")), DAY)
    assert transitions(comparison) == {
        "eligible, half, JPY 10,000 a year -> eligible, half, JPY 12,000 a year"
    }


def test_another_text_of_the_same_rule_decides_nobody_otherwise(load: Load) -> None:
    other = load(("eligible: tax.income <= params.limit", "eligible: params.limit >= tax.income"))
    comparison = compare(load(), other, DAY)
    assert comparison.certainty is Certainty.SAME
    assert comparison.changes
    assert "Nobody is decided otherwise" in text(comparison)


def test_a_rule_that_means_the_same_is_shown_to(load: Load) -> None:
    other = load(('welfare.grade == "severe"', '!(welfare.grade in ["none", "light"])'))
    assert compare(load(), other, DAY).certainty is Certainty.SAME


def test_only_a_missing_fact_may_be_decided_otherwise(load: Load) -> None:
    comparison = compare(load(), load(NEVER_HELPS), DAY)
    assert transitions(comparison) == {"undetermined -> ineligible"}
    assert all("tax.income" not in member for one in comparison.examples for member in one.members)


def test_households_are_compared_as_households(load: Load) -> None:
    old = load(base=HOUSEHOLDS)
    new = load(("members.all(m, !m.tax.taxed)", "members.exists(m, !m.tax.taxed)"), base=HOUSEHOLDS)
    comparison = compare(old, new, DAY)
    assert "ineligible -> eligible" in transitions(comparison)
    example = next(one for one in comparison.examples if one.new.verdict is Verdict.ELIGIBLE)
    assert len(example.members) == 2
    assert "; " in text(comparison)


def test_persons_and_households_cannot_be_compared(load: Load) -> None:
    comparison = compare(load(), load(base=HOUSEHOLDS), DAY)
    assert comparison.certainty is Certainty.DIFFERENT
    assert "another unit: person -> household" in text(comparison)


def test_each_version_decides_on_a_day_of_its_own_validity(load: Load) -> None:
    new = load(
        ("{from: 2026-04-01, to: 2027-03-31}", "{from: 2027-04-01}"),
        ("2026-04-01: 2000000", "2027-04-01: 2000000"),
    )
    comparison = compare(load(), new, DAY)
    assert (comparison.old.day, comparison.new.day) == (DAY, date(2027, 4, 1))
    assert comparison.certainty is Certainty.SAME


def test_a_renumbered_enumeration_keeps_its_names(load: Load) -> None:
    catalogue = CATALOGUE.replace("[none, light, severe]", "[severe, none, light, profound]")
    new = load(('"1"', '"2"'), catalogue=catalogue)
    comparison = compare(load(), new, DAY, population(load(), new, [{"welfare.grade": 0}]))
    assert comparison.counted is not None
    # Severe is the third name of the old version and the first of the new one.
    assert comparison.counted.left_out == 0
    assert not comparison.counted.changed
    unknown = compare(load(), new, DAY, population(load(), new, [{"welfare.grade": 3}]))
    assert unknown.counted is not None
    assert unknown.counted.left_out == 1
    assert "left out: 1" in text(unknown)


# --- Populations ----------------------------------------------------------------------------------


def population(
    old: Programme, new: Programme, members: Sequence[Mapping[str, int | None]]
) -> tuple[Table, Grouping | None]:
    named = [{AttributeName(name): code for name, code in one.items()} for one in members]
    return table_of([(one,) for one in named], joint_attributes(old, new), households=False)


def test_a_population_is_counted_with_what_it_costs(load: Load) -> None:
    old = load()
    new = load(("2026-04-01: 2000000", "2026-04-01: 2500000"), ("amount: 20000", "amount: 15000"))
    severe = {"welfare.grade": 2, "tax.taxed": 1}
    people = [
        *[{**severe, "tax.income": 500000}] * 3,
        *[{**severe, "tax.income": 2400000}] * 2,
        {**severe, "tax.income": 9000000},
    ]
    counted = compare(old, new, DAY, population(old, new, people)).counted
    assert counted is not None
    assert counted.subjects == 6
    assert {
        (before.text(old), after.text(new)): count
        for (before, after), count in counted.changed.items()
    } == {
        ("eligible, full, JPY 20,000 a year", "eligible, full, JPY 15,000 a year"): 3,
        ("ineligible", "eligible, half, JPY 10,000 a year"): 2,
    }
    assert counted.money == 3 * -5000 + 2 * 10000
    comparison = compare(old, new, DAY, population(old, new, people))
    assert "of 6 subjects 5 are decided otherwise" in text(comparison)
    assert "money: +5,000 JPY a year" in text(comparison)


def test_nobodys_record_is_an_example(load: Load) -> None:
    old, new = load(), load(("2026-04-01: 2000000", "2026-04-01: 2500000"))
    planted = 2345678
    people = [{"welfare.grade": 2, "tax.income": planted}] * 5
    comparison = compare(old, new, DAY, population(old, new, people))
    written = text(comparison) + json.dumps(comparison.to_json())
    assert "of 5 subjects 5" in written
    assert str(planted) not in written
    assert f"{planted:,}" not in written


def test_amounts_paid_otherwise_are_not_subtracted(load: Load) -> None:
    old, new = load(), load(("every: year", "every: month"))
    people = population(old, new, [{"welfare.grade": 2, "tax.income": 1}])
    tree: Any = compare(old, new, DAY, people).to_json()
    assert tree["population"]["money"] is None


def test_a_population_of_households_is_counted_by_household(load: Load) -> None:
    old = load(base=HOUSEHOLDS)
    new = load(("members.all(m, !m.tax.taxed)", "members.exists(m, !m.tax.taxed)"), base=HOUSEHOLDS)
    table = {
        AttributeName("tax.taxed"): Values.of([1, 0, 0]),
        AttributeName("welfare.grade"): Values.of([2, 0, 2]),
    }
    grouping = Grouping(2, np.array([0, 0, 1], dtype=np.int32))
    counted = compare(old, new, DAY, (table, grouping)).counted
    assert counted is not None
    assert counted.subjects == 2
    assert sum(counted.changed.values()) == 1


def test_a_comparison_is_the_same_every_time(load: Load) -> None:
    old, new = load(), load(("2026-04-01: 2000000", "2026-04-01: 2500000"))
    assert compare(old, new, DAY).to_json() == compare(old, new, DAY).to_json()
