from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from matcher.core.catalogue import code_of_date
from matcher.core.errors import (
    DegeneratePredicate,
    FusumaError,
    InvalidFile,
    InvalidPredicate,
    InvalidProgramme,
    UnsupportedPredicate,
)
from matcher.core.predicate import All
from matcher.core.programme import (
    DatedValue,
    Interval,
    ParameterTable,
    Payment,
    Unit,
)
from matcher.core.verdict import Verdict
from matcher.language import dump_bundle, load_bundle, load_programme
from tests.language_scene import HOUSEHOLD, Write, writer

APRIL, OCTOBER = date(2026, 4, 1), date(2026, 10, 1)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    return writer(tmp_path, HOUSEHOLD)


def test_a_household_programme_is_read_whole(write: Write) -> None:
    programme = load_programme(write())
    assert (programme.unit, programme.most_members) == (Unit.HOUSEHOLD, 6)
    assert programme.procedure == "申請"
    assert programme.parameters == {
        "born": (DatedValue(APRIL, date(1961, 4, 1)),),
        "half": (DatedValue(APRIL, 5000),),
        "limit": (
            DatedValue(APRIL, ParameterTable(0, (1000000, 1380000, 1760000))),
            DatedValue(OCTOBER, ParameterTable(0, (1100000, 1480000, 1860000))),
        ),
    }
    assert isinstance(programme.eligible, All)
    assert programme.absences["welfare.grade"].verdict is Verdict.INELIGIBLE  # type: ignore[index]
    assert programme.absences["tax.taxed"].verdict is Verdict.UNDETERMINED  # type: ignore[index]
    assert programme.payment == Payment("JPY", Interval.YEAR)
    full, half = programme.outcomes
    assert (full.name, full.title, full.amount) == ("full", {"en": "Full", "ja": "全額"}, 10000)
    assert full.when_source.startswith("members.all(m, m.tax.income <=")
    assert (half.when, half.when_source, half.amount) == (None, "", "half")
    assert sorted(programme.catalogue.attributes) == [
        *("family.born", "tax.dependants", "tax.income", "tax.taxed", "welfare.grade"),
    ]


def test_every_member_of_a_test_has_every_attribute(write: Write) -> None:
    both, nobody = load_programme(write()).cases
    assert [member["welfare.grade"] for member in both.members] == [1, None]  # type: ignore[index]
    assert [len(member) for member in both.members] == [5, 5]
    assert (both.expect, both.outcome, both.day) == (Verdict.ELIGIBLE, "full", None)
    assert (nobody.members, nobody.day) == ((), date(2026, 5, 1))


def test_a_household_programme_survives_the_journey(write: Write) -> None:
    programme = load_programme(write())
    data = dump_bundle(programme)
    assert load_bundle(data) == programme
    assert dump_bundle(load_bundle(data)) == data


def test_households_have_eight_members_at_most_unless_said(write: Write) -> None:
    assert load_programme(write(("most_members: 6\n", ""))).most_members == 8


@pytest.mark.parametrize("most", ["2", "16"])
def test_households_have_two_to_sixteen_members(write: Write, most: str) -> None:
    assert load_programme(write(("members: 6", f"members: {most}"))).most_members == int(most)


def test_days_are_written_as_dates_and_become_codes(write: Write) -> None:
    path = write(("welfare.grade: 1, tax", "family.born: 1961-04-01, tax"))
    case = load_programme(path).cases[0]
    born = case.members[0]["family.born"]  # type: ignore[index]
    assert born == code_of_date(date(1961, 4, 1))


