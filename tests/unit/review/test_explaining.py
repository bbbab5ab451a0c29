from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from clients.review.explaining import explain, explain_rule
from clients.review.legal import coverage_of, providers_of
from clients.review.phrases import Language
from matcher.language import load_grants, load_programme
from tests.designer_files import write_grants, write_household, write_person
from tests.programmes_of_tests import FIRST, programme_of

DAY = date(2026, 6, 1)
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
        "「tax.bracket」が「tax.dependants」以上である",
    ),
    "a sum": (
        "tax.income - tax.wealth * 2 <= 100",
        "“tax.income” − “tax.wealth” × 2 is at most 100",
        "「tax.income」 − 「tax.wealth」 × 2が100以下である",
    ),
    "brackets where order matters": (
        "tax.income - (tax.wealth + 3) * 2 > -(tax.wealth - 1)",
        "“tax.income” − (“tax.wealth” + 3) × 2 is above 0 − (“tax.wealth” − 1)",
        "「tax.income」 − (「tax.wealth」 + 3) × 2が0 − (「tax.wealth」 − 1)を超える",
    ),
    "the least and the greatest": (
        "math.least(tax.income, 12000) + math.greatest(tax.wealth, 0) >= 3",
        (
            "(the least of “tax.income” and 12,000) + (the greatest of “tax.wealth” and 0) "
            "is at least 3"
        ),
        (
            "(「tax.income」、12,000のうち最も小さい値) + (「tax.wealth」、0のうち最も大きい値)が"
            "3以上である"
        ),
    ),
}


@pytest.mark.parametrize("case", CONDITIONS)
def test_a_condition_is_one_sentence(case: str) -> None:
    text, english, japanese = CONDITIONS[case]
    for language, sentence in ((Language.EN, english), (Language.JA, japanese)):
        assert f"  - {sentence}" in explain(programme_of(text), FIRST, language)


PERSONAL: dict[str, tuple[str, str, str]] = {
    "an age": (
        "age(tax.born) >= 65",
        "the age by “Date of birth” is at least 65",
        "「生年月日」による年齢が65歳以上である",
    ),
    "completed years": (
        "years_since(tax.born) < 3",
        "the number of full years since “Date of birth” is below 3",
        "「生年月日」からの経過年数が3年未満である",
    ),
    "completed months": (
        "months_since(tax.born) < 3",
        "the number of full months since “Date of birth” is below 3",
        "「生年月日」からの経過月数が3か月未満である",
    ),
    "days": (
        "days_since(tax.born) <= 10",
        "the number of days since “Date of birth” is at most 10",
        "「生年月日」からの経過日数が10日以下である",
    ),
    "a day": (
        'tax.born >= date("2000-04-01")',
        "Date of birth is on 1 April 2000 or after",
        "「生年月日」が2000年4月1日以後である",
    ),
    "a day before": (
        'tax.born < date("2000-04-01")',
        "Date of birth is before 1 April 2000",
        "「生年月日」が2000年4月1日より前である",
    ),
    "an entry of a table": (
        "tax.income <= params.table[tax.dependants]",
        "Income is at most the entry of table for “Dependants”",
        "「所得」が表 table の「扶養人数」に対する値以下である",
    ),
    "a threshold": (
        "at_least(2, [tax.taxed, tax.income == 0, welfare.grade == 1])",
        "at least 2 of these hold:",
        "次のうち2つ以上を満たす:",
    ),
}


@pytest.mark.parametrize("case", PERSONAL)
def test_a_condition_on_days_and_tables_is_one_sentence(tmp_path: Path, case: str) -> None:
    text, english, japanese = PERSONAL[case]
    table = "  table: {2026-04-01: {0: 10, 1: 20, 2: 30, 3: 40, 4: 12345}}\n"
    path = write_person(
        tmp_path,
        ('tax.income <= params.limit && welfare.kind in ["physical", "mental"]', text),
        (
            "parameters:\n  limit: {2026-04-01: 20, 2026-10-01: 30}\n",
            f"parameters:\n{table}" if "params" in text else "",
        ),
    )
    written = path.read_text(encoding="utf-8")
    head, _, rest = written.partition("absent:\n")
    path.write_text(head + "eligible:" + rest.partition("eligible:")[2], encoding="utf-8")
    path.write_text(path.read_text(encoding="utf-8").partition("outcomes:\n")[0], encoding="utf-8")
    programme = load_programme(path)
    for language, sentence in ((Language.EN, english), (Language.JA, japanese)):
        lines = explain(programme, DAY, language)
        assert f"  - {sentence}" in lines
    if "params" in text:
        assert (
            "The parameter table is a table (10 for 0, 20 for 1, 30 for 2, 40 for 3, 12,345 for 4) "
            "from 1 April 2026 on."
        ) in explain(programme, DAY, Language.EN)


