from __future__ import annotations

import re
from typing import get_args

import pytest

from clients.review.leakage_phrases import leakage_sentences
from clients.review.phrases import Language
from matcher.core.bgv_noise import bgv_margin
from matcher.core.ckks_parameters import CkksParameters
from matcher.core.leakage import findings_of
from matcher.core.leakage_findings import Finding
from matcher.core.plan import Plan
from matcher.core.scheme import HOMOMORPHIC_SCHEMES, ColumnKind, Scheme
from tests.programmes_of_tests import plan_of

ENCRYPTED = HOMOMORPHIC_SCHEMES
CONJUNCTION = "tax.bracket <= 3 && welfare.grade in [1, 2]"


def _statement(
    text: str, kind: ColumnKind = ColumnKind.DECISION, scheme: Scheme = Scheme.BGV
) -> str:
    return "\n".join(leakage_sentences(plan_of(text, kind, scheme)))


def test_every_party_is_named() -> None:
    statement = _statement(CONJUNCTION)
    for party in ("tax learns", "welfare learns", "city learns", "The matcher learns"):
        assert party in statement


def test_what_is_sent_is_quoted() -> None:
    assert "its answer to: tax.bracket <= 3" in _statement(CONJUNCTION)
    attribute = _statement(CONJUNCTION, ColumnKind.ATTRIBUTE)
    assert "which of 8 classes tax.bracket falls into, or that it is absent" in attribute
    closed = _statement("tax.closed <= 3 && welfare.grade == 1", ColumnKind.ATTRIBUTE)
    assert "which of 8 classes tax.closed falls into." in closed
    value = _statement(CONJUNCTION, ColumnKind.VALUE, Scheme.ENCLAVE)
    assert "sealed to the enclave: the value of tax.bracket" in value


def test_undetermined_is_mentioned_only_where_it_occurs() -> None:
    assert "Undetermined tells it" in _statement(CONJUNCTION)
    closed = _statement("tax.closed <= 3 && welfare.closed == 1")
    assert "ndetermined" not in closed


def test_a_conjunction_tells_the_rest_only_where_the_known_part_holds() -> None:
    statement = _statement(CONJUNCTION)
    assert (
        "where tax's part is satisfied, whether welfare.grade in [1, 2]; "
        "where tax's part is not satisfied, nothing more" in statement
    )


def test_a_disjunction_tells_the_rest_where_the_known_part_fails() -> None:
    for kind in (ColumnKind.DECISION, ColumnKind.ATTRIBUTE):
        assert (
            "where tax's part is satisfied, nothing more; "
            "where tax's part is not satisfied, whether welfare.grade == 1"
            in _statement("tax.bracket == 0 || welfare.grade == 1", kind)
        )


def test_one_role_has_no_rest() -> None:
    assert "the rest of the predicate" not in _statement("tax.bracket <= 3")


def test_the_statistical_distance_is_the_plans_own() -> None:
    plan = plan_of(CONJUNCTION, scheme=Scheme.BGV)
    assert plan.parameters is not None
    bits = min(bgv_margin(plan.parameters, circuit).hiding_bits for circuit in plan.circuits)
    assert f"2^-{bits} " in "\n".join(leakage_sentences(plan))


@pytest.mark.parametrize(
    ("kind", "loss"),
    [
        (ColumnKind.DECISION, "The matcher and city together learn the answer to every"),
        (ColumnKind.ATTRIBUTE, "The matcher and city together learn the class of every"),
    ],
)
def test_what_matcher_and_requester_learn_together_is_said(kind: ColumnKind, loss: str) -> None:
    assert loss in _statement(CONJUNCTION, kind)


def test_an_enclave_is_said_to_hold_everything() -> None:
    statement = _statement(CONJUNCTION, ColumnKind.VALUE, Scheme.ENCLAVE)
    assert "The enclave holds every value" in statement
    assert "ring learning with errors" not in statement


@pytest.mark.parametrize("kind", ColumnKind)
def test_the_clear_scheme_is_said_to_protect_nothing(kind: ColumnKind) -> None:
    statement = _statement(CONJUNCTION, kind, Scheme.CLEAR)
    assert "protects nothing" in statement
    assert "It sends, in the clear: " in statement
    assert "encrypted" not in statement
    assert "nclave" not in statement


