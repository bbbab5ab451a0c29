"""People and households made up from the limits of two rules, to see where the rules part.

They stand for nobody and for no share of a population: a difference that any of them shows is
there, and how many show it means nothing.

Rules:
 * Every limit of either rule is tried one below, at and one above, with values that let it decide.
 * The rest is drawn, from both ends of every domain, from beside every limit and from anywhere,
   with facts that are missing where the catalogue allows it.
 * The same rules give the same subjects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import TypeAlias

import numpy as np

from clients.review.decided import Member
from matcher.core.boundaries import boundary_cases
from matcher.core.catalogue import Attribute
from matcher.core.identifiers import AttributeName
from matcher.core.normal import normal_form
from matcher.core.predicate import Predicate
from matcher.core.satisfy import cuts
from matcher.core.table import Grouping, Table, Values

Subject: TypeAlias = tuple[Member, ...]

DRAWN = 4096
_SEED = 20260401
_ABSENT_SHARE = 0.1
_ANYWHERE_SHARE = 0.3


def subjects_around(
    rules: Sequence[Predicate],
    attributes: Mapping[AttributeName, Attribute],
    *,
    most_members: int | None,
) -> list[Subject]:
    """Return subjects around the limits of ``rules``.

    Args:
        rules: parameters substituted, absences settled.
        attributes: of all rules.
        most_members: of a household; None for persons.
    """
    chance = Random(_SEED)  # noqa: S311 - a choice of examples, not a secret
    normal = [normal_form(rule) for rule in rules]
    edges = {
        name: _edges(attribute, [cut for rule in normal for cut in cuts(rule, attribute)])
        for name, attribute in attributes.items()
    }

    def member() -> Member:
        return {name: _code(attributes[name], edges[name], chance) for name in attributes}

    found: list[Subject] = [
        tuple({**member(), **known} for known in case.members)
        for rule in normal
        for case in boundary_cases(rule, attributes, most_members or 1)
    ]
    for _ in range(DRAWN):
        size = 1 if most_members is None else chance.randint(1, most_members)
        found.append(tuple(member() for _ in range(size)))
    return found


def table_of(
    subjects: Sequence[Subject], attributes: Iterable[AttributeName], *, households: bool
) -> tuple[Table, Grouping | None]:
    """Return ``subjects`` as a table, member by member; what a member lacks is absent."""
    members = [member for subject in subjects for member in subject]
    table = {name: Values.of([member.get(name) for member in members]) for name in attributes}
    if not households:
        return table, None
    sizes = [len(subject) for subject in subjects]
    group_of = np.repeat(np.arange(len(subjects), dtype=np.int32), sizes)
    return table, Grouping(len(subjects), group_of)


def _edges(attribute: Attribute, cut_points: Sequence[int]) -> list[int]:
    near = {cut + step for cut in cut_points for step in (-1, 0, 1)}
    ends = {attribute.low, attribute.high}
    return sorted(ends | {code for code in near if attribute.low <= code <= attribute.high})


def _code(attribute: Attribute, edges: Sequence[int], chance: Random) -> int | None:
    if not attribute.closed_world and chance.random() < _ABSENT_SHARE:
        return None
    if chance.random() < _ANYWHERE_SHARE:
        return chance.randint(attribute.low, attribute.high)
    return chance.choice(edges)