MEMBERS: dict[str, tuple[str, str, str, str]] = {
    "every member": (
        "members.all(m, m.tax.taxed)",
        "for every member of the household:",
        "世帯員全員が次を満たす:",
        "Taxed: yes",
    ),
    "no member": (
        "!members.exists(m, m.tax.taxed)",
        "for every member of the household:",
        "世帯員全員が次を満たす:",
        "Taxed: no",
    ),
    "some member": (
        "members.exists(m, m.tax.taxed)",
        "for at least one member of the household:",
        "世帯員の少なくとも1人が次を満たす:",
        "Taxed: yes",
    ),
    "several members": (
        "members.filter(m, m.tax.taxed).size() >= 2",
        "for at least 2 members of the household:",
        "世帯員の2人以上が次を満たす:",
        "Taxed: yes",
    ),
    "not too many members": (
        "members.filter(m, m.tax.taxed).size() <= 2",
        "for at most 2 of the members of the household:",
        "次を満たす世帯員が2人以下である:",
        "Taxed: yes",
    ),
    "exactly one member": (
        "members.exists_one(m, m.tax.taxed)",
        "for exactly 1 of the members of the household:",
        "世帯員のうちちょうど1人が次を満たす:",
        "Taxed: yes",
    ),
}


@pytest.mark.parametrize("case", MEMBERS)
def test_a_quantifier_says_of_how_many_members(tmp_path: Path, case: str) -> None:
    text, english, japanese, inside = MEMBERS[case]
    path = write_household(
        tmp_path,
        (
            (
                ">-\n  members.all(m, !m.tax.taxed)\n"
                "  && members.filter(m, m.welfare.grade in [1, 2]).size() >= 1"
            ),
            f"'{text}'",
        ),
    )
    path.write_text(path.read_text(encoding="utf-8").partition("tests:")[0], encoding="utf-8")
    programme = load_programme(path)
    lines = explain(programme, DAY, Language.EN)
    assert "It is decided for households of up to 3 members." in lines
    start = lines.index("On 1 June 2026, a household is eligible if:")
    assert lines[start + 1 : start + 3] == [f"  - {english}", f"    - {inside}"]
    assert f"  - {japanese}" in explain(programme, DAY, Language.JA)


def test_outcomes_are_told_with_their_amounts_and_conditions(tmp_path: Path) -> None:
    programme = load_programme(write_person(tmp_path))
    lines = explain_rule(programme, DAY, Language.EN)
    assert lines[-4:] == [
        "Whoever is eligible gets the first of these that applies:",
        "  - Full, JPY 10,000 a year, if:",
        "    - Income is 0",
        "  - Half, JPY 5,000 a year, for everybody else",
    ]
    assert explain_rule(programme, DAY, Language.JA)[-4:] == [
        "対象となった場合、次のうち最初に当てはまるものを給付します:",
        "  - 全額 年額10,000円。次のとき:",
        "    - 「所得」が0である",
        "  - 半額 年額5,000円。上記以外のとき",
    ]


PAYMENTS = {
    "JPY, every: year": ("JPY 10,000 a year", "年額10,000円"),
    "JPY, every: month": ("JPY 10,000 a month", "月額10,000円"),
    "EUR, every: once": ("EUR 10,000 once", "一時金10,000 EUR"),
}


@pytest.mark.parametrize("payment", PAYMENTS)
def test_one_outcome_is_what_everybody_gets(tmp_path: Path, payment: str) -> None:
    path = write_person(
        tmp_path,
        ("{currency: JPY, every: year}", f"{{currency: {payment}}}"),
        ("when: tax.income == 0, ", ""),
        ("    - {name: half, title: {en: Half, ja: 半額}, amount: 5000}\n", ""),
    )
    path.write_text(path.read_text(encoding="utf-8").partition("tests:")[0], encoding="utf-8")
    programme = load_programme(path)
    english, japanese = PAYMENTS[payment]
    assert explain_rule(programme, DAY, Language.EN)[-2:] == [
        "Whoever is eligible gets:",
        f"  - Full, {english}",
    ]
    assert explain_rule(programme, DAY, Language.JA)[-1] == f"  - 全額 {japanese}"


