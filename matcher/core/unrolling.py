"""Households of a given size as one subject with many attributes.

The solver knows no quantifiers: the attributes of every member get names of their own, and
quantifiers become thresholds over the members.

Rules:
 * Whatever households of any size can do, one with as many members as the existential quantifiers
   ask for together can do: members that are no witness can leave without harm.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from matcher.core.catalogue import Attribute
from matcher.core.identifiers import AttributeName
from matcher.core.normal import conjunction, disjunction, threshold
from matcher.core.predicate import (
    All,
    AllBut,
    Any,
    AtLeast,
    AttributeOperand,
    Comparison,
    Computed,
    Elapsed,
    Extremum,
    Lookup,
    Membership,
    Operand,
    Predicate,
    Some,
    parts_of,
)
from matcher.core.rewriting import Condition, with_conditions


def of_seat(name: AttributeName, seat: int) -> AttributeName:
    """Return the name of an attribute of the member in ``seat``, counted from 0."""
    return AttributeName(f"{name}@{seat}")


def seated_attributes(
    attributes: Mapping[AttributeName, Attribute], members: int
) -> Mapping[AttributeName, Attribute]:
    """Return the attributes of ``members`` members, seat by seat."""
    return {
        of_seat(name, seat): replace(attribute, name=of_seat(name, seat))
        for seat in range(members)
        for name, attribute in attributes.items()
    }


def unrolled(predicate: Predicate, members: int) -> Predicate:
    """Return ``predicate``, about a household, for one of exactly ``members`` members.

    Negation normal form is kept.
    """
    match predicate:
        case Some(least, body):
            return threshold(least, _seated(body, members))
        case AllBut(most, body):
            return threshold(members - most, _seated(body, members))
        case All(children):
            return conjunction(unrolled(child, members) for child in children)
        case Any(children):
            return disjunction(unrolled(child, members) for child in children)
        case AtLeast(count, children):
            return threshold(count, [unrolled(child, members) for child in children])
        case _:
            return predicate


def witnesses(predicates: Iterable[Predicate]) -> int:
    """Return how many members suffice for an example of ``predicates``, in normal form; not 0."""
    parts = (part for predicate in predicates for part in parts_of(predicate))
    return max(1, sum(part.least for part in parts if isinstance(part, Some)))


def with_attributes_of(predicate: Predicate, seat: int) -> Predicate:
    """Return ``predicate``, the body of a quantifier, about the member in ``seat``."""

    def moved(condition: Condition) -> Condition:
        match condition:
            case Comparison(left, operator, right):
                return Comparison(_moved(left, seat), operator, _moved(right, seat))
            case Membership(operand, members):
                return Membership(_moved(operand, seat), members)

    return with_conditions(predicate, moved)


def _seated(body: Predicate, members: int) -> list[Predicate]:
    return [with_attributes_of(body, seat) for seat in range(members)]


def _moved(operand: Operand, seat: int) -> Operand:
    match operand:
        case AttributeOperand(name):
            return AttributeOperand(of_seat(name, seat))
        case Computed(operator, left, right):
            return Computed(operator, _moved(left, seat), _moved(right, seat))
        case Extremum(extreme, operands):
            return Extremum(extreme, tuple(_moved(part, seat) for part in operands))
        case Lookup(table, index, first, values):
            return Lookup(table, _moved(index, seat), first, values)
        case Elapsed(unit, since, until):
            return Elapsed(unit, AttributeOperand(of_seat(since.name, seat)), until)
        case _:
            return operand