ALL = "members.all(m, !m.tax.taxed)"
INDEX = "math.least(m.tax.dependants, 2)"
RULE = "welfare.grade: {verdict: ineligible, reason: {en: No certificate without a record}}"
BROKEN: dict[str, tuple[str, str, type[FusumaError], str, str, str]] = {
    "a single member": ("rs: 6", "rs: 1", InvalidProgramme, ":9:15", "at most 1", "from 2 to 16"),
    "too many members": ("rs: 6", "rs: 17", InvalidProgramme, ":9:15", "at most 17", "2 to 16"),
    "members of a person": (
        "unit: household",
        "unit: person",
        InvalidFile,
        ":32:5",
        "members has no place",
        "write given: {role.attribute: …}",
    ),
    "a person among households": (
        "members: []",
        "given: {}",
        InvalidFile,
        ":37:20",
        "given has no place in a test of a programme for the unit household",
        "write members: [{role.attribute: value}, …]",
    ),
    "an attribute outside": (
        ALL,
        "!tax.taxed",
        InvalidPredicate,
        ":19:4",
        "there is no 'tax.taxed'",
        "write members.all(m, m.tax.taxed …)",
    ),
    "a misspelt attribute": (
        "m.welfare.grade in",
        "m.welfare.grad in",
        InvalidPredicate,
        ":20:24",
        "there is no 'welfare.grad'",
        "did you mean m.welfare.grade?",
    ),
    "a misspelt attribute in a condition": (
        "m.tax.income <=",
        "m.tax.incme <=",
        InvalidPredicate,
        ":27:24",
        "there is no 'tax.incme'",
        "did you mean m.tax.income?",
    ),
    "an index beyond the table": (
        "m.tax.dependants, 2)",
        "m.tax.dependants, 3)",
        InvalidPredicate,
        ":27:40",
        "0 to 3, but the table limit has entries 0 to 2 (on 2026-04-01)",
        "math.least(",
    ),
    "a table that loses an entry": (
        "[1100000, 1480000, 1860000]",
        "[1100000, 1480000]",
        InvalidPredicate,
        ":27:40",
        "the table limit has entries 0 to 1 (on 2026-10-01)",
        "add the missing entries",
    ),
    "a table with a gap": (
        "1: 1380000, 2:",
        "1: 1380000, 3:",
        InvalidFile,
        ":12:48",
        "the table goes from 1 to 3",
        "the next entry has the index 2",
    ),
    "a table that goes back": (
        "{0: 1000000, 1:",
        "{1: 1000000, 0:",
        InvalidFile,
        ":12:36",
        "the table goes from 1 to 0",
        "index 2",
    ),
    "an index that is no number": (
        "{0: 1000000",
        "{none: 1000000",
        InvalidFile,
        ":12:24",
        "an index must be a whole number",
        "",
    ),
    "an entry that is no number": (
        "1: 1380000",
        "1: many",
        InvalidFile,
        ":12:39",
        "an entry must be a whole number",
        "",
    ),
    "an empty table": (
        "[1100000, 1480000, 1860000]",
        "[]",
        InvalidFile,
        ":12:73",
        "a table with no entries",
        "of 1 to 256 entries",
    ),
    "a number among tables": (
        "[1100000, 1480000, 1860000]",
        "1100000",
        InvalidProgramme,
        ":12:3",
        "values of several types",
        "of one type",
    ),
    "dates in disorder": (
        "2026-10-01: [",
        "2026-03-01: [",
        InvalidFile,
        ":12:61",
        "2026-03-01 comes after 2026-04-01, and is earlier",
        "the earliest first",
    ),
    "a date twice": (
        "2026-10-01: [",
        "2026-04-01: [",
        InvalidFile,
        ":12:61",
        "the key '2026-04-01' appears twice",
        "line 12",
    ),
    "a quoted date": (
        "1961-04-01",
        '"1961-04-01"',
        InvalidPredicate,
        ":20:67",
        "<= does not fit a date and text",
        "compare a date with a date",
    ),
    "absence of what is not read": (
        RULE,
        "tax.unused: {verdict: ineligible, reason: {en: x}}",
        InvalidProgramme,
        ":16:3",
        "does not read 'tax.unused'",
        "did you mean tax.taxed?",
    ),
    "absence of what is unknown": (
        "  welfare.grade: {verdict",
        "  welfare.grad: {verdict",
        InvalidProgramme,
        ":16:3",
        "does not read 'welfare.grad'",
        "did you mean welfare.grade?",
    ),
    "absence in a closed world": (
        RULE,
        "tax.dependants: {verdict: ineligible, reason: {en: x}}",
        InvalidProgramme,
        ":16:3",
        "tax.dependants is never unknown",
        "leave the rule out",
    ),
    "absence without a reason": (
        ", reason: {en: No certificate without a record}",
        "",
        InvalidProgramme,
        ":16:3",
        "no reason is given",
        "add reason: {en: …, ja: …}",
    ),
    "absence without a verdict": (
        "{verdict: undetermined}",
        "{reason: {en: x}}",
        InvalidFile,
        ":17:14",
        "lacks the key 'verdict'",
        "add verdict",
    ),
    "absence of another verdict": (
        "verdict: ineligible",
        "verdict: inelligible",
        InvalidProgramme,
        ":16:3",
        "'inelligible' is no verdict",
        "did you mean ineligible?",
    ),
    "two outcomes of one name": (
        "name: half",
        "name: full",
        InvalidProgramme,
        ":29:7",
        "two outcomes are called 'full'",
        ":24:7",
    ),
    "an outcome's name with spaces": (
        "name: half",
        "name: one half",
        InvalidProgramme,
        ":29:7",
        "'one half' is not an outcome's name",
        "a-z",
    ),
    "a last outcome with a condition": (
        "amount: params.half}",
        f'amount: params.half, when: "{ALL}"}}',
        InvalidProgramme,
        ":29:67",
        "the last outcome, 'half', has a condition",
        "leave its when out",
    ),
    "an outcome without a condition": (
        "    - {name: half, title: {en: Half}, amount: params.half}\n",
        "    - {name: half, title: {en: Half}, amount: 1}\n    - {name: third, title: {en: x}}\n",
        InvalidProgramme,
        ":29:7",
        "the outcome 'half' has no condition, so that none after it is reached",
        "put it last",
    ),
    "an outcome that asks nobody": (
        f"members.all(m, m.tax.income <= params.limit[{INDEX}])",
        "1 < 2",
        InvalidProgramme,
        ":27:9",
        "the condition of an outcome asks nobody",
        "use an attribute",
    ),
    "an outcome without a title": (
        "name: half, title: {en: Half}",
        "name: half",
        InvalidFile,
        ":29:7",
        "lacks the key 'title'",
        "add title",
    ),
    "an amount that is no number": (
        "amount: 10000",
        "amount: a lot",
        InvalidFile,
        ":28:15",
        "an amount must be a whole number or a parameter",
        "params.amount",
    ),
    "a decimal amount": (
        "amount: 10000",
        "amount: 10.5",
        InvalidFile,
        ":28:15",
        "a number that is not used here",
        "whole numbers",
    ),
    "a negative amount": (
        "amount: 10000",
        "amount: -1",
        InvalidProgramme,
        ":24:7",
        "the amount of 'full' is negative",
        "not below 0",
    ),
    "a negative parameter as an amount": (
        "half: {2026-04-01: 5000}",
        "half: {2026-04-01: -5000}",
        InvalidProgramme,
        ":13:3",
        "the amount of 'half' is negative",
        "not below 0",
    ),
    "an unknown parameter as an amount": (
        "amount: params.half",
        "amount: params.hlf",
        InvalidProgramme,
        ":29:7",
        "params.hlf, which is no parameter",
        "did you mean half?",
    ),
    "a table as an amount": (
        "amount: params.half",
        "amount: params.limit",
        InvalidProgramme,
        ":29:7",
        "params.limit, which is not a whole number",
        "whole numbers",
    ),
    "a date as an amount": (
        "amount: params.half",
        "amount: params.born",
        InvalidProgramme,
        ":29:7",
        "params.born, which is not a whole number",
        "",
    ),
    "amounts without pays": (
        "  pays: {currency: JPY, every: year}\n",
        "",
        InvalidProgramme,
        ":23:7",
        "'full' has an amount, but the outcomes do not say how it is paid",
        "add pays: {currency: JPY, every: year}",
    ),
    "no currency": (
        "currency: JPY",
        "currency: yen",
        InvalidProgramme,
        ":22:9",
        "'yen' is not a currency",
        "such as JPY",
    ),
    "no interval": (
        "every: year",
        "every: yeer",
        InvalidProgramme,
        ":22:9",
        "'yeer' is not how often something is paid",
        "did you mean year?",
    ),
    "no tiers": (
        "  tiers:\n",
        "  tiers: []\nx:\n",
        InvalidFile,
        ":24:1",
        "a programme has no key 'x'",
        "",
    ),
    "a test with too many members": (
        "members: []",
        f"members: [{', '.join(['{}'] * 7)}]",
        InvalidProgramme,
        ":37:29",
        "a test has 7 members, more than the 6 of a household",
        "raise most_members",
    ),
    "a test outside the validity": (
        "date: 2026-05-01",
        "date: 2026-03-31",
        InvalidProgramme,
        ":37:59",
        "the programme is not valid on 2026-03-31",
        "a day of its validity",
    ),
    "an outcome for the ineligible": (
        "expect: ineligible, date",
        "expect: ineligible, outcome: full, date",
        InvalidProgramme,
        ":37:62",
        "a test expects ineligible, and yet the outcome 'full'",
        "only the eligible have one",
    ),
    "an unknown outcome": (
        "outcome: full",
        "outcome: ful",
        InvalidProgramme,
        ":36:14",
        "there is no outcome 'ful'",
        "did you mean full?",
    ),
    "two tests of one name": (
        "name: nobody",
        "name: one of two",
        InvalidProgramme,
        ":37:5",
        "two tests are called 'one of two'",
        ":31:5",
    ),
    "a member's unknown attribute": (
        "tax.income: 0}",
        "tax.incme: 0}",
        InvalidProgramme,
        ":34:28",
        "the predicate does not read 'tax.incme'",
        "did you mean tax.income?",
    ),
    "a member's value outside": (
        "welfare.grade: 1, tax",
        "welfare.grade: 7, tax",
        InvalidProgramme,
        ":33:28",
        "'7' is no value of welfare.grade",
        "from 0 to 6",
    ),
    "a member's day that is none": (
        "welfare.grade: 1, tax",
        "family.born: 1961-02-29, tax",
        InvalidProgramme,
        ":33:28",
        "'1961-02-29' is no value of family.born",
        "a date from 1900-01-01 to 2026-12-31",
    ),
    "members that are no list": (
        "members: []",
        "members: {tax.taxed: true}",
        InvalidFile,
        ":37:29",
        "members must be a list",
        "",
    ),
    "division in a condition": (
        "m.tax.income <=",
        "m.tax.income / 12 <=",
        UnsupportedPredicate,
        ":27:37",
        "division with / is not offered",
        "multiply the other side",
    ),
    "a count that never holds": (
        ALL,
        "members.filter(m, !m.tax.taxed).size() > 6",
        DegeneratePredicate,
        ":19:42",
        "a count > 6 never holds",
        "0 to 6 members",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_programmes_are_refused_with_their_place(write: Write, name: str) -> None:
    old, new, error, where, what, fix = BROKEN[name]
    with pytest.raises(FusumaError) as caught:
        load_programme(write((old, new)))
    assert type(caught.value) is error
    assert what in caught.value.what
    assert caught.value.where.endswith(f"programme.yaml{where}")
    assert fix in caught.value.fix


CONTRADICTION = """\
  - {name: first, members: [{tax.taxed: false}, {welfare.grade: 3}], expect: ineligible}
  - {name: second, members: [{welfare.grade: 3}, {tax.taxed: false}], expect: eligible}
"""


def test_tests_that_contradict_each_other_are_both_named(write: Write) -> None:
    path = write(("tests:\n", f"tests:\n{CONTRADICTION}"))
    with pytest.raises(InvalidProgramme) as caught:
        load_programme(path)
    assert "'second' contradicts the test 'first'" in caught.value.what
    assert caught.value.where.endswith(":32:5")
    assert caught.value.fix.endswith(":31:5")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("expect: ineligible}", "expect: eligible}"),
        ("expect: ineligible}", "expect: ineligible, date: 2026-05-01}"),
        ("welfare.grade: 3}], expect: ineligible", "welfare.grade: 4}], expect: ineligible"),
        ("{welfare.grade: 3}, {tax", "{welfare.grade: 3}, {}, {tax"),
    ],
    ids=["the same verdict", "another day", "other values", "another member"],
)
def test_what_differs_does_not_contradict(write: Write, old: str, new: str) -> None:
    assert old in CONTRADICTION
    path = write(("tests:\n", f"tests:\n{CONTRADICTION.replace(old, new)}"))
    assert len(load_programme(path).cases) == 4