def test_what_is_encrypted_is_said_to_be_so_under_every_scheme() -> None:
    for scheme in ENCRYPTED:
        assert "It sends, encrypted: " in _statement(CONJUNCTION, scheme=scheme)
        assert "送るのは" in "".join(
            leakage_sentences(plan_of(CONJUNCTION, scheme=scheme), Language.JA)
        )


def test_a_mask_modulo_n_hides_all_and_says_so() -> None:
    statement = _statement(CONJUNCTION, scheme=Scheme.PAILLIER)
    assert "uniform over 1 to n - 1, n being the key's modulus of 3072 bits" in statement
    assert "Nothing else shows" in statement
    assert "2^-" not in statement


def test_a_mask_that_hides_in_part_is_said_to_show_more_than_the_verdict() -> None:
    plan = plan_of(CONJUNCTION, scheme=Scheme.CKKS)
    assert isinstance(plan.parameters, CkksParameters)
    for language, words in (
        (Language.EN, ("can decrypt how many conditions failed", "for research only")),
        (Language.JA, ("復号することができます", "研究用に限ります")),
    ):
        statement = "\n".join(leakage_sentences(plan, language))
        for word in (*words, f"2^{plan.parameters.mask_bits}", "3.6"):
            assert word in statement
        assert "65536" not in statement
    assert round(100 * plan.parameters.advantage, 1) == 3.6


def test_what_a_matcher_would_have_to_break_is_named() -> None:
    assert (
        "This rests on the decisional composite residuosity assumption: 128 bits of security "
        "against classical computers: a modulus of 3072 bits; none against quantum computers."
        in _statement(CONJUNCTION, scheme=Scheme.PAILLIER)
    )
    for scheme in (Scheme.BGV, Scheme.BFV, Scheme.CKKS):
        statement = _statement(CONJUNCTION, scheme=scheme)
        assert "This rests on ring learning with errors: 128 bits of security" in statement
        assert "n = 8192, log2 q = " in statement


HOUSEHOLD = "members.all(m, m.tax.bracket <= 3) && members.exists(m, m.welfare.grade == 1)"
TIERS = {"full": "tax.bracket <= 1", "half": None}


def _sentences(plan: Plan) -> str:
    return "\n".join(leakage_sentences(plan))


def test_households_have_one_verdict_each_and_places_to_fill() -> None:
    statement = _sentences(plan_of(HOUSEHOLD, scheme=Scheme.BGV, most_members=5))
    assert "one verdict per household" in statement
    assert "Every household has 5 places in a roster, filled or empty" in statement
    assert "which of its subjects belong to one household" in statement
    assert "one household" not in _statement(CONJUNCTION)


def test_the_values_of_members_are_named_once() -> None:
    plan = plan_of(HOUSEHOLD, ColumnKind.VALUE, Scheme.ENCLAVE, most_members=5)
    statement = _sentences(plan)
    assert "the value of tax.bracket of every member, or that it is absent." in statement
    assert statement.count("the value of tax.bracket") == 1


@pytest.mark.parametrize(
    ("text", "members", "who"),
    [
        (CONJUNCTION, None, "somebody assigned to another of them sits there"),
        (HOUSEHOLD, 5, "a member assigned to another of them, or nobody, sits there"),
    ],
)
def test_agencies_of_one_role_learn_of_their_own_people(
    text: str, members: int | None, who: str
) -> None:
    plan = plan_of(text, scheme=Scheme.BGV, agencies={"tax": 3}, most_members=members)
    statement = _sentences(plan)
    assert (
        f"3 agencies answer for tax. Each is asked about those assigned to it only; an empty "
        f"place tells it that {who}, not who." in statement
    )
    assert "agencies answer for welfare" not in statement
    assert "and how many agencies answer for each role" in statement
    assert "can exclude somebody assigned to another of them" in statement
    assert "how many agencies" not in _statement(CONJUNCTION)


def test_an_outcome_tells_its_condition() -> None:
    statement = _sentences(plan_of(CONJUNCTION, scheme=Scheme.BGV, tiers=TIERS))
    assert "one outcome per eligible subject, out of full, half" in statement
    assert (
        "full that tax.bracket <= 3 && welfare.grade in [1, 2] && tax.bracket <= 1; "
        "half that tax.bracket <= 3 && welfare.grade in [1, 2] && tax.bracket > 1" in statement
    )
    assert "this plan has 3 outputs" in statement


