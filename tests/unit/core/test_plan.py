from __future__ import annotations

import subprocess
import sys
from datetime import date

import numpy as np
import pytest

from matcher.core.asking import ask
from matcher.core.bgv_parameters import BGV_SETS
from matcher.core.binding import sha256
from matcher.core.canonical import canonical_json
from matcher.core.errors import (
    DegeneratePredicate,
    InvalidConfiguration,
    InvalidProgramme,
    ProgrammeNotValid,
    TooDeep,
)
from matcher.core.identifiers import Role
from matcher.core.plan import (
    answer_question,
    compile_plan,
    decisions_from,
    encode_answers,
    evaluate_answers,
    evaluate_outputs,
    plan_under,
)
from matcher.core.scheme import COLUMN_KINDS, ColumnKind, Scheme
from matcher.core.table import Values
from tests.programmes_of_tests import DAY, FIRST, plan_of, programme_of

CONJUNCTION = "tax.bracket <= 3 && welfare.grade in [1, 2]"


def test_the_digest_is_over_the_canonical_json() -> None:
    plan = plan_of(CONJUNCTION)
    assert plan.digest == sha256(canonical_json(plan.to_json()))


def test_the_same_programme_gives_the_same_plan_in_another_process() -> None:
    code = (
        "from tests.programmes_of_tests import plan_of\n"
        f"print(plan_of({CONJUNCTION!r}).digest.hex())"
    )
    other = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": "77"},
    )
    assert other.stdout.strip() == plan_of(CONJUNCTION).digest.hex()


def test_whatever_affects_evaluation_changes_the_digest() -> None:
    digests = {
        plan.digest
        for plan in (
            plan_of(CONJUNCTION),
            plan_of("tax.bracket <= 2 && welfare.grade in [1, 2]"),
            plan_of("tax.bracket <= 3 || welfare.grade in [1, 2]"),
            plan_of(CONJUNCTION, ColumnKind.ATTRIBUTE),
            plan_of(CONJUNCTION, ColumnKind.VALUE),
            plan_of(CONJUNCTION, ColumnKind.VALUE, Scheme.ENCLAVE),
            plan_of(CONJUNCTION, scheme=Scheme.BGV),
            plan_of(CONJUNCTION, day=date(2026, 6, 2)),
            compile_plan(
                programme_of(CONJUNCTION),
                sha256(b"another bundle"),
                Scheme.CLEAR,
                ColumnKind.DECISION,
                DAY,
            ),
        )
    }
    assert len(digests) == 9


def test_titles_are_not_part_of_the_plan() -> None:
    assert "A programme of tests" not in str(plan_of(CONJUNCTION).to_json())


def test_membership_in_another_order_is_another_text_with_the_same_verdicts() -> None:
    table = {
        "tax.bracket": Values.of([3, 3, 4]),
        "welfare.grade": Values.of([1, 2, 1]),
    }
    verdicts = []
    for text in (CONJUNCTION, "tax.bracket <= 3 && welfare.grade in [2, 1]"):
        plan = plan_of(text)
        answers = [answer_question(q, plan.attributes, table) for q in plan.questions]  # type: ignore[arg-type]
        verdicts.append(evaluate_answers(plan, answers).tolist())
    assert verdicts[0] == verdicts[1] == [0, 0, 1]


def test_roles_have_their_questions_and_columns() -> None:
    plan = plan_of(CONJUNCTION)
    assert plan.roles == ("tax", "welfare")
    welfare = plan.roles[1]
    assert [q.index for q in plan.questions_of(welfare)] == [1]
    assert [c.index for c in plan.columns_of(welfare)] == [2, 3]


def test_bgv_gets_parameters_and_chunks_of_their_degree() -> None:
    plan = plan_of(CONJUNCTION, scheme=Scheme.BGV)
    assert plan.parameters in BGV_SETS.values()
    assert plan.parameters is not None
    assert plan.chunk_slots == plan.parameters.degree
    assert plan_of(CONJUNCTION).parameters is None


