"""A programme's rule on a day as predicates that two rules agree on exactly if all decisions agree.

Three-valued predicates say more than a decision shows: whether a tier is unknown or false makes no
difference where the subject is not certainly in it. Settling what is unknown first leaves what a
decision is made of: where a tier certainly applies, and where nobody can be eligible.

Rules:
 * Nothing here is unknown any more: every comparison is settled.
 * A tier is known by its name and its amount, whatever its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from matcher.core.normal import normal_form
from matcher.core.predicate import (
    Comparison,
    Membership,
    Not,
    Predicate,
    Settled,
    children_of,
)
from matcher.core.programme import Programme
from matcher.core.rewriting import with_children

# An outcome's name and amount; no name where a programme only decides, no outcome for "possible".
Showing = tuple[str, int | None] | None
_POSSIBLE: Showing = None
_ELIGIBLE: Showing = ("", None)


def showings(programme: Programme, day: date) -> tuple[Showing, ...]:
    """Return what being in each tier of ``programme`` shows on ``day``, tier by tier."""
    if not programme.outcomes:
        return (_ELIGIBLE,)
    amounts = programme.amounts_on(day)
    return tuple(
        (outcome.name, amount) for outcome, amount in zip(programme.outcomes, amounts, strict=True)
    )


def decisive(programme: Programme, day: date) -> Mapping[Showing, Predicate]:
    """Return where each outcome certainly applies, and under None who may be eligible.

    Raises:
        ProgrammeNotValid: ``day`` lies outside the programme's validity.
        InvalidInput: a parameter has no value, or the rule leaves what can be computed.
    """
    tiers = programme.tiers_on(day)
    found = {
        showing: settled(normal_form(tier), holds=False)
        for showing, tier in zip(showings(programme, day), tiers, strict=True)
    }
    found[_POSSIBLE] = settled(normal_form(programme.predicate_on(day)), holds=True)
    return found


def settled(predicate: Predicate, *, holds: bool) -> Predicate:
    """Return ``predicate``, in negation normal form, with every unknown comparison as ``holds``."""
    match predicate:
        case Comparison() | Membership():
            return Settled(predicate, holds)
        case Settled():
            return predicate
        case Not():
            holds = not holds
    return with_children(
        predicate, [settled(child, holds=holds) for child in children_of(predicate)]
    )