def test_different_outcomes_contradict_and_closed_worlds_are_closed_first(write: Write) -> None:
    both = (
        "  - {name: a, members: [{tax.dependants: 0}], expect: eligible, outcome: full}\n"
        "  - {name: b, members: [{}], expect: eligible, outcome: half}\n"
    )
    with pytest.raises(InvalidProgramme, match="'b' contradicts the test 'a'"):
        load_programme(write(("tests:\n", f"tests:\n{both}")))
    load_programme(write(("tests:\n", f"tests:\n{both.replace(', outcome: half', '')}")))


def test_pays_without_an_amount_is_refused(write: Write) -> None:
    path = write(
        ("      amount: 10000\n", ""),
        (", amount: params.half", ""),
        ("  half: {2026-04-01: 5000}\n", ""),
    )
    with pytest.raises(InvalidProgramme, match="none has an amount") as caught:
        load_programme(path)
    assert caught.value.where.endswith(":21:9")


def test_more_than_eight_outcomes_are_refused(write: Write) -> None:
    tier = '    - {{name: t{0}, title: {{en: x}}, when: "members.exists(m, m.tax.taxed)"}}\n'
    more = "".join(tier.format(number) for number in range(6))
    assert len(load_programme(write(("  tiers:\n", f"  tiers:\n{more}"))).outcomes) == 8
    with pytest.raises(InvalidProgramme, match="9 outcomes, more than 8"):
        load_programme(write(("  tiers:\n", f"  tiers:\n{more}{tier.format(6)}")))


