"""The tiers of a programme's outcomes, each made to exclude those before it.

Rules:
 * The first tier whose condition holds applies; somebody whose first tier is uncertain is not put
   into the second.
 * What absent records mean is settled in every condition before it is negated for later tiers.
"""

from __future__ import annotations

from collections.abc import Sequence

from matcher.core.predicate import All, Not, Predicate


def exclusive_tiers(
    eligible: Predicate, conditions: Sequence[Predicate | None]
) -> tuple[Predicate, ...]:
    """Return for every tier where it applies: eligible, its condition, and none before it.

    Args:
        eligible: the programme's predicate, settled.
        conditions: of every tier in order, settled; None where a tier has none. No tiers at all
            stand for one without a condition.
    """
    tiers: list[Predicate] = []
    earlier: list[Predicate] = []
    for condition in conditions or (None,):
        parts = [eligible, *([] if condition is None else [condition]), *earlier]
        tiers.append(All(tuple(parts)) if len(parts) > 1 else eligible)
        if condition is not None:
            earlier.append(Not(condition))
    return tuple(tiers)
