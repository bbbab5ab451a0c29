from __future__ import annotations

import itertools
from random import Random

import pytest

from matcher.core.constraints import Formula, Within, either, enough, every, opposite, simplified
from matcher.core.integer_sets import IntegerSet
from matcher.core.mattering import mattering

ZERO = IntegerSet.of([(0, 0)])
CONDITIONS = [Within(node, ZERO) for node in range(4)]
EVERYBODY = list(itertools.product([0, 1], repeat=len(CONDITIONS)))


def _holds(formula: Formula, who: tuple[int, ...]) -> bool:
    decided = simplified(formula, who, who)
    assert isinstance(decided, bool)
    return decided


def _random(chance: Random, depth: int) -> Formula:
    if depth == 0:
        condition = chance.choice(CONDITIONS)
        return condition if chance.random() < 0.6 else opposite(condition)
    parts = [_random(chance, chance.randrange(depth)) for _ in range(chance.randint(2, 4))]
    join = chance.choice([every, either, lambda listed: enough(2, listed)])
    return join(parts)


FORMULAS = [_random(Random(seed), 3) for seed in range(150)]


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_condition_matters_where_turning_it_turns_the_formula(formula: Formula) -> None:
    for condition in CONDITIONS:
        matters = mattering(formula, condition)
        for who in EVERYBODY:
            turned = tuple(
                1 - code if node == condition.node else code for node, code in enumerate(who)
            )
            assert _holds(matters, who) == (_holds(formula, who) != _holds(formula, turned))


@pytest.mark.parametrize("formula", FORMULAS)
def test_an_opposite_holds_where_the_formula_does_not(formula: Formula) -> None:
    for who in EVERYBODY:
        assert _holds(opposite(formula), who) != _holds(formula, who)


def test_what_stands_once_is_left_to_decide_by_all_others() -> None:
    a, b, c, d = CONDITIONS
    formula = every([a, either([b, c])])
    assert mattering(formula, b) == every([opposite(c), a])
    assert mattering(formula, d) is False