@pytest.mark.parametrize(
    ("scheme", "kind"),
    [
        (Scheme.BGV, ColumnKind.VALUE),
        (Scheme.ENCLAVE, ColumnKind.DECISION),
        (Scheme.ENCLAVE, ColumnKind.ATTRIBUTE),
    ],
)
def test_a_scheme_refuses_columns_it_does_not_have(scheme: Scheme, kind: ColumnKind) -> None:
    with pytest.raises(InvalidConfiguration, match=f"{scheme.value} has no {kind.value} columns"):
        plan_of(CONJUNCTION, kind, scheme)


@pytest.mark.parametrize(
    ("text", "named"),
    {
        "always, by the domain": ("tax.bracket >= 0", "tax.bracket >= 0 always holds"),
        "never, by the domain": ("tax.bracket < 0", "tax.bracket < 0 never holds"),
        "one below the always": ("tax.bracket > 7", "tax.bracket > 7 never holds"),
        "a part of a conjunction": (
            "tax.bracket == 1 && welfare.grade <= 6",
            "welfare.grade <= 6 always holds",
        ),
        "a contradiction of one agency": (
            "tax.bracket == 1 && welfare.grade == 1 && tax.bracket == 2",
            "never holds",
        ),
        "a tautology in an inner part": (
            "welfare.grade == 1 && (tax.bracket < 3 || tax.bracket >= 3)",
            "tax.bracket < 3 || tax.bracket >= 3 always holds",
        ),
        "a contradiction across agencies": (
            "tax.bracket == 1 && welfare.grade == 1 && (tax.bracket == 2 || welfare.grade == 2)",
            "never holds",
        ),
        "an attribute compared with itself": ("tax.bracket == tax.bracket", "always holds"),
        "constants decide": ("tax.bracket == 1 || 1 < 2", "the predicate always holds"),
    }.values(),
)
@pytest.mark.parametrize("kind", ColumnKind)
def test_degenerate_predicates_are_refused_by_name(text: str, named: str, kind: ColumnKind) -> None:
    with pytest.raises(DegeneratePredicate) as caught:
        plan_of(text, kind)
    assert named in caught.value.what
    assert caught.value.where == programme_of(text).id


@pytest.mark.parametrize("text", ["tax.bracket >= 1", "tax.bracket < 7", "tax.bracket <= 6"])
def test_what_is_just_not_degenerate_compiles(text: str) -> None:
    plan_of(text)


def test_a_parameter_may_make_a_predicate_degenerate_on_a_day() -> None:
    programme = programme_of("tax.bracket <= params.top", {"top": {FIRST: 3, date(2026, 7, 1): 7}})
    compile_plan(programme, sha256(b""), Scheme.CLEAR, ColumnKind.DECISION, DAY)
    with pytest.raises(DegeneratePredicate, match=r"tax\.bracket <= 7"):
        compile_plan(programme, sha256(b""), Scheme.CLEAR, ColumnKind.DECISION, date(2026, 7, 1))


def test_an_expired_programme_has_no_plan() -> None:
    with pytest.raises(ProgrammeNotValid):
        plan_of(CONJUNCTION, day=date(2027, 1, 1))


def test_a_formula_no_parameters_carry_is_refused() -> None:
    pairs = (f"(tax.dependants == {n} && welfare.grade == {n % 7})" for n in range(10))
    deep = " || ".join(pairs)
    with pytest.raises(TooDeep) as caught:
        plan_of(f"school.year == 1 && ({deep})", scheme=Scheme.BGV)
    assert caught.value.what.startswith(
        f"{deep}: no parameter set of bgv at 128-bit security carries it: the predicate "
    )
    assert "enclave" in caught.value.fix


def test_a_range_beyond_the_plaintext_modulus_is_refused() -> None:
    # Sums of two misses, multiplied: 2^17 passes 65537.
    wide = " || ".join(f"(tax.wealth == {n} && welfare.grade == {n % 7})" for n in range(17))
    with pytest.raises(TooDeep, match="plaintext modulus"):
        plan_of(wide)
    plan_of(" || ".join(f"(tax.wealth == {n} && welfare.grade == {n % 7})" for n in range(16)))


