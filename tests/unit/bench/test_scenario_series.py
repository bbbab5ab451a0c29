from __future__ import annotations

import pytest

from bench.question import spelt_out
from bench.scenario import Scenario
from bench.scenario_series import expand
from matcher.core.errors import FusumaError, InvalidConfiguration
from matcher.core.scheme import ColumnKind, Scheme
from matcher.language.document import parse_document
from matcher.language.fields import Section

CROSSED = "housing.level <= 2 && (tax.income_bracket == 1 || care.level in [3, 4])"


def expanded(entry: str, defaults: str = "") -> list[Scenario]:
    tree = parse_document(f"entry: {entry}\ndefaults: {defaults or '{repeats: 3}'}".encode(), "f")
    whole = Section(tree, "a test", required=("entry", "defaults"))
    known = Section(
        whole["defaults"],
        "defaults",
        required=(),
        optional=("scheme", "subjects", "agencies", "repeats", "predicate"),
    )
    return list(expand(whole["entry"], known))


def test_an_entry_stands_for_every_combination() -> None:
    found = expanded("{series: subjects, scheme: [bgv, enclave], subjects: [1, 1000]}")
    assert [(one.name, one.scheme.value, one.subjects) for one in found] == [
        ("subjects/bgv/1", "bgv", 1),
        ("subjects/bgv/1000", "bgv", 1000),
        ("subjects/enclave/1", "enclave", 1),
        ("subjects/enclave/1000", "enclave", 1000),
    ]
    assert {one.series for one in found} == {"subjects"}


def test_what_is_not_said_is_usual() -> None:
    (found,) = expanded("{series: s, scheme: bgv, subjects: 5}", "{agencies: 2}")
    assert found.column_kind is ColumnKind.DECISION
    assert found.predicate == spelt_out("all", 2)
    assert (found.agencies, found.parameters, found.repeats) == (2, None, 3)
    (sealed,) = expanded("{series: s, scheme: enclave, subjects: 5}")
    assert sealed.column_kind is ColumnKind.VALUE


def test_an_entry_says_more_than_the_defaults() -> None:
    found = expanded("{series: s, subjects: 5, repeats: 9}", "{scheme: bfv, subjects: 7}")
    assert [(one.scheme, one.subjects, one.repeats) for one in found] == [(Scheme.BFV, 5, 9)]


def test_a_name_of_its_own_goes_before_what_varies() -> None:
    found = expanded("{series: s, name: large, scheme: bgv, subjects: [5, 6]}")
    assert [one.name for one in found] == ["large/bgv/5", "large/bgv/6"]


def test_names_say_everything_that_varies() -> None:
    found = expanded(
        "{series: s, scheme: bgv, subjects: 5, agencies: [2, 3], columns: [decision, attribute],"
        " predicate: [all, any], parameters: [bgv-8192-152]}"
    )
    assert len({one.name for one in found}) == len(found) == 8
    assert found[0].name == "s/bgv/decision/1/2"
    assert found[-1].name == "s/bgv/attribute/2/3"


def test_a_predicate_counts_its_agencies_itself() -> None:
    (found,) = expanded(f"{{series: s, scheme: bgv, subjects: 5, predicate: '{CROSSED}'}}")
    assert (found.predicate, found.agencies) == (CROSSED, 3)


def test_a_default_number_of_agencies_is_not_about_a_predicate_of_its_own() -> None:
    entry = f"{{series: s, scheme: bgv, subjects: 5, predicate: ['{CROSSED}', all]}}"
    found = expanded(entry, "{agencies: 2}")
    assert [one.agencies for one in found] == [3, 2]


def test_words_are_spelt_out() -> None:
    (found,) = expanded("{series: s, scheme: bgv, subjects: 5, predicate: any, agencies: 3}")
    assert found.predicate == (
        "tax.income_bracket <= 3 || welfare.disability_grade in [1, 2] || pension.level <= 3"
    )


