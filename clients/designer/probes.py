"""Subjects that are likely to show a difference between two rules.

Looking at a few thousand subjects at once is cheap; proving that two rules never differ is not, and
is left to a complete search. Everybody here is made from a programme's own limits.

Rules:
 * Every attribute takes the ends of its domain, the codes at and beside every limit that is
   compared with it, and nothing at all.
 * All combinations, if there are few; otherwise a fixed choice of them, the same every time.
 * Facts come before their absence: who is found first has as many as possible.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice, product
from math import prod
from random import Random

from clients.review.decided import Member
from matcher.core.boundaries import BoundaryCase, boundary_cases
from matcher.core.catalogue import Attribute
from matcher.core.identifiers import AttributeName
from matcher.core.limits import cuts
from matcher.core.normal import normal_form
from matcher.core.predicate import Predicate
from matcher.core.programme import Programme, Unit

MOST_PEOPLE = 4096
MOST_HOUSEHOLDS = 2048
MOST_ALONE = 512
# Each takes a few hundredths of a second to find; what they miss is searched for.
MOST_AT_LIMITS = 300
_SEED = 20260601


def probes_of(programme: Programme, day: date) -> list[tuple[Member, ...]]:
    """Return subjects around every limit ``programme`` has on ``day``, the same every time."""
    attributes = programme.catalogue.attributes
    at_limits = islice(limits_of_rule(programme, day), MOST_AT_LIMITS)
    found = [tuple(case.members) for case in at_limits]
    rules = [rule for rule, _ in rules_of(programme, day)]
    choices = {
        name: _codes(attribute, {cut for rule in rules for cut in cuts(rule, attribute)})
        for name, attribute in attributes.items()
    }
    chance = Random(_SEED)  # noqa: S311 - a choice of examples, not a secret
    people = _people(choices, chance)
    if programme.unit is Unit.PERSON:
        return [*found, *((person,) for person in people)]
    known = [member for household in found for member in household]
    return [*found, *_households([*known, *people], programme.most_members, chance)]


def limits_of_rule(programme: Programme, day: date) -> Iterator[BoundaryCase]:
    """Yield the cases at every limit of the rule and then of every outcome's own condition."""
    attributes = programme.catalogue.attributes
    for rule, part in rules_of(programme, day):
        yield from boundary_cases(rule, attributes, programme.most_members, part)


def rules_of(programme: Programme, day: date) -> Iterator[tuple[Predicate, Predicate]]:
    """Yield who is eligible on ``day``, and who gets each outcome with the outcome's condition."""
    eligible = normal_form(programme.predicate_on(day))
    yield eligible, eligible
    outcomes = zip(programme.tiers_on(day), programme.conditions_on(day), strict=True)
    for tier, condition in outcomes if programme.outcomes else ():
        if condition is not None:
            yield normal_form(tier), normal_form(condition)


def _codes(attribute: Attribute, limits: Iterable[int]) -> list[int | None]:
    near = {limit + step for limit in limits for step in (-1, 0, 1)}
    inside = {code for code in near if attribute.low <= code <= attribute.high}
    codes: list[int | None] = [*sorted(inside | {attribute.low, attribute.high})]
    return codes if attribute.closed_world else [*codes, None]


def _people(choices: Mapping[AttributeName, list[int | None]], chance: Random) -> list[Member]:
    if prod(map(len, choices.values())) <= MOST_PEOPLE:
        people = [dict(zip(choices, codes, strict=True)) for codes in product(*choices.values())]
    else:
        people = [
            {name: chance.choice(codes) for name, codes in choices.items()}
            for _ in range(MOST_PEOPLE)
        ]
    return sorted(people, key=_absent)


def _households(
    people: Sequence[Member], most_members: int, chance: Random
) -> Iterator[tuple[Member, ...]]:
    yield ()
    alone = people[:: max(1, len(people) // MOST_ALONE)]
    yield from ((person,) for person in alone)
    for size in range(2, most_members + 1):
        for _ in range(MOST_HOUSEHOLDS // most_members):
            yield tuple(chance.choices(people, k=size))


def _absent(member: Member) -> int:
    return sum(code is None for code in member.values())
