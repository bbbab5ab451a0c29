"""Laying out decision columns: every agency answers its own literals and sends the misses.

Rules:
 * Within an agency, questions stand in order of first appearance in the cut formulas of the
   outputs; equal literals are asked once. A literal has one column where it cannot be unknown, else
   one for each bound that some output reads.
 * A person is assigned to one of a role's agencies; the others answer that the literal is
   satisfied. Every agency is asked the whole literal, and the misses are added.
 * The members of a household may be assigned to different agencies. Each answers a quantifier for
   the members it has, graded: whether at least 1, 2, ... of them satisfy the body or, for "all
   but", whether at most 0, 1, ... do not. Grades ascend.

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

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import comb
from typing import NamedTuple

from matcher.core.certainty import can_be_unknown
from matcher.core.circuit import Circuit, Miss, OneOf, Product, Sum
from matcher.core.errors import UnsupportedPredicate
from matcher.core.formula import Formula, Literal, literals_of, split
from matcher.core.formula_circuit import Part, part_of
from matcher.core.identifiers import Role
from matcher.core.kleene import TRUE
from matcher.core.layout import Asked, Layout, laid_out
from matcher.core.predicate import AllBut, Predicate, Some
from matcher.core.questions import Column, ColumnPart, Question
from matcher.core.scheme import Bound, ColumnKind

MOST_TERMS = 64


class _Ask(NamedTuple):
    """One literal that one agency answers."""

    role: Role
    provider: int
    literal: Predicate


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
            for ask in cut.asks(literal):
                needed.setdefault(ask, set()).add(bound)
    questions: list[Question] = []
    columns: list[Column] = []
    numbers: dict[tuple[_Ask, ColumnPart], int] = {}
    for ask in sorted(needed, key=lambda ask: (ask.role, ask.provider)):
        kinds = _parts(asked, ask, needed[ask])
        for kind in kinds:
            numbers[ask, kind] = len(columns)
            columns.append(Column(len(columns), len(questions), ask.role, ask.provider, kind))
        own = tuple(numbers[ask, kind] for kind in kinds)
        questions.append(_question(asked, ask, len(questions), own))

    def part(predicate: Predicate, bound: Bound) -> Part:
        return part_of(cut.formula(predicate), lambda literal: cut.miss(literal, bound, numbers))

    return laid_out(asked, tuple(questions), tuple(columns), part)


@dataclass(frozen=True, slots=True)
class _Cut:
    """Formulas cut by role, and how a literal is spread over the agencies of its role."""

    asked: Asked

    def formula(self, predicate: Predicate) -> Formula:
        asked = self.asked
        apart = [role for role in asked.agencies if self._spread(role)]
        return split(predicate, lambda name: asked.attributes[name].role, asked.describe, apart)

    def asks(self, literal: Literal) -> Iterable[_Ask]:
        """Return what is asked about ``literal``, agency by agency, grades ascending."""
        role = Role(literal.owner)
        grades = self._grades(literal)
        return [
            _Ask(role, provider, grade)
            for provider in range(self.asked.agencies[role])
            for grade in grades
        ]

    def terms(self, literal: Literal) -> list[list[_Ask]]:
        """Return the asks whose misses are multiplied, then added, to the miss of ``literal``."""
        role = Role(literal.owner)
        agencies, grades = self.asked.agencies[role], self._grades(literal)
        if not self._spread(role):
            return [[_Ask(role, provider, literal.predicate)] for provider in range(agencies)]
        some = isinstance(literal.predicate, Some)
        total = len(grades) - 1 + agencies if some else len(grades)
        least = 1 if some else 0
        if comb(total - least * agencies + agencies - 1, agencies - 1) > MOST_TERMS:
            raise UnsupportedPredicate(
                f"{self.asked.describe(literal.predicate)} counts too far for {agencies} agencies",
                fix="use the enclave scheme, which evaluates it",
            )
        return [
            [_Ask(role, p, grades[share - 1]) for p, share in enumerate(shares) if share]
            for shares in _shares(total, agencies, least)
        ]

    def _spread(self, role: Role) -> bool:
        """Return whether the members of one household may be with several agencies of ``role``."""
        return self.asked.household and self.asked.agencies[role] > 1

    def _grades(self, literal: Literal) -> tuple[Predicate, ...]:
        if not self._spread(Role(literal.owner)):
            return (literal.predicate,)
        match literal.predicate:
            case Some(least, body):
                return tuple(Some(grade, body) for grade in range(1, least + 1))
            case AllBut(most, body):
                return tuple(AllBut(grade - 1, body) for grade in range(1, most + 2))
            case _:
                raise UnsupportedPredicate(
                    f"{self.asked.describe(literal.predicate)} is no single quantifier"
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
