"""Cutting a predicate into what each agency answers alone and what remains for the matcher.

Rules:
 * A literal is a maximal sub-expression with one owner. For decision columns the owner is the
   role, for attribute columns the attribute.
 * What remains is a monotone formula: conjunctions and disjunctions of literals of different
   owners.
 * A comparison that mixes owners is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from matcher.core.errors import UnsupportedPredicate
from matcher.core.identifiers import AttributeName
from matcher.core.kleene import FALSE, TRUE, Truth, all_hold, any_holds
from matcher.core.normal import conjunction, disjunction
from matcher.core.predicate import All, Any, Predicate, attributes_of

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


Formula: TypeAlias = Literal | Conjunction | Disjunction


def split(predicate: Predicate, owner: Owner, describe: Callable[[Predicate], str]) -> Formula:
    """Cut ``predicate`` into literals.

    Args:
        predicate: in negation normal form, not constant.
        owner: who an attribute belongs to.
        describe: the text of a sub-expression for messages.

    Raises:
        UnsupportedPredicate: a comparison mixes owners; names it.
    """
    owners = _owners(predicate, owner)
    if len(owners) == 1:
        return Literal(owners[0], predicate)
    if not isinstance(predicate, All | Any):
        raise UnsupportedPredicate(
            f"{describe(predicate)} compares what {' and '.join(owners)} hold",
            fix="compare each of them with a constant or a parameter",
        )
    # Children of one owner are answered together, whatever stands between them: the agency's
    # answer then says as little as possible, and the matcher has less to compute.
    alone: dict[str, list[Predicate]] = {}
    parts: list[str | Formula] = []
    for child in predicate.children:
        child_owners = _owners(child, owner)
        if len(child_owners) > 1:
            parts.append(split(child, owner, describe))
            continue
        if child_owners[0] not in alone:
            parts.append(child_owners[0])
        alone.setdefault(child_owners[0], []).append(child)
    join = conjunction if isinstance(predicate, All) else disjunction
    children = tuple(
        Literal(part, join(alone[part])) if isinstance(part, str) else part for part in parts
    )
    return Conjunction(children) if isinstance(predicate, All) else Disjunction(children)


def literals_of(formula: Formula) -> Iterator[Literal]:
    """Yield every literal, with repetition, left to right."""
    if isinstance(formula, Literal):
        yield formula
    else:
        for child in formula.children:
            yield from literals_of(child)


def _owners(predicate: Predicate, owner: Owner) -> list[str]:
    return list(dict.fromkeys(owner(name) for name in attributes_of(predicate)))


def evaluate(formula: Formula, answers: Mapping[Literal, NDArray[np.int32]]) -> NDArray[np.uint8]:
    """Return 0 (true), 1 (false) or 2 (unknown) a slot, shape (slots,).

    Args:
        formula: cut by role.
        answers: the same codes for every literal of ``formula``, each of shape (slots,).
    """
    return _evaluate(formula, answers).codes()


def _evaluate(formula: Formula, answers: Mapping[Literal, NDArray[np.int32]]) -> Truth:
    if isinstance(formula, Literal):
        return Truth(answers[formula] == TRUE, answers[formula] == FALSE)
    parts = [_evaluate(child, answers) for child in formula.children]
    return all_hold(parts) if isinstance(formula, Conjunction) else any_holds(parts)
