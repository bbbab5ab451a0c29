"""Finding values that make a predicate true, or knowing that there are none.

The planner refuses predicates, and parts of them, that hold always or never; canaries need one
subject that is eligible and one that is not. Both ask the same question here.

Rules:
 * Values are present and inside the domain; absence is no way to satisfy anything.
 * A household has at least one member. Few members are tried before many.
 * The search is deterministic and gives up when its budget is spent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from matcher.core.amount_network import NetworkBuilder
from matcher.core.box_search import Budget, solve
from matcher.core.catalogue import Attribute
from matcher.core.identifiers import AttributeName
from matcher.core.limits import cuts
from matcher.core.predicate import Predicate, attributes_of
from matcher.core.ranges import refuse_out_of_range
from matcher.core.readings import Reader, Reading
from matcher.core.unrolling import of_seat, seated_attributes, unrolled, witnesses

__all__ = ["Assignment", "Budget", "cuts", "satisfying", "satisfying_members"]

Assignment: TypeAlias = dict[AttributeName, int]


def satisfying(
    predicate: Predicate,
    attributes: Mapping[AttributeName, Attribute],
    budget: Budget | None = None,
) -> Assignment | None:
    """Return codes that make ``predicate`` true, or None where no codes do.

    Attributes that do not matter once the others are chosen get their smallest code.

    Args:
        predicate: in negation normal form, about a person.
        attributes: at least those it reads.
        budget: shared with other searches; one of its own if None.

    Raises:
        UnsupportedPredicate: the search was given up.
        InvalidPredicate: a parameter was not substituted, an amount can leave its range, or the
            predicate is about a household.
    """
    refuse_out_of_range(predicate, attributes)
    builder = NetworkBuilder(attributes)
    reader = Reader(attributes, builder)
    formula = reader.formula(predicate, Reading.PRESENT)
    found = solve(builder.network(), formula, budget or Budget())
    if found is None:
        return None
    return {name: builder.value(name, found) for name in attributes_of(predicate)}


def satisfying_members(
    predicate: Predicate,
    attributes: Mapping[AttributeName, Attribute],
    most_members: int,
    budget: Budget | None = None,
) -> tuple[Assignment, ...] | None:
    """Return the members of a household for which ``predicate`` is true, or None.

    Every member has a code for every attribute the predicate reads.

    Args:
        predicate: in negation normal form, about a household.
        attributes: at least those it reads.
        most_members: of a household.
        budget: shared with other searches; one of its own if None.

    Raises:
        UnsupportedPredicate: the search was given up.
        InvalidPredicate: a parameter was not substituted, an amount can leave its range, or the
            predicate is not about a household.
    """
    refuse_out_of_range(predicate, attributes)
    budget = budget or Budget()
    names = list(dict.fromkeys(attributes_of(predicate)))
    for count in range(1, min(most_members, witnesses([predicate])) + 1):
        seated = seated_attributes({name: attributes[name] for name in names}, count)
        found = satisfying(unrolled(predicate, count), seated, budget)
        if found is not None:
            return tuple(
                {name: found.get(of_seat(name, seat), attributes[name].low) for name in names}
                for seat in range(count)
            )
    return None