def test_columns_are_bits_of_the_answers() -> None:
    plan = plan_of(CONJUNCTION)
    answers = np.array([0, 1, 2], dtype=np.int32)
    columns = encode_answers(plan, plan.questions[1], answers)
    assert {number: bits.tolist() for number, bits in columns.items()} == {
        2: [0, 1, 1],
        3: [0, 1, 0],
    }
    assert columns[2].dtype == np.uint8


def test_a_miss_column_is_the_answer() -> None:
    plan = plan_of("tax.closed == 0 && welfare.closed == 1")
    answers = np.array([0, 1], dtype=np.int32)
    assert encode_answers(plan, plan.questions[0], answers)[0].tolist() == [0, 1]


def test_one_hot_columns_mark_exactly_one_class() -> None:
    plan = plan_of("school.year <= 2", ColumnKind.ATTRIBUTE)
    columns = encode_answers(plan, plan.questions[0], np.array([0, 5, 6], dtype=np.int32))
    stacked = np.stack([columns[number] for number in range(7)])
    assert stacked.sum(axis=0).tolist() == [1, 1, 1]
    assert stacked.argmax(axis=0).tolist() == [0, 5, 6]


def test_values_have_no_bits() -> None:
    plan = plan_of(CONJUNCTION, ColumnKind.VALUE)
    with pytest.raises(InvalidProgramme, match="never encrypted"):
        encode_answers(plan, plan.questions[0], np.array([1], dtype=np.int32))


@pytest.mark.parametrize("kind", ColumnKind)
def test_answers_of_all_kinds_evaluate_alike(kind: ColumnKind) -> None:
    plan = plan_of("tax.income <= 999 && !(welfare.grade == 0) || school.year == 6", kind)
    table = {
        "tax.income": Values.of([999, 1000, None, -500, None]),
        "welfare.grade": Values.of([1, 1, 0, None, 3]),
        "school.year": Values.of([1, 6, 5, 2, None]),
    }
    answers = [answer_question(q, plan.attributes, table) for q in plan.questions]  # type: ignore[arg-type]
    assert evaluate_answers(plan, answers).tolist() == [0, 0, 1, 2, 2]


COUNTS = "members.exists(m, m.tax.bracket <= 3) && members.all(m, !m.tax.resident)"


def test_tiers_seats_and_agencies_change_the_digest() -> None:
    digests = {
        plan.digest
        for plan in (
            plan_of(CONJUNCTION),
            plan_of(CONJUNCTION, agencies={"tax": 2}),
            plan_of(CONJUNCTION, agencies={"welfare": 2}),
            plan_of(CONJUNCTION, tiers={"full": "tax.bracket <= 1", "half": None}),
            plan_of(CONJUNCTION, tiers={"full": "tax.bracket <= 2", "half": None}),
            plan_of(CONJUNCTION, absent={"tax.bracket": "eligible"}),
            plan_of(COUNTS, most_members=3),
            plan_of(COUNTS, most_members=4),
        )
    }
    assert len(digests) == 8


def test_a_role_has_one_agency_unless_said() -> None:
    assert plan_of(CONJUNCTION).digest == plan_of(CONJUNCTION, agencies={"tax": 1}).digest
    assert plan_of(CONJUNCTION, agencies={"welfare": 2}).agencies == {"tax": 1, "welfare": 2}


def test_a_role_the_programme_lacks_is_refused_by_name() -> None:
    with pytest.raises(InvalidConfiguration, match="no role police") as caught:
        plan_of(CONJUNCTION, agencies={"police": 1})
    assert caught.value.fix == "its roles are tax, welfare"


@pytest.mark.parametrize("count", [0, 17])
def test_no_agency_and_too_many_are_refused(count: int) -> None:
    with pytest.raises(InvalidConfiguration, match=f"{count} agencies answer for the role tax"):
        plan_of(CONJUNCTION, agencies={"tax": count})