@pytest.mark.parametrize(
    ("entry", "what", "fix"),
    [
        pytest.param(
            "{series: s, scheme: bgv}", "say the subjects", "add subjects", id="no subjects"
        ),
        pytest.param("{series: s, subjects: 5}", "say the scheme", "add scheme", id="no scheme"),
        pytest.param("{series: s, scheme: bgv, subjects: 0}", "from 1 to", "", id="nobody"),
        pytest.param(
            "{series: s, scheme: bgv, subjects: 5000001}", "from 1 to 5000000", "", id="too many"
        ),
        pytest.param(
            "{series: s, scheme: paillier, subjects: 10001}",
            "under paillier must be from 1 to 10000",
            "",
            id="too many for paillier",
        ),
        pytest.param(
            "{series: s, scheme: bgv, subjects: 5, agencies: 1}", "from 2 to 8", "", id="one agency"
        ),
        pytest.param(
            "{series: s, scheme: bgv, subjects: 5, agencies: 9}", "from 2 to 8", "", id="nine"
        ),
        pytest.param(
            "{series: s, scheme: bgv, subjects: 5, repeats: 101}", "from 1 to 100", "", id="repeats"
        ),
        pytest.param(
            "{series: s, scheme: bgv, subjects: 5, repeats: [1, 2]}",
            "must be one number",
            "",
            id="lists of repeats",
        ),
        pytest.param(
            "{series: s, scheme: bgv, subjects: []}", "subjects is empty", "", id="an empty list"
        ),
        pytest.param(
            "{series: s, scheme: bgv, subjects: 5, columns: value}",
            "bgv has no value columns",
            "choose decision or attribute",
            id="columns the scheme lacks",
        ),
        pytest.param(
            "{series: s, scheme: bgv, subjects: 5, columns: decisions}",
            "'decisions'",
            "did you mean decision?",
            id="columns with a typo",
        ),
        pytest.param(
            "{series: s, scheme: bgv, subjects: 5, parameters: bgv-16384-500}",
            "no parameter set 'bgv-16384-500'",
            "bgv-8192-104",
            id="parameters that do not exist",
        ),
        pytest.param(
            "{series: s, scheme: enclave, subjects: 5, parameters: bgv-8192-104}",
            "enclave has no parameter set",
            "leave it out",
            id="parameters where none are needed",
        ),
        pytest.param(
            f"{{series: s, scheme: bgv, subjects: 5, agencies: 2, predicate: '{CROSSED}'}}",
            "asks 3 agencies, not 2",
            "agencies: 3",
            id="another number of agencies",
        ),
        pytest.param(
            "{series: s, scheme: bgv, subjects: 5, predicate: tax.income_bracket <= 3}",
            "asks one agency alone",
            "two",
            id="nothing between agencies",
        ),
        pytest.param("{series: S 1, scheme: bgv, subjects: 5}", "not a word", "", id="no word"),
        pytest.param(
            "{series: s, scheme: tfhe, subjects: 5}",
            "there is no scheme 'tfhe'",
            "known are",
            id="a scheme that does not exist",
        ),
        pytest.param(
            "{series: s, scheme: bgv, subjects: 5, predicate: sum}",
            "'sum' is neither a condition nor one of all, any",
            "known are all, any",
            id="another word than all and any",
        ),
        pytest.param(
            "{series: s, scheme: bgv, subjects: [5, 6, 5]}",
            "'5' is listed twice after subjects",
            "list it once",
            id="a value listed twice",
        ),
    ],
)
def test_what_cannot_be_is_refused_where_it_stands(entry: str, what: str, fix: str) -> None:
    with pytest.raises(FusumaError) as refused:
        expanded(entry)
    assert isinstance(refused.value, InvalidConfiguration)
    assert refused.value.where.startswith("f:1:")
    assert what in refused.value.what
    assert fix in refused.value.fix
