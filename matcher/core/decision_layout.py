"""Laying out decision columns: every agency answers its own literals and sends the misses.

Rules:
 * Within an agency, questions stand in order of first appearance in the cut formulas of the
   outputs; equal literals are asked once. A literal has one column where it cannot be unknown, else
   one for each bound that some output reads.
 * A person is assigned to one of a role's agencies; the others answer that the literal is
   satisfied. Every agency is asked the whole literal, and the misses are added.
 * The members of a household may be assigned to different agencies. Each answers a quantifier for
   the members it has, graded: whether it has at least 1, 2, ... of them.

Counts over the n agencies of a role, where agency p finds c_p members:

 * Fewer than k satisfy a body exactly if there are j_1, ..., j_n >= 1 with sum k - 1 + n such that
   every agency p has fewer than j_p: those products of misses are added.
 * More than m do not satisfy it exactly if there are j_1, ..., j_n >= 0 with sum m + 1 such that
   every agency p has at least j_p: likewise, leaving out agencies with j_p = 0.

Both hold for the certain and the possible members, hence for both bounds. Each product is a number
of 0 or 1, so that the sum is at most the number of terms; nested multiplications are as few as the
agencies allow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from math import comb
from typing import NamedTuple

from matcher.core.certainty import can_be_unknown
from matcher.core.circuit import Circuit, Miss, OneOf, Product, Sum
from matcher.core.errors import UnsupportedPredicate
from matcher.core.formula import Formula, Literal, literals_of, split
from matcher.core.formula_circuit import circuit_of
from matcher.core.identifiers import Role
from matcher.core.kleene import TRUE
from matcher.core.layout import Asked, Layout, outputs_of
from matcher.core.predicate import AllBut, Predicate, Some
from matcher.core.questions import Column, ColumnPart, Question
from matcher.core.scheme import Bound, ColumnKind

MOST_TERMS = 64


class _Ask(NamedTuple):
    """One literal that one agency answers."""

    role: Role
    provider: int
    literal: Predicate


# The outer sum adds up, the inner products multiply: each ask of a term is missed.
_Terms = list[list[_Ask]]


def lay_out_decisions(asked: Asked) -> Layout:
    """Return the layout of ``asked`` for decision columns.

    Raises:
        UnsupportedPredicate: a comparison or a quantifier mixes roles, or something is counted
            over agencies in too many ways; names it.
    """
    cut = _Cut(asked)
    needed: dict[_Ask, set[Bound]] = {}
    for bound, _, predicate in asked.demands():
        for literal in literals_of(cut.formula(predicate)):
            for ask in chain.from_iterable(cut.terms(literal)):
                needed.setdefault(ask, set()).add(bound)
    questions: list[Question] = []
    columns: list[Column] = []
    numbers: dict[tuple[_Ask, ColumnPart], int] = {}
    for ask in sorted(needed, key=lambda ask: (ask.role, ask.provider)):
        parts = _parts(asked, ask, needed[ask])
        for part in parts:
            numbers[ask, part] = len(columns)
            columns.append(Column(len(columns), len(questions), ask.role, ask.provider, part))
        own = tuple(numbers[ask, part] for part in parts)
        questions.append(_question(asked, ask, len(questions), own))

    def circuit(predicate: Predicate, bound: Bound) -> Circuit:
        return circuit_of(cut.formula(predicate), lambda literal: cut.miss(literal, bound, numbers))

    return Layout(tuple(questions), tuple(columns), outputs_of(asked, circuit))


@dataclass(frozen=True, slots=True)
class _Cut:
    """Formulas cut by role, and how a literal is spread over the agencies of its role."""

    asked: Asked

    def formula(self, predicate: Predicate) -> Formula:
        asked = self.asked
        apart = [role for role, count in asked.agencies.items() if count > 1 and asked.household]
        return split(predicate, lambda name: asked.attributes[name].role, asked.describe, apart)

    def terms(self, literal: Literal) -> _Terms:
        role, predicate = Role(literal.owner), literal.predicate
        agencies = self.asked.agencies[role]
        if agencies == 1 or not self.asked.household:
            return [[_Ask(role, provider, predicate)] for provider in range(agencies)]
        match predicate:
            case Some(least, body):
                self._refuse_many(predicate, least - 1, agencies)
                return [
                    [_Ask(role, p, Some(share, body)) for p, share in enumerate(shares)]
                    for shares in _shares(least - 1 + agencies, agencies, 1)
                ]
            case AllBut(most, body):
                self._refuse_many(predicate, most + 1, agencies)
                return [
                    [
                        _Ask(role, p, AllBut(share - 1, body))
                        for p, share in enumerate(shares)
                        if share
                    ]
                    for shares in _shares(most + 1, agencies, 0)
                ]
            case _:
                raise UnsupportedPredicate(
                    f"{self.asked.describe(predicate)} is no single quantifier"
                )

    def miss(
        self, literal: Literal, bound: Bound, numbers: Mapping[tuple[_Ask, ColumnPart], int]
    ) -> Circuit:
        terms = [
            [Miss(_number(ask, bound, numbers)) for ask in term] for term in self.terms(literal)
        ]
        if len(terms) > 1 and not self.asked.household:
            return OneOf(tuple(miss.column for (miss,) in terms))
        products = [term[0] if len(term) == 1 else Product(tuple(term)) for term in terms]
        return products[0] if len(products) == 1 else Sum(tuple(products))

    def _refuse_many(self, predicate: Predicate, total: int, agencies: int) -> None:
        if comb(total + agencies - 1, agencies - 1) > MOST_TERMS:
            raise UnsupportedPredicate(
                f"{self.asked.describe(predicate)} counts too far for {agencies} agencies",
                fix="use the enclave scheme, which evaluates it",
            )


def _shares(total: int, agencies: int, least: int) -> Iterator[tuple[int, ...]]:
    """Yield every way to share ``total`` among agencies, each at least ``least``, ascending."""
    if agencies == 1:
        yield (total,)
        return
    for first in range(least, total - least * (agencies - 1) + 1):
        for rest in _shares(total - first, agencies - 1, least):
            yield (first, *rest)


def _number(ask: _Ask, bound: Bound, numbers: Mapping[tuple[_Ask, ColumnPart], int]) -> int:
    both = numbers.get((ask, ColumnPart.MISS))
    return numbers[ask, ColumnPart(bound.value)] if both is None else both


def _parts(asked: Asked, ask: _Ask, bounds: set[Bound]) -> tuple[ColumnPart, ...]:
    if not can_be_unknown(ask.literal, asked.attributes):
        return (ColumnPart.MISS,)
    return tuple(
        ColumnPart(bound.value)
        for bound in (Bound.PESSIMISTIC, Bound.OPTIMISTIC)
        if bound in bounds
    )


def _question(asked: Asked, ask: _Ask, index: int, columns: tuple[int, ...]) -> Question:
    several = asked.agencies[ask.role] > 1
    return Question(
        index=index,
        role=ask.role,
        provider=ask.provider,
        seat=0,
        kind=ColumnKind.DECISION,
        text=asked.describe(ask.literal),
        literal=ask.literal,
        attribute=None,
        columns=columns,
        answer_count=3 if can_be_unknown(ask.literal, asked.attributes) else 2,
        elsewhere=TRUE if several and not asked.household else None,
    )
