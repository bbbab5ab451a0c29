from __future__ import annotations

import pytest

from matcher.core.leakage import leakage_of
from matcher.core.noise import hiding_bits
from matcher.core.scheme import ColumnKind, Scheme
from tests.programmes_of_tests import plan_of

CONJUNCTION = "tax.bracket <= 3 && welfare.grade in [1, 2]"


def _statement(
    text: str, kind: ColumnKind = ColumnKind.DECISION, scheme: Scheme = Scheme.BGV
) -> str:
    return "\n".join(leakage_of(plan_of(text, kind, scheme)))


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
    bits = min(hiding_bits(plan.parameters, circuit) for circuit in plan.circuits)
    assert f"2^-{bits} " in "\n".join(leakage_of(plan))


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
