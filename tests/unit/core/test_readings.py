from __future__ import annotations

import itertools

import pytest

from matcher.core.amount_network import NetworkBuilder
from matcher.core.constraints import Every, Within, either, enough, every, simplified
from matcher.core.errors import InvalidPredicate
from matcher.core.identifiers import AttributeName
from matcher.core.integer_sets import IntegerSet
from matcher.core.kleene import FALSE, TRUE
from matcher.core.literals import answer
from matcher.core.normal import normal_form
from matcher.core.predicate import Not, Predicate, Settled, Some
from matcher.core.readings import Reader, Reading
from matcher.core.table import Values
from tests.programmes_of_tests import ATTRIBUTES, predicate_of

BRACKET, GRADE, CLOSED = map(AttributeName, ("tax.bracket", "welfare.grade", "tax.closed"))
LISTED = predicate_of("tax.bracket in [1, 2]")
PREDICATES = [
    predicate_of("tax.bracket <= 1 && !(welfare.grade in [1])"),
    predicate_of("at_least(2, [tax.bracket <= 1, welfare.grade == 1, tax.closed == 0])"),
    Not(Settled(LISTED, holds=True)),  # type: ignore[arg-type]
    Settled(LISTED, holds=False),  # type: ignore[arg-type]
    predicate_of("tax.bracket < tax.closed || welfare.grade != 1"),
]


@pytest.mark.parametrize("predicate", PREDICATES)
def test_readings_are_what_kleene_logic_makes_certain_and_possible(predicate: Predicate) -> None:
    for codes in itertools.product([0, 2, None], [1, 2, None], [0, 1]):
        person = dict(zip((BRACKET, GRADE, CLOSED), codes, strict=True))
        table = {name: Values.of([code]) for name, code in person.items()}
        truth = answer(predicate, ATTRIBUTES, table)[0]
        assert _holds(predicate, Reading.CERTAIN, person) == (truth == TRUE)
        assert _holds(predicate, Reading.POSSIBLE, person) == (truth != FALSE)
        if None not in codes:
            assert _holds(predicate, Reading.PRESENT, person) == (truth == TRUE)


def _holds(predicate: Predicate, reading: Reading, person: dict[AttributeName, int | None]) -> bool:
    builder = NetworkBuilder(ATTRIBUTES)
    formula = Reader(ATTRIBUTES, builder).formula(normal_form(predicate), reading)
    network = builder.network()
    low, high = list(network.low), list(network.high)
    for name, code in person.items():
        absent, node = builder.known(("absent", name)), builder.known(name)
        if absent is not None:
            low[absent] = high[absent] = int(code is None)
        if node is not None:
            low[node] = high[node] = code or 0
    for number, computed in network.computed.items():
        low[number], high[number] = computed.bounds(low, high)
    decided = simplified(formula, low, high)
    assert isinstance(decided, bool)
    return decided


def test_members_cannot_be_read_as_one_subject() -> None:
    reader = Reader(ATTRIBUTES, NetworkBuilder(ATTRIBUTES))
    with pytest.raises(InvalidPredicate, match="members are counted"):
        reader.formula(Some(1, LISTED), Reading.PRESENT)


A, B, C = (Within(node, IntegerSet.of([(0, 0)])) for node in range(3))


def test_formulas_take_their_simplest_form() -> None:
    assert every([]) is True
    assert either([]) is False
    assert every([A, True]) == A
    assert either([A, True]) is True
    assert every([A, every([B, C])]) == Every((A, B, C))
    assert enough(2, [A, True, B, False]) == either([A, B])
    assert enough(2, [A, B]) == every([A, B])
    assert enough(3, [A, B]) is False
    assert enough(1, [True, A]) is True


def test_bounds_decide_parts_of_formulas() -> None:
    some = enough(2, [A, B, C])
    assert simplified(some, (0, 0, 0), (0, 5, 5)) == either([B, C])
    assert simplified(some, (1, 0, 0), (5, 5, 5)) == every([B, C])
    assert simplified(some, (1, 1, 0), (5, 5, 5)) is False
    assert simplified(some, (0, 0, 1), (0, 0, 5)) is True
