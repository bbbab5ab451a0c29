"""Refusing predicates that ask for nothing: always true, never true, or so in a part.

A part that holds always still asks an agency for an answer; a part that holds never makes the
rest pointless. Both are mistakes of a designer, or disguises. So are tiers that nobody reaches and
tiers that leave nobody for those after them.

Rules:
 * Every sub-expression is looked at, innermost first, so that the message names the smallest.
 * What counts is whom an agency may know: values are present and inside the domain, households
   have from one to the most members a programme allows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from matcher.core.catalogue import Attribute
from matcher.core.errors import (
    DegeneratePredicate,
    InvalidInput,
    InvalidPredicate,
    UnsupportedPredicate,
)
from matcher.core.identifiers import AttributeName
from matcher.core.normal import conjunction, negated, normal_form
from matcher.core.predicate import (
    All,
    AllBut,
    Any,
    AtLeast,
    Constant,
    Predicate,
    Some,
    parts_of,
)
from matcher.core.programme import Programme
from matcher.core.ranges import refuse_out_of_range
from matcher.core.render import render
from matcher.core.satisfy import Budget, satisfying, satisfying_members

_FIX = "leave the part out, or correct its limits"


def examine(programme: Programme, day: date) -> None:
    """Refuse ``programme`` where its rule makes no sense on ``day``, whatever the scheme.

    Raises:
        ProgrammeNotValid: ``day`` lies outside the programme's validity.
        InvalidProgramme: a parameter has no value yet.
        DegeneratePredicate: a part holds always or never, or nobody gets an outcome; names it.
        UnsupportedPredicate: the search for examples was given up; names the part.
        InvalidPredicate: an amount can leave its range.
    """
    try:
        predicate = normal_form(programme.predicate_on(day))
        refuse_degenerate(predicate, programme.catalogue.attributes, programme.most_members)
        if len(programme.outcomes) > 1:
            refuse_degenerate_tiers(programme, day)
    except InvalidInput as error:
        error.locate(programme.id)
        raise


def refuse_degenerate(
    predicate: Predicate,
    attributes: Mapping[AttributeName, Attribute],
    most_members: int = 1,
    budget: Budget | None = None,
) -> None:
    """Refuse ``predicate``, which is in negation normal form, if a part holds always or never.

    Args:
        predicate: about a person, or about a household.
        attributes: at least those it reads.
        most_members: of a household.
        budget: shared with other searches; one of its own if None.

    Raises:
        DegeneratePredicate: names the part.
        UnsupportedPredicate: the search for examples was given up; names the part.
        InvalidPredicate: an amount can leave its range.
    """
    refuse_out_of_range(predicate, attributes)
    _Parts(attributes, most_members, budget or Budget()).refuse(predicate, of_member=False)


def refuse_degenerate_tiers(programme: Programme, day: date, budget: Budget | None = None) -> None:
    """Refuse ``programme`` if a tier's condition decides nothing, or the order of tiers does.

    Raises:
        DegeneratePredicate: a part of a condition holds always or never, nobody reaches a tier, or
            a tier takes everybody who is left; names the tier.
        UnsupportedPredicate: the search for examples was given up; names the part.
        ProgrammeNotValid: ``day`` lies outside the programme's validity.
        InvalidProgramme: a parameter has no value yet.
        InvalidPredicate: an amount can leave its range.
    """
    parts = _Parts(programme.catalogue.attributes, programme.most_members, budget or Budget())
    conditions = [
        None if condition is None else normal_form(condition)
        for condition in programme.conditions_on(day)
    ]
    tiers = list(zip([outcome.name for outcome in programme.outcomes], conditions, strict=True))
    for name, condition in tiers:
        if condition is not None:
            _refuse_condition(parts, name, condition)
    left = normal_form(programme.predicate_on(day))
    earlier = ""
    for name, condition in tiers:
        if not parts.somebody(left if condition is None else conjunction([left, condition])):
            # Whoever reaches a tier was left by those before it, so that only now they matter.
            if earlier and not parts.somebody(left):
                raise DegeneratePredicate(
                    f"the outcome {earlier} takes everybody who is left, later ones are never "
                    "reached",
                    fix="narrow its condition, or leave out the outcomes after it",
                )
            raise DegeneratePredicate(
                f"the outcome {name} is never reached: nobody eligible whom earlier outcomes leave "
                "meets its condition",
                fix="put narrower conditions before wider ones",
            )
        if condition is not None:
            left = conjunction([left, negated(condition)])
        earlier = name


def _refuse_condition(parts: _Parts, name: str, condition: Predicate) -> None:
    try:
        refuse_out_of_range(condition, parts.attributes)
        parts.refuse(condition, of_member=False)
    except InvalidPredicate as error:
        error.locate(f"outcome {name}")
        raise


@dataclass(frozen=True, slots=True)
class _Parts:
    attributes: Mapping[AttributeName, Attribute]
    most_members: int
    budget: Budget

    def refuse(self, predicate: Predicate, *, of_member: bool) -> None:
        """Refuse ``predicate`` or the smallest part of it that holds always or never."""
        text = render(predicate, self.attributes, of_member=of_member)
        match predicate:
            case Constant(value):
                raise DegeneratePredicate(
                    f"the predicate {'always' if value else 'never'} holds", fix=_FIX
                )
            case Some(_, Constant()) | AllBut(_, Constant()):
                raise DegeneratePredicate(
                    f"{text} asks nothing about members, it only counts them",
                    fix="say what the members have to satisfy",
                )
            case Some(_, body) | AllBut(_, body):
                self.refuse(body, of_member=True)
            case All(children) | Any(children) | AtLeast(_, children):
                for child in children:
                    self.refuse(child, of_member=of_member)
            case _:
                pass
        for counterpart, word in ((predicate, "never"), (negated(predicate), "always")):
            if not self._somebody(counterpart, text):
                raise DegeneratePredicate(f"{text} {word} holds", fix=_FIX)

    def somebody(self, predicate: Predicate) -> bool:
        """Return whether ``predicate`` holds for somebody, a person or a household."""
        return self._somebody(predicate, render(predicate, self.attributes))

    def _somebody(self, predicate: Predicate, text: str) -> bool:
        try:
            if any(isinstance(part, Some | AllBut) for part in parts_of(predicate)):
                found = satisfying_members(
                    predicate, self.attributes, self.most_members, self.budget
                )
                return found is not None
            return satisfying(predicate, self.attributes, self.budget) is not None
        except UnsupportedPredicate as error:
            raise UnsupportedPredicate(
                f"whether {text} holds for anybody, and not for everybody, is too intricate to "
                "find out",
                fix=error.fix,
            ) from error