ABSENCES = {
    "ineligible": (
        (
            "no condition on it is taken to be met: what is not known never helps. "
            "Reason: Whoever applies shows a certificate"
        ),
        "その条件を満たさないものとして扱います。理由: 申請者が手帳を示す",
    ),
    "eligible": (
        (
            "every condition on it is taken to be met: what is not known never hurts. "
            "Reason: Whoever applies shows a certificate"
        ),
        "その条件を満たすものとして扱います。理由: 申請者が手帳を示す",
    ),
    "undetermined": (
        (
            "it is unknown; if that matters, the verdict is undetermined. "
            "Reason: Whoever applies shows a certificate"
        ),
        "不明とし、結果に影響するときは判定不能とします。理由: 申請者が手帳を示す",
    ),
}


@pytest.mark.parametrize("verdict", ABSENCES)
def test_what_a_missing_fact_does_is_told_with_its_reason(tmp_path: Path, verdict: str) -> None:
    path = write_person(tmp_path, ("verdict: ineligible", f"verdict: {verdict}"))
    path.write_text(path.read_text(encoding="utf-8").partition("tests:")[0], encoding="utf-8")
    programme = load_programme(path)
    for language, sentence in zip(Language, ABSENCES[verdict], strict=True):
        (line,) = (
            line
            for line in explain(programme, DAY, language)
            if line.startswith(("Where welfare", "welfare に"))
        )
        assert line.endswith(sentence)


def test_the_law_is_told_for_every_agency_that_is_asked(tmp_path: Path) -> None:
    programme = load_programme(write_person(tmp_path))
    table = load_grants(write_grants(tmp_path, ("items: [tax.income]", "items: [tax.taxed]")))
    covered = coverage_of(programme, providers_of(programme, {}), table, DAY)
    lines = explain(programme, DAY, Language.EN, covered)
    start = lines.index("tax is asked for: Income.")
    assert lines[start + 1 : start + 4] == [
        "  - Income: no row of the legal table allows it",
        "welfare is asked for: Kind of certificate.",
        "  - by ordinance, Town ordinance 9-2",
    ]
    japanese = explain(programme, DAY, Language.JA, covered)
    assert "  - 条例 Town ordinance 9-2" in japanese
    assert "  - 所得: 根拠となる行が照会権限表にありません" in japanese


def test_every_row_says_what_it_is_for_where_there_are_several(tmp_path: Path) -> None:
    path = write_person(
        tmp_path, ("tax.income <= params.limit &&", "tax.income <= params.limit && !tax.taxed &&")
    )
    path.write_text(path.read_text(encoding="utf-8").partition("tests:")[0], encoding="utf-8")
    programme = load_programme(path)
    table = load_grants(write_grants(tmp_path))
    covered = coverage_of(programme, providers_of(programme, {}), table, DAY)
    lines = explain(programme, DAY, Language.EN, covered)
    assert "  - Income: by law, National law 19-8" in lines
    assert "  - Taxed: no row of the legal table allows it" in lines


def test_without_a_legal_table_nothing_is_said_of_the_law(tmp_path: Path) -> None:
    programme = load_programme(write_person(tmp_path))
    assert not [line for line in explain(programme, DAY, Language.EN) if "by law" in line]


def test_procedure_and_basis_are_told(tmp_path: Path) -> None:
    lines = explain(load_programme(write_person(tmp_path)), DAY, Language.EN)
    assert lines[1:4] == [
        "town-hall decides, for the affair grants, from 1 April 2026 to 31 March 2027.",
        "The procedure is application.",
        "Legal basis: Town ordinance, article 3.",
    ]


def test_alternatives_are_indented_below_what_joins_them() -> None:
    lines = explain(
        programme_of("tax.resident && (tax.bracket == 1 || welfare.grade == 2)"), FIRST, Language.EN
    )
    start = lines.index("On 1 January 2026, a person is eligible if:")
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
    assert "The parameter top is 3 from 1 January 2026 on, then 4 from 1 July 2026 on." in lines
    assert "The parameter flag is “yes” from 1 January 2026 on." in lines
    assert "The parameter adl is “limited” from 1 January 2026 on." in lines
    japanese = explain(programme, FIRST, Language.JA)
    assert "    - 「tax.bracket」が3以下である" in japanese
    assert "パラメータ top: 2026年1月1日から3、2026年7月1日から4" in japanese
    assert "パラメータ flag: 2026年1月1日から「該当」" in japanese


def test_the_rule_alone_is_part_of_the_explanation() -> None:
    programme = programme_of(
        "tax.bracket <= params.top && tax.resident", parameters={"top": DATED["top"]}
    )
    whole = explain(programme, LATER, Language.EN)
    rule = explain_rule(programme, LATER, Language.EN)
    first = whole.index(rule[0])
    assert whole[first : first + len(rule)] == rule
    assert 1 < len(rule) < len(whole)