def test_every_agency_has_questions_and_columns_of_its_own() -> None:
    plan = plan_of(CONJUNCTION, agencies={"tax": 2})
    tax = plan.roles[0]
    assert [q.index for q in plan.questions_of(tax)] == [0]
    assert [q.index for q in plan.questions_of(tax, 1)] == [1]
    assert [c.index for c in plan.columns_of(tax, 1)] == [2, 3]


def test_a_tier_nobody_reaches_is_refused_by_name() -> None:
    tiers = {"wide": "tax.bracket <= 2", "narrow": "tax.bracket <= 1", "rest": None}
    with pytest.raises(DegeneratePredicate, match="narrow") as caught:
        plan_of(CONJUNCTION, tiers=tiers)
    assert caught.value.where is not None
    assert "test/programme" in caught.value.where


def test_outputs_become_decisions_by_where_they_are_zero() -> None:
    plan = plan_of(CONJUNCTION, tiers={"full": "tax.bracket <= 1", "half": None})
    full, half, possible = (
        np.array(values, dtype=np.uint64)
        for values in ([0, 9, 7, 5, 0], [8, 0, 6, 4, 0], [0, 0, 0, 3, 0])
    )
    assert decisions_from(plan, [full, half, possible]).tolist() == [0, 3, 2, 1, 0]


def test_without_doubt_whoever_is_in_no_tier_is_ineligible() -> None:
    plan = plan_of("tax.closed <= 3", tiers={"full": "tax.closed <= 1", "half": None})
    outputs = [np.array(values, dtype=np.uint64) for values in ([0, 5, 5], [5, 0, 5])]
    assert decisions_from(plan, outputs).tolist() == [0, 3, 1]


def test_prescribed_answers_that_cannot_be_true_come_back_as_the_circuit_says() -> None:
    plan = plan_of("school.year <= 2", ColumnKind.ATTRIBUTE, agencies={"school": 2})
    # One agency's first class and another's: 1 - 2 is no 0. Nobody's: a miss for both bounds.
    answers = [np.array([0, 7, 0], dtype=np.int32), np.array([1, 7, 6], dtype=np.int32)]
    assert [o.tolist() for o in evaluate_outputs(plan, answers)] == [
        [65536, 1, 0],
        [65536, 1, 65536],
    ]
    assert evaluate_answers(plan, answers).tolist() == [1, 1, 0]


@pytest.mark.parametrize("kind", [ColumnKind.DECISION, ColumnKind.VALUE])
def test_tiers_of_all_kinds_evaluate_alike(kind: ColumnKind) -> None:
    tiers = {"full": "welfare.grade == 1", "half": None}
    plan = plan_of("tax.bracket <= 3", kind, tiers=tiers)
    table = {
        "tax.bracket": Values.of([3, 3, 4, 3, None, 4]),
        "welfare.grade": Values.of([1, 2, 1, None, 1, None]),
    }
    answers = [answer_question(q, plan.attributes, table) for q in plan.questions]  # type: ignore[arg-type]
    assert evaluate_answers(plan, answers).tolist() == [0, 3, 1, 2, 2, 1]


@pytest.mark.parametrize("kind", ColumnKind)
def test_what_is_asked_once_has_the_same_plan_under_every_scheme(kind: ColumnKind) -> None:
    programme, digest = programme_of(CONJUNCTION), sha256(CONJUNCTION.encode())
    asked = ask(programme, kind, DAY, agencies={Role("tax"): 2})
    for scheme in Scheme:
        if kind in COLUMN_KINDS[scheme]:
            compiled = plan_of(CONJUNCTION, kind, scheme, agencies={"tax": 2})
            assert plan_under(asked, digest, scheme) == compiled
        else:
            with pytest.raises(InvalidConfiguration, match=f"has no {kind.value} columns"):
                plan_under(asked, digest, scheme)