def test_what_is_possible_is_told_for_eligibility_alone() -> None:
    possible = "only whether the subject can be eligible at all, for no single outcome"
    assert possible in _sentences(plan_of(CONJUNCTION, scheme=Scheme.BGV, tiers=TIERS))
    assert possible not in _statement(CONJUNCTION)
    closed = plan_of("tax.closed <= 3", tiers={"full": "tax.closed <= 1", "half": None})
    assert possible not in _sentences(closed)


@pytest.mark.parametrize(("verdict", "met"), [("ineligible", "not met"), ("eligible", "met")])
def test_what_an_absent_record_counts_as_is_said(verdict: str, met: str) -> None:
    statement = _sentences(plan_of(CONJUNCTION, absent={"tax.bracket": verdict}))
    assert f"Where tax.bracket is absent, conditions on it count as {met};" in statement
    both = {"tax.bracket": verdict, "welfare.grade": verdict}
    assert "ndetermined" not in _sentences(plan_of(CONJUNCTION, absent=both))


def test_one_member_of_two_agencies_has_a_rest_too() -> None:
    text = "members.exists(m, m.tax.bracket <= 3 && m.welfare.grade == 1)"
    plan = plan_of(text, ColumnKind.VALUE, Scheme.ENCLAVE, most_members=3)
    assert (
        "where tax's part is satisfied, whether members.exists(m, m.welfare.grade == 1)"
        in _sentences(plan)
    )


# --- Japanese -------------------------------------------------------------------------------------

PLANS = {
    "persons": plan_of(CONJUNCTION, scheme=Scheme.BGV),
    "classes": plan_of(CONJUNCTION, ColumnKind.ATTRIBUTE, Scheme.BGV),
    "another lattice": plan_of(CONJUNCTION, scheme=Scheme.BFV),
    "a mask that hides in part": plan_of(CONJUNCTION, scheme=Scheme.CKKS),
    "no lattice": plan_of(CONJUNCTION, scheme=Scheme.PAILLIER),
    "classes without a lattice": plan_of(CONJUNCTION, ColumnKind.ATTRIBUTE, Scheme.PAILLIER),
    "an enclave": plan_of(CONJUNCTION, ColumnKind.VALUE, Scheme.ENCLAVE),
    "the clear": plan_of(CONJUNCTION),
    "households": plan_of(HOUSEHOLD, scheme=Scheme.BGV, most_members=5),
    "households in an enclave": plan_of(
        HOUSEHOLD, ColumnKind.VALUE, Scheme.ENCLAVE, most_members=5
    ),
    "several agencies": plan_of(CONJUNCTION, scheme=Scheme.BGV, agencies={"tax": 3}),
    "several agencies for households": plan_of(
        HOUSEHOLD, scheme=Scheme.BGV, agencies={"tax": 3}, most_members=5
    ),
    "tiers": plan_of(CONJUNCTION, scheme=Scheme.BGV, tiers=TIERS),
    "absences": plan_of(
        CONJUNCTION,
        scheme=Scheme.BGV,
        absent={"tax.bracket": "ineligible", "welfare.grade": "eligible"},
    ),
}


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS.keys())
def test_every_finding_has_a_sentence_in_both_languages(plan: Plan) -> None:
    english = leakage_sentences(plan, Language.EN)
    japanese = leakage_sentences(plan, Language.JA)
    assert len(english) == len(japanese) == len(findings_of(plan))
    for sentence in (*english, *japanese):
        assert sentence.endswith((".", "。"))
    # What a sentence is about is the same: every number and name of one is in the other.
    for one, other in zip(english, japanese, strict=True):
        facts = set(re.findall(r"[0-9]+|(?:tax|welfare)[.a-z]*", one)) - {"128", "1", "0", "2"}
        assert {fact.rstrip(".") for fact in facts} <= {
            fact.rstrip(".") for fact in re.findall(r"[0-9]+|(?:tax|welfare)[.a-z]*", other)
        }, other


def test_all_kinds_of_findings_are_tried() -> None:
    found = {type(finding) for plan in PLANS.values() for finding in findings_of(plan)}
    assert found == set(get_args(Finding))


def test_the_japanese_statement_is_not_english() -> None:
    for sentence in leakage_sentences(PLANS["persons"], Language.JA):
        assert not re.search(r"\b(the|and|learns|whether)\b", sentence)
