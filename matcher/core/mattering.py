"""Where a condition decides a whole formula.

Rules:
 * A condition matters where the formula is true with it and false without it, or the other way
   round. Its complement is the same condition.
"""

from __future__ import annotations

from matcher.core.constraints import (
    Condition,
    Either,
    Enough,
    Every,
    Formula,
    Within,
    either,
    enough,
    every,
    opposite,
)


def mattering(formula: Formula, condition: Within) -> Formula:
    """Return where ``condition`` decides ``formula``."""
    occurrences = _occurrences(formula, condition)
    if occurrences == 0:
        return False
    if occurrences == 1:
        return _alone(formula, condition)
    met, missed = (_assumed(formula, condition, holds=holds) for holds in (True, False))
    return either([every([met, opposite(missed)]), every([missed, opposite(met)])])


def _alone(formula: Formula, condition: Within) -> Formula:
    """Return where the one occurrence of ``condition`` decides: where all others leave it to it."""
    match formula:
        case Every(children):
            place, others = _divided(children, condition)
            return every([_alone(place, condition), *others])
        case Either(children):
            place, others = _divided(children, condition)
            return every([_alone(place, condition), *map(opposite, others)])
        case Enough(count, children):
            place, others = _divided(children, condition)
            one_short = every([enough(count - 1, others), opposite(enough(count, others))])
            return every([_alone(place, condition), one_short])
        case _:
            return True


def _divided(
    children: tuple[Condition, ...], condition: Within
) -> tuple[Condition, list[Condition]]:
    place = next(child for child in children if _occurrences(child, condition))
    return place, [child for child in children if child is not place]


def _occurrences(formula: Formula, condition: Within) -> int:
    match formula:
        case Within():
            return formula in (condition, opposite(condition))
        case Every(children) | Either(children) | Enough(_, children):
            return sum(_occurrences(child, condition) for child in children)
        case _:
            return 0


def _assumed(formula: Formula, condition: Within, *, holds: bool) -> Formula:
    """Return ``formula`` with ``condition`` as decided, wherever it or its complement stands."""
    match formula:
        case Within():
            if formula == condition:
                return holds
            return not holds if formula == opposite(condition) else formula
        case Every(children):
            return every(_assumed(child, condition, holds=holds) for child in children)
        case Either(children):
            return either(_assumed(child, condition, holds=holds) for child in children)
        case Enough(count, children):
            return enough(count, [_assumed(child, condition, holds=holds) for child in children])
        case _:
            return formula
