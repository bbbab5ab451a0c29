"""Predicates translated into formulas over numbered amounts.

Every attribute is a node; what is computed from attributes is a node above them. Equal amounts are
one node, however they are written: sums are brought into one form, constants and common factors
go to the other side of the comparison, and what depends on one attribute alone is asked of that
attribute. So contradictions between differently written limits show in the bounds of one node.

Rules:
 * A node is numbered after those it is computed from.
 * Nothing here searches.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import gcd
from typing import TypeAlias

from matcher.core.amount_nodes import Choice, Entry, Node, Product, Span, Total
from matcher.core.catalogue import Attribute
from matcher.core.constraints import Formula, Within
from matcher.core.errors import InvalidPredicate
from matcher.core.identifiers import AttributeName
from matcher.core.integer_sets import UNBOUNDED, IntegerSet
from matcher.core.order_groups import representatives
from matcher.core.predicate import (
    Arithmetic,
    AttributeOperand,
    Computed,
    ConstantOperand,
    Elapsed,
    Extreme,
    Extremum,
    Lookup,
    Operand,
)

# A sum of nodes times factors, and a constant.
_Linear: TypeAlias = tuple[dict[int, int], int]


@dataclass(frozen=True, slots=True)
class Network:
    """All amounts of a formula.

    Attributes:
        low, high: the bounds of every node where nothing is known.
        computed: the nodes that are computed, after their parts, and how.
        above: the computed nodes that have to be looked at again when a node's bounds change.
        below: the attributes a computed node depends on.
        values: the only values of an attribute that need to be tried, ascending; attributes that
            are not listed have every value of their domain.
    """

    low: tuple[int, ...]
    high: tuple[int, ...]
    computed: Mapping[int, Node]
    above: Sequence[tuple[int, ...]]
    below: Mapping[int, tuple[int, ...]]
    values: Mapping[int, tuple[int, ...]]


class NetworkBuilder:
    """Collects the amounts of one or more formulas."""

    def __init__(self, attributes: Mapping[AttributeName, Attribute]) -> None:
        self.attributes = attributes
        self._low: list[int] = []
        self._high: list[int] = []
        self._variables: dict[object, int] = {}
        self._numbers: dict[Node, int] = {}
        self._computed: dict[int, Node] = {}
        self._asked: dict[int, set[IntegerSet]] = {}

    def variable(self, key: object, low: int, high: int) -> int:
        """Return the node of something named ``key``, with values from ``low`` to ``high``."""
        if key not in self._variables:
            self._variables[key] = len(self._low)
            self._low.append(low)
            self._high.append(high)
        return self._variables[key]

    def attribute(self, name: AttributeName) -> int:
        """Return the node of an attribute."""
        attribute = self.attributes[name]
        return self.variable(name, attribute.low, attribute.high)

    def value(self, name: AttributeName, solution: Sequence[int]) -> int:
        """Return an attribute's value in a solution; the smallest where nothing is asked of it."""
        node = self.known(name)
        return self.attributes[name].low if node is None else solution[node]

    def known(self, key: object) -> int | None:
        """Return the node of something named ``key``; None if it was not mentioned."""
        return self._variables.get(key)

    def difference_in(self, left: Operand, right: Operand, allowed: IntegerSet) -> Formula:
        """Return the formula that ``left - right`` lies in ``allowed``.

        Both are within their ranges, parameters substituted.

        Raises:
            InvalidPredicate: a parameter was not substituted.
        """
        return self._ask(self._added(self._linear(left), self._linear(right), -1), allowed)

    def network(self) -> Network:
        """Return all amounts that were mentioned."""
        computed = self._needed()
        above: list[list[int]] = [[] for _ in self._low]
        below: dict[int, tuple[int, ...]] = {}
        for number, node in computed.items():
            above[number].append(number)
            for part in node.parts:
                above[part].append(number)
            attributes = (below.get(part, (part,)) for part in node.parts)
            below[number] = tuple(dict.fromkeys(v for part in attributes for v in part))
        return Network(
            low=tuple(self._low),
            high=tuple(self._high),
            computed=computed,
            above=[tuple(dict.fromkeys(nodes)) for nodes in above],
            below=below,
            values=representatives(
                list(self._variables.values()), computed, self._asked, self._low, self._high
            ),
        )

    def _linear(self, operand: Operand) -> _Linear:
        match operand:
            case ConstantOperand(code):
                return {}, code
            case AttributeOperand(name):
                return {self.attribute(name): 1}, 0
            case Computed(operator, left, right):
                return self._combined(operator, self._linear(left), self._linear(right))
            case _:
                return {self._above(operand): 1}, 0

    def _combined(self, operator: Arithmetic, left: _Linear, right: _Linear) -> _Linear:
        if operator is not Arithmetic.TIMES:
            return self._added(left, right, 1 if operator is Arithmetic.PLUS else -1)
        for (terms, constant), other in ((left, right), (right, left)):
            if not terms:
                return self._added(({}, 0), other, constant)
        factors = sorted((self._number(left), self._number(right)))
        return {self._node(Product(*factors)): 1}, 0

    def _added(self, left: _Linear, right: _Linear, factor: int) -> _Linear:
        terms = dict(left[0])
        for node, times in right[0].items():
            terms[node] = terms.get(node, 0) + factor * times
        kept = {node: times for node, times in terms.items() if times != 0}
        return kept, left[1] + factor * right[1]

    def _above(self, operand: Operand) -> int:
        match operand:
            case Extremum(extreme, operands):
                parts = sorted({self._number(self._linear(part)) for part in operands})
                if len(parts) == 1:
                    return parts[0]
                return self._node(Choice(extreme, tuple(parts)))
            case Lookup(_, index, first, values):
                return self._node(Entry(self._number(self._linear(index)), first, values))
            case Elapsed(unit, since, int() as until):
                return self._node(Span(unit, self.attribute(since.name), until))
            case _:
                raise InvalidPredicate("a parameter has not been given its value")

    def _number(self, linear: _Linear) -> int:
        terms, constant = linear
        if constant == 0 and list(terms.values()) == [1]:
            return next(iter(terms))
        return self._node(Total(tuple(sorted(terms.items())), constant))

    def _node(self, node: Node) -> int:
        if node not in self._numbers:
            number = self._numbers[node] = len(self._low)
            low, high = node.bounds(self._low, self._high)
            self._low.append(low)
            self._high.append(high)
            self._computed[number] = node
        return self._numbers[node]

    def _ask(self, linear: _Linear, allowed: IntegerSet) -> Formula:
        terms, constant = linear
        if not terms:
            return allowed.contains(constant, constant) is True
        plain = {node: times for node, times in terms.items() if node not in self._computed}
        if 1 < len(plain) < len(terms):
            # What agencies hold and what is looked up change independently; keep the former a node.
            rest = {node: times for node, times in terms.items() if node in self._computed}
            times = _common_factor(plain)
            total = self._number(({node: each // times for node, each in plain.items()}, 0))
            terms = {**rest, total: rest.get(total, 0) + times}
        factor = _common_factor(terms)
        allowed = allowed.before(factor, constant)
        node = self._number(({node: times // factor for node, times in terms.items()}, 0))
        return self._ask_node(node, allowed)

    def _ask_node(self, node: int, allowed: IntegerSet) -> Formula:
        """Return that ``node`` lies in ``allowed``, asked of the one node it depends on, if any."""
        match self._computed.get(node):
            case Total(((part, factor),), constant):
                return self._ask_node(part, allowed.before(factor, constant))
            case Entry(index, first, values):
                hits = (
                    i for i, value in enumerate(values, first) if allowed.contains(value, value)
                )
                return self._ask_node(index, IntegerSet.of((index, index) for index in hits))
            case Span() as span:
                days = range(self._low[span.since], self._high[span.since] + 1)
                least, greatest = self._low[node], self._high[node]
                found = (span.days(cut, days) for cut in allowed.within(least, greatest))
                return self._ask_node(span.since, IntegerSet.of(found))
            case Choice(extreme, parts) if len(free := self._free(parts)) == 1:
                limits = [self._low[part] for part in parts if part not in free]
                limit = min(limits) if extreme is Extreme.LEAST else max(limits)
                return self._ask_node(free[0], _before_choice(extreme, limit, allowed))
            case _:
                self._asked.setdefault(node, set()).add(allowed)
                return Within(node, allowed)

    def _free(self, parts: Iterable[int]) -> list[int]:
        return [part for part in parts if self._low[part] < self._high[part]]

    def _needed(self) -> dict[int, Node]:
        """Return the computed nodes that something is asked of, and those they are computed from.

        Others were asked of the one attribute they depend on.
        """
        needed = {node for node in self._asked if node in self._computed}
        for number in reversed(self._computed):
            if number in needed:
                needed.update(self._computed[number].parts)
        return {number: node for number, node in self._computed.items() if number in needed}


def _common_factor(terms: Mapping[int, int]) -> int:
    """Return what all factors can be divided by, negative if the first node's factor is."""
    factor = gcd(*terms.values())
    return factor if terms[min(terms)] > 0 else -factor


def _before_choice(extreme: Extreme, limit: int, allowed: IntegerSet) -> IntegerSet:
    """Return the x where the least or greatest of x and ``limit`` lies in ``allowed``."""
    if extreme is Extreme.LEAST:
        intervals = allowed.within(-UNBOUNDED, limit - 1)
        beyond = (limit, UNBOUNDED)
    else:
        intervals = allowed.within(limit + 1, UNBOUNDED)
        beyond = (-UNBOUNDED, limit)
    return IntegerSet.of([*intervals, *([beyond] if allowed.contains(limit, limit) else [])])
