"""Three-valued predicates read as two-valued formulas.

A predicate is certain, or at least possible, depending on values and on which records are absent.
Either reading is a formula: of a comparison and of the presence of what it compares.

Rules:
 * Predicates are in negation normal form and about one subject, so that each reading of the whole
   is that reading of its parts.
 * An attribute with a closed world is never absent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from matcher.core.amount_network import NetworkBuilder
from matcher.core.catalogue import Attribute
from matcher.core.constraints import Formula, Within, either, enough, every
from matcher.core.errors import InvalidPredicate
from matcher.core.identifiers import AttributeName
from matcher.core.integer_sets import IntegerSet
from matcher.core.predicate import (
    All,
    AllBut,
    Any,
    AtLeast,
    Comparison,
    Constant,
    ConstantOperand,
    Membership,
    Not,
    Predicate,
    Settled,
    Some,
    attributes_of,
)

_PRESENT = IntegerSet.of([(0, 0)])
_ABSENT = IntegerSet.of([(1, 1)])


class Reading(Enum):
    """How a predicate of three values is read as one of two."""

    PRESENT = auto()
    """Every record is present, so that nothing is unknown."""
    CERTAIN = auto()
    """Records may be absent; unknown counts as false."""
    POSSIBLE = auto()
    """Records may be absent; unknown counts as true."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Translates predicates over ``attributes`` into formulas over the amounts of ``builder``."""

    attributes: Mapping[AttributeName, Attribute]
    builder: NetworkBuilder

    def value(self, name: AttributeName, solution: Sequence[int]) -> int | None:
        """Return an attribute's value in a solution; None where its record is absent."""
        absent = self.builder.known(_absence(name))
        if absent is not None and solution[absent]:
            return None
        return self.builder.value(name, solution)

    def formula(self, predicate: Predicate, reading: Reading) -> Formula:
        """Return ``predicate`` in that reading.

        Raises:
            InvalidPredicate: it counts members, or a parameter was not substituted.
        """
        match predicate:
            case All(children):
                return every(self.formula(child, reading) for child in children)
            case Any(children):
                return either(self.formula(child, reading) for child in children)
            case AtLeast(count, children):
                return enough(count, [self.formula(child, reading) for child in children])
            case Some() | AllBut():
                raise InvalidPredicate("members are counted, but nothing says whose they are")
            case _:
                return self._leaf(predicate, reading, negate=False)

    def _leaf(self, leaf: Predicate, reading: Reading, *, negate: bool) -> Formula:
        match leaf:
            case Constant(value):
                return value != negate
            case Not(child):
                return self._leaf(child, reading, negate=not negate)
            case Settled(child, holds) if reading is not Reading.PRESENT:
                settled = Reading.POSSIBLE if holds != negate else Reading.CERTAIN
                return self._leaf(child, settled, negate=negate)
            case Settled(child):
                return self._leaf(child, reading, negate=negate)
            case _:
                return self._with_absence(leaf, self._compared(leaf, negate=negate), reading)

    def _compared(self, leaf: Predicate, *, negate: bool) -> Formula:
        match leaf:
            case Comparison(left, operator, right):
                allowed = IntegerSet.satisfying(operator, 0)
                if negate:
                    allowed = allowed.complement()
                return self.builder.difference_in(left, right, allowed)
            case Membership(operand, members):
                codes = [member.code for member in members if isinstance(member, ConstantOperand)]
                if len(codes) != len(members):
                    raise InvalidPredicate("a parameter has not been given its value")
                allowed = IntegerSet.of((code, code) for code in codes)
                if negate:
                    allowed = allowed.complement()
                return self.builder.difference_in(operand, ConstantOperand(0), allowed)
            case _:
                raise InvalidPredicate("the predicate is not in negation normal form")

    def _with_absence(self, leaf: Predicate, compared: Formula, reading: Reading) -> Formula:
        names = [n for n in attributes_of(leaf) if not self.attributes[n].closed_world]
        nodes = [self.builder.variable(_absence(name), 0, 1) for name in dict.fromkeys(names)]
        match reading:
            case Reading.CERTAIN:
                return every([*(Within(node, _PRESENT) for node in nodes), compared])
            case Reading.POSSIBLE:
                return either([compared, *(Within(node, _ABSENT) for node in nodes)])
            case Reading.PRESENT:
                return compared


def _absence(name: AttributeName) -> tuple[str, AttributeName]:
    """Return the key of what is 1 where the record of an attribute is absent, else 0."""
    return ("absent", name)
