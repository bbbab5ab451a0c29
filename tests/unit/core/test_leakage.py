from __future__ import annotations

import pytest

from matcher.core.leakage import findings_of
from matcher.core.leakage_findings import (
    AnswerOverruled,
    MatcherLearns,
    MatcherWithAgency,
    MatcherWithRequester,
    ProviderLearns,
    RestLearned,
    VerdictLearned,
    WrongAnswerUnnoticed,
)
from matcher.core.programme import Unit
from matcher.core.scheme import ColumnKind, Scheme
from tests.programmes_of_tests import plan_of

CONJUNCTION = "tax.bracket <= 3 && welfare.grade in [1, 2]"


def test_every_role_learns_and_sends_its_own_part_only() -> None:
    plan = plan_of(CONJUNCTION, scheme=Scheme.BGV)
    sent = {one.role: one.sends for one in findings_of(plan) if isinstance(one, ProviderLearns)}
    (answer,) = sent["tax"]
    assert answer.kind is ColumnKind.DECISION
    assert answer.text == "tax.bracket <= 3"
    assert set(sent) == {"tax", "welfare"}


def test_classes_and_absence_are_those_of_the_attribute() -> None:
    plan = plan_of("tax.closed <= 3 && welfare.grade == 1", ColumnKind.ATTRIBUTE, Scheme.BGV)
    sent = {one.role: one.sends for one in findings_of(plan) if isinstance(one, ProviderLearns)}
    tax, welfare = sent["tax"], sent["welfare"]
    assert [(one.kind, one.text, one.classes) for one in (*tax, *welfare)] == [
        (ColumnKind.ATTRIBUTE, "tax.closed", 8),
        (ColumnKind.ATTRIBUTE, "welfare.grade", 7),
    ]
    assert [one.may_be_absent for one in (*tax, *welfare)] == [False, True]


@pytest.mark.parametrize(
    ("text", "undetermined"),
    [(CONJUNCTION, True), ("tax.closed <= 3 && welfare.closed == 1", False)],
)
def test_undetermined_is_a_verdict_only_where_a_fact_can_be_missing(
    *, text: str, undetermined: bool
) -> None:
    (verdict,) = [one for one in findings_of(plan_of(text)) if isinstance(one, VerdictLearned)]
    assert verdict == VerdictLearned(verdict.requester, Unit.PERSON, undetermined)


def test_what_is_learned_together_depends_on_the_scheme() -> None:
    kinds = {
        scheme: {type(one) for one in findings_of(plan_of(CONJUNCTION, kind, scheme))}
        for scheme, kind in (
            (Scheme.BGV, ColumnKind.DECISION),
            (Scheme.ENCLAVE, ColumnKind.VALUE),
            (Scheme.CLEAR, ColumnKind.DECISION),
        )
    }
    encrypted = {MatcherWithRequester, AnswerOverruled, MatcherWithAgency}
    assert encrypted <= kinds[Scheme.BGV]
    for scheme in (Scheme.ENCLAVE, Scheme.CLEAR):
        assert not encrypted & kinds[scheme]
        assert WrongAnswerUnnoticed in kinds[scheme]


def test_a_matcher_knows_nothing_that_parameters_do_not_hide() -> None:
    for scheme, kind in ((Scheme.BGV, ColumnKind.DECISION), (Scheme.ENCLAVE, ColumnKind.VALUE)):
        plan = plan_of(CONJUNCTION, kind, scheme)
        (learns,) = [one for one in findings_of(plan) if isinstance(one, MatcherLearns)]
        assert (learns.slots, learns.parameters) == (plan.chunk_slots, plan.parameters)
        assert not learns.agency_counts


def test_the_rest_of_a_rule_is_what_remains_without_an_agencys_part() -> None:
    rest = {
        one.role: (one.satisfied, one.missed)
        for one in findings_of(plan_of(CONJUNCTION))
        if isinstance(one, RestLearned)
    }
    assert rest == {
        "tax": ("welfare.grade in [1, 2]", ""),
        "welfare": ("tax.bracket <= 3", ""),
    }