def test_the_length_of_all_conditions_together_is_bounded(write: Write) -> None:
    long = " || ".join(["members.exists(m, m.tax.taxed)"] * 200)
    more = "".join(
        f'    - {{name: t{number}, title: {{en: x}}, when: "{long}"}}\n' for number in range(3)
    )
    with pytest.raises(InvalidProgramme, match="bytes long together, more than 16384"):
        load_programme(write(("  tiers:\n", f"  tiers:\n{more}")))


def test_members_beyond_those_of_a_person_are_refused(write: Write) -> None:
    with pytest.raises(InvalidProgramme, match="a programme for persons has no members"):
        load_programme(
            write(
                ("unit: household", "unit: person"),
                (HOUSEHOLD[HOUSEHOLD.index("tests:") :], ""),
            )
        )


def test_a_programme_of_ten_megabytes_is_refused_at_once(write: Write) -> None:
    path = write(("affair: 福祉", f"affair: {'x' * 10_000_000}"))
    with pytest.raises(InvalidFile, match="larger than 64 KiB"):
        load_programme(path)


def test_an_alias_bomb_is_refused_before_it_grows(write: Write) -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{name}: &{name} [*{before}, *{before}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    with pytest.raises(InvalidFile, match="anchors and aliases"):
        load_programme(write(("programme: city", f"{bomb}programme: city")))


def test_a_misspelt_unit_is_what_is_wrong_and_not_its_tests(write: Write) -> None:
    with pytest.raises(InvalidProgramme, match="there is no unit 'houshold'") as refused:
        load_programme(write(("unit: household", "unit: houshold")))
    assert refused.value.fix == "did you mean household?"
