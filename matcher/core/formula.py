"""Cutting a predicate into what each agency answers alone and what remains for the matcher.

Rules:
 * A literal is a maximal sub-expression with one owner. For decision columns the owner is the
   role, for attribute columns the attribute.
 * Owners that keep *apart* have several agencies, each with some members of a household: nobody
   there can answer more than one quantifier, and that only for its own members.
 * What remains is a monotone formula: conjunctions, disjunctions and thresholds of literals.
 * A threshold counts literals, each 0 or 1. If a child is more than a literal, the threshold is
   written as a conjunction of alternatives: at least k of n hold exactly if among any n - k + 1 of
   them one does. That takes no more nested multiplications than counting.
 * A comparison or a quantifier's body that mixes owners is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import TypeAlias

from matcher.core.errors import DegeneratePredicate, UnsupportedPredicate
from matcher.core.identifiers import AttributeName
from matcher.core.normal import conjunction, disjunction
from matcher.core.predicate import (
    All,
    AllBut,
    Any,
    AtLeast,
    Predicate,
    Some,
    attributes_of,
    leaves_of,
)

MOST_ALTERNATIVES = 16
MOST_LEAVES = 1024

Owner: TypeAlias = Callable[[AttributeName], str]


@dataclass(frozen=True, slots=True)
class Literal:
    """A part of the predicate with one owner, in negation normal form."""

    owner: str
    predicate: Predicate


@dataclass(frozen=True, slots=True)
class Conjunction:
    """All children hold."""

    children: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Disjunction:
    """At least one child holds."""

    children: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Threshold:
    """At least ``count`` of the literals hold."""

    count: int
    children: tuple[Literal, ...]


Formula: TypeAlias = Literal | Conjunction | Disjunction | Threshold


def split(
    predicate: Predicate,
    owner: Owner,
    describe: Callable[[Predicate], str],
    apart: Collection[str] = (),
) -> Formula:
    """Cut ``predicate`` into literals.

    Args:
        predicate: in negation normal form, not constant.
        owner: who an attribute belongs to.
        describe: the text of a sub-expression for messages.
        apart: owners whose literals are single quantifiers.

    Raises:
        UnsupportedPredicate: a comparison or quantifier mixes owners, or a threshold counts too
            many alternatives; names it.
        DegeneratePredicate: a part asks nobody.
    """
    return _Cut(owner, describe, frozenset(apart)).formula(predicate)


def predicate_of(formula: Formula) -> Predicate:
    """Return the predicate that ``formula`` was cut from, its literals joined."""
    match formula:
        case Literal(_, predicate):
            return predicate
        case Conjunction(children):
            return conjunction(predicate_of(child) for child in children)
        case Disjunction(children):
            return disjunction(predicate_of(child) for child in children)
        case Threshold(count, children):
            return AtLeast(count, tuple(child.predicate for child in children))


def literals_of(formula: Formula) -> Iterator[Literal]:
    """Yield every literal, with repetition, left to right."""
    if isinstance(formula, Literal):
        yield formula
    else:
        for child in formula.children:
            yield from literals_of(child)


@dataclass(frozen=True, slots=True)
class _Cut:
    owner: Owner
    describe: Callable[[Predicate], str]
    apart: frozenset[str]

    def formula(self, predicate: Predicate) -> Formula:
        return self._split(self._expanded(predicate))

    def _split(self, predicate: Predicate) -> Formula:
        alone = self._literal(predicate)
        if alone is not None:
            return alone
        match predicate:
            case All(children):
                return Conjunction(self._parts(children, conjunction))
            case Any(children):
                return Disjunction(self._parts(children, disjunction))
            case AtLeast(count, children):
                literals = [self._literal(child) for child in children]
                return Threshold(count, tuple(one for one in literals if one is not None))
            case _:
                raise self._mixed(predicate)

    def _parts(
        self, children: tuple[Predicate, ...], join: Callable[[list[Predicate]], Predicate]
    ) -> tuple[Formula, ...]:
        # Children of one owner are answered together, whatever stands between them: the agency's
        # answer then says as little as possible, and the matcher has less to compute.
        together: dict[str, list[Predicate]] = {}
        parts: list[str | Formula] = []
        for child in children:
            literal = self._literal(child)
            if literal is None or literal.owner in self.apart:
                parts.append(literal or self._split(child))
                continue
            if literal.owner not in together:
                parts.append(literal.owner)
            together.setdefault(literal.owner, []).append(child)
        return tuple(
            Literal(part, join(together[part])) if isinstance(part, str) else part for part in parts
        )

    def _literal(self, predicate: Predicate) -> Literal | None:
        """Return ``predicate`` as one literal, or None if it has to be cut."""
        owners = self._owners(predicate)
        if len(owners) > 1:
            return None
        whole = owners[0] not in self.apart or isinstance(predicate, Some | AllBut)
        return Literal(owners[0], predicate) if whole else None

    def _expanded(self, predicate: Predicate) -> Predicate:
        """Write thresholds that count more than literals as alternatives."""
        if self._literal(predicate) is not None:
            return predicate
        match predicate:
            case All(children):
                return conjunction(self._expanded(child) for child in children)
            case Any(children):
                return disjunction(self._expanded(child) for child in children)
            case AtLeast(count, children):
                if all(self._countable(child) for child in children):
                    return predicate
                return self._alternatives(predicate, count, children)
            case _:
                return predicate

    def _countable(self, predicate: Predicate) -> bool:
        # The miss of a quantifier over several agencies is a sum or a product of theirs.
        literal = self._literal(predicate)
        return literal is not None and literal.owner not in self.apart

    def _alternatives(
        self, predicate: Predicate, count: int, children: tuple[Predicate, ...]
    ) -> Predicate:
        among = len(children) - count + 1
        written = [self._expanded(child) for child in children]
        leaves = sum(1 for child in written for _ in leaves_of(child))
        repeated = comb(len(children) - 1, among - 1)
        if comb(len(children), among) > MOST_ALTERNATIVES or leaves * repeated > MOST_LEAVES:
            raise UnsupportedPredicate(
                f"{self.describe(predicate)} counts too many conditions that take several agencies",
                fix="count conditions that one agency answers each, or use the enclave scheme, "
                "which evaluates it",
            )
        return conjunction(disjunction(some) for some in combinations(written, among))

    def _owners(self, predicate: Predicate) -> list[str]:
        owners = list(dict.fromkeys(self.owner(name) for name in attributes_of(predicate)))
        if not owners:
            raise DegeneratePredicate(
                f"{self.describe(predicate)} asks nothing of anybody",
                fix="leave the part out, or compare an attribute in it",
            )
        return owners

    def _mixed(self, predicate: Predicate) -> UnsupportedPredicate:
        holders = " and ".join(self._owners(predicate))
        if isinstance(predicate, Some | AllBut):
            return UnsupportedPredicate(
                f"{self.describe(predicate)} asks of one member what {holders} hold",
                fix="give each agency a quantifier of its own, or use the enclave scheme, which "
                "evaluates it",
            )
        return UnsupportedPredicate(
            f"{self.describe(predicate)} compares what {holders} hold",
            fix="compare each of them with a constant or a parameter",
        )
