"""Finding values that make a predicate true, or knowing that there are none.

The planner refuses predicates, and parts of them, that hold always or never; canaries need one
subject that is eligible and one that is not. Both ask the same question here.

Integers fall into cells between the constants a predicate mentions. Inside a cell only the order
of attributes that are compared with each other matters, so that as many values a cell as there
are such attributes represent all. The search assigns one attribute at a time; Kleene evaluation
with the rest unknown prunes it.

Rules:
 * Values are present and inside the domain; absence is no way to satisfy anything.
 * The search is deterministic and gives up when its budget is spent: whoever sends a programme
   must not be able to keep its readers busy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from matcher.core.catalogue import Attribute
from matcher.core.errors import InvalidPredicate, UnsupportedPredicate
from matcher.core.identifiers import AttributeName
from matcher.core.predicate import (
    All,
    Any,
    AttributeOperand,
    Comparison,
    Constant,
    ConstantOperand,
    Membership,
    Not,
    Operand,
    Operator,
    Predicate,
    attributes_of,
    leaves_of,
)

# About a second of looking; shipped programmes need a few hundred visits.
MOST_VISITS = 1_000_000

Assignment: TypeAlias = dict[AttributeName, int]


@dataclass(slots=True)
class Budget:
    """How many sub-expressions may still be looked at; shared by the searches of one plan."""

    visits: int = MOST_VISITS

    def spend(self) -> None:
        """Look at one more.

        Raises:
            UnsupportedPredicate: the budget is spent.
        """
        self.visits -= 1
        if self.visits < 0:
            raise UnsupportedPredicate(
                "the predicate is too intricate to find an example for it",
                fix="write it with fewer interlocking alternatives",
            )


def satisfying(
    predicate: Predicate,
    attributes: Mapping[AttributeName, Attribute],
    budget: Budget | None = None,
) -> Assignment | None:
    """Return codes that make ``predicate`` true, or None where no codes do.

    Attributes that do not matter once the others are chosen get their smallest code.

    Args:
        predicate: in negation normal form.
        attributes: at least those it reads.
        budget: shared with other searches; one of its own if None.

    Raises:
        UnsupportedPredicate: the search was given up.
        InvalidPredicate: a parameter was not substituted.
    """
    names = list(dict.fromkeys(attributes_of(predicate)))
    choices = candidates(predicate, attributes)
    found = _search(predicate, names, choices, {}, budget or Budget())
    if found is None:
        return None
    return {name: found.get(name, attributes[name].low) for name in names}


def candidates(
    predicate: Predicate, attributes: Mapping[AttributeName, Attribute]
) -> Mapping[AttributeName, tuple[int, ...]]:
    """Return, for every attribute ``predicate`` reads, codes that stand for its whole domain.

    ``predicate`` is in negation normal form.
    """
    names = list(dict.fromkeys(attributes_of(predicate)))
    groups = _groups(predicate, names)
    result: dict[AttributeName, tuple[int, ...]] = {}
    for name in names:
        group = groups[name]
        starts = {start for member in group for start in cuts(predicate, member)}
        for member in group:
            starts |= {attributes[member].low, attributes[member].high + 1}
        low, high = attributes[name].low, attributes[name].high
        ordered = sorted(starts)
        codes: list[int] = []
        for start, end in zip(ordered, [*ordered[1:], high + 1], strict=True):
            if low <= start <= high:
                codes += range(start, min(end, start + len(group), high + 1))
        result[name] = tuple(codes)
    return result


def cuts(predicate: Predicate, name: AttributeName) -> frozenset[int]:
    """Return every code c where some comparison of ``name`` may differ between c - 1 and c."""
    return frozenset(start for leaf in leaves_of(predicate) for start in _cuts(leaf, name))


def _cuts(leaf: Predicate, name: AttributeName) -> Iterator[int]:
    match leaf:
        case Comparison(AttributeOperand(left), operator, ConstantOperand(code)) if left == name:
            if operator in (Operator.LT, Operator.GE, Operator.EQ, Operator.NE):
                yield code
            if operator in (Operator.LE, Operator.GT, Operator.EQ, Operator.NE):
                yield code + 1
        case Membership(operand, members) if operand.name == name:
            for member in members:
                if isinstance(member, ConstantOperand):
                    yield member.code
                    yield member.code + 1


def _groups(
    predicate: Predicate, names: list[AttributeName]
) -> dict[AttributeName, frozenset[AttributeName]]:
    """Return, for every attribute, those it is compared with, directly or through others."""
    groups = {name: frozenset({name}) for name in names}
    for leaf in leaves_of(predicate):
        match leaf:
            case Comparison(AttributeOperand(left), _, AttributeOperand(right)):
                joined = groups[left] | groups[right]
                for member in joined:
                    groups[member] = joined
    return groups


def _search(
    predicate: Predicate,
    names: list[AttributeName],
    choices: Mapping[AttributeName, tuple[int, ...]],
    chosen: Assignment,
    budget: Budget,
) -> Assignment | None:
    truth = _truth(predicate, chosen, budget)
    if truth is not None:
        return dict(chosen) if truth else None
    name = names[len(chosen)]
    for code in choices[name]:
        chosen[name] = code
        found = _search(predicate, names, choices, chosen, budget)
        if found is not None:
            return found
        del chosen[name]
    return None


def _truth(predicate: Predicate, chosen: Assignment, budget: Budget) -> bool | None:
    """Return Kleene's value of ``predicate`` with attributes outside ``chosen`` unknown."""
    budget.spend()
    match predicate:
        case Constant(value):
            return value
        case Comparison(left, operator, right):
            first, second = _code(left, chosen), _code(right, chosen)
            return None if first is None or second is None else operator.holds(first, second)
        case Membership(operand, members):
            code = _code(operand, chosen)
            return None if code is None else code in {_code(m, chosen) for m in members}
        case Not(child):
            truth = _truth(child, chosen, budget)
            return None if truth is None else not truth
        case All(children):
            return _joined(children, chosen, budget, absorbing=False)
        case Any(children):
            return _joined(children, chosen, budget, absorbing=True)


def _joined(
    children: tuple[Predicate, ...], chosen: Assignment, budget: Budget, *, absorbing: bool
) -> bool | None:
    result: bool | None = not absorbing
    for child in children:
        truth = _truth(child, chosen, budget)
        if truth == absorbing:
            return absorbing
        if truth is None:
            result = None
    return result


def _code(operand: Operand, chosen: Assignment) -> int | None:
    match operand:
        case AttributeOperand(name):
            return chosen.get(name)
        case ConstantOperand(code):
            return code
        case _:
            raise InvalidPredicate(f"the parameter {operand.name} has not been given its value")
