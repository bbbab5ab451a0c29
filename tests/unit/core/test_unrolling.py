from __future__ import annotations

import pytest

from matcher.core.identifiers import AttributeName
from matcher.core.normal import negated, normal_form
from matcher.core.predicate import (
    All,
    Any,
    AtLeast,
    AttributeOperand,
    Comparison,
    ConstantOperand,
    Elapsed,
    Lookup,
    Operator,
    Predicate,
    Settled,
    TimeUnit,
    attributes_of,
)
from matcher.core.unrolling import seated_attributes, unrolled, with_attributes_of, witnesses
from tests.programmes_of_tests import ATTRIBUTES, predicate_of, programme_of

BRACKET = AttributeName("tax.bracket")
LEAF = predicate_of("tax.bracket == 1")


def _household(text: str) -> Predicate:
    return normal_form(programme_of(text, most_members=4).eligible)


def _seats(*seats: int) -> tuple[Predicate, ...]:
    return tuple(with_attributes_of(LEAF, seat) for seat in seats)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("members.all(m, m.tax.bracket == 1)", All(_seats(0, 1, 2))),
        ("members.exists(m, m.tax.bracket == 1)", Any(_seats(0, 1, 2))),
        ("members.filter(m, m.tax.bracket == 1).size() >= 2", AtLeast(2, _seats(0, 1, 2))),
    ],
)
def test_quantifiers_become_thresholds_over_members(text: str, result: Predicate) -> None:
    assert unrolled(_household(text), 3) == result


def test_one_member_is_no_crowd() -> None:
    assert unrolled(_household("members.exists_one(m, m.tax.bracket == 1)"), 1) == _seats(0)[0]


def test_everything_that_is_read_moves_to_the_seat() -> None:
    bracket = AttributeOperand(BRACKET)
    years = Elapsed(TimeUnit.YEARS, bracket, 20_000)
    body = All(
        (
            Settled(Comparison(bracket, Operator.LT, Lookup("t", bracket, 0, (1,))), holds=True),
            Comparison(years, Operator.GE, ConstantOperand(3)),
        )
    )
    assert set(attributes_of(with_attributes_of(body, 2))) == {"tax.bracket@2"}


def test_attributes_of_seats_keep_role_and_domain() -> None:
    seated = seated_attributes({BRACKET: ATTRIBUTES[BRACKET]}, 2)
    assert list(seated) == ["tax.bracket@0", "tax.bracket@1"]
    for name, attribute in seated.items():
        assert (attribute.name, attribute.role) == (name, "tax")
        assert (attribute.low, attribute.high) == (0, 7)


def test_as_many_members_are_needed_as_have_to_be_witnesses() -> None:
    assert witnesses([_household("members.all(m, m.tax.resident)")]) == 1
    twice = _household("members.filter(m, m.tax.resident).size() == 2")
    assert witnesses([twice]) == 2
    assert witnesses([negated(twice)]) == 3
    assert witnesses([twice, _household("members.exists(m, m.tax.bracket == 1)")]) == 3
