"""Refusing predicates that ask for nothing: always true, never true, or so in a part.

A part that holds always still asks an agency for an answer; a part that holds never makes the
rest pointless. Both are mistakes of a designer, or disguises.

Rules:
 * Every sub-expression is looked at, innermost first, so that the message names the smallest.
 * What counts is whom an agency may know: values are present and inside the domain.
"""

from __future__ import annotations

from collections.abc import Mapping

from matcher.core.catalogue import Attribute
from matcher.core.errors import DegeneratePredicate
from matcher.core.identifiers import AttributeName
from matcher.core.normal import negated
from matcher.core.predicate import All, Any, Constant, Predicate
from matcher.core.render import render
from matcher.core.satisfy import Budget, satisfying

_FIX = "leave the part out, or correct its limits"


def refuse_degenerate(predicate: Predicate, attributes: Mapping[AttributeName, Attribute]) -> None:
    """Refuse ``predicate``, which is in negation normal form, if a part holds always or never.

    Raises:
        DegeneratePredicate: names the part.
        UnsupportedPredicate: the search for examples was given up.
    """
    _refuse(predicate, attributes, Budget())


def _refuse(
    predicate: Predicate, attributes: Mapping[AttributeName, Attribute], budget: Budget
) -> None:
    match predicate:
        case All(children) | Any(children):
            for child in children:
                _refuse(child, attributes, budget)
        case Constant(value):
            raise DegeneratePredicate(
                f"the predicate {'always' if value else 'never'} holds", fix=_FIX
            )
        case _:
            pass
    for counterpart, word in ((predicate, "never"), (negated(predicate), "always")):
        if satisfying(counterpart, attributes, budget) is None:
            raise DegeneratePredicate(
                f"{render(predicate, attributes)} {word} holds",
                fix=_FIX,
            )
