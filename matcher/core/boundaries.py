"""Subjects just below, at and just above every limit of a predicate.

The other values are chosen so that the comparison decides, where it can: then the three verdicts
show whether the limit is where it should be.

Rules:
 * Values are present and inside their domains. What lies outside is left out.
 * In a household the first member has the value in question.
 * Looking for values that let a comparison decide has a budget for the whole predicate; where it is
   spent, anybody with the value will do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from matcher.core.amount_network import Network, NetworkBuilder
from matcher.core.boundary_pins import Pin, conditions_of, pins_of
from matcher.core.box_search import Budget, solve
from matcher.core.catalogue import Attribute
from matcher.core.constraints import Formula, Within, every, size_of
from matcher.core.errors import UnsupportedPredicate
from matcher.core.identifiers import AttributeName
from matcher.core.mattering import mattering
from matcher.core.normal import negated, normal_form
from matcher.core.predicate import AllBut, Predicate, Some, attributes_of, parts_of
from matcher.core.ranges import refuse_out_of_range
from matcher.core.readings import Reader, Reading
from matcher.core.render import render
from matcher.core.rewriting import Condition
from matcher.core.satisfy import Assignment
from matcher.core.unrolling import (
    of_seat,
    seated_attributes,
    unrolled,
    with_attributes_of,
    witnesses,
)

# Some seconds for the largest predicates; ordinary ones spend a small part of it.
_MOST_VISITS = 2_000_000
_MOST_VISITS_A_SUBJECT = 30_000


@dataclass(frozen=True, slots=True)
class BoundaryCase:
    """One subject at a limit.

    Attributes:
        text: the comparison in CEL.
        limit_offset: -1 just below the limit, 0 at it, 1 just above.
        members: codes of every attribute the predicate reads, member by member; one for a person.
    """

    text: str
    limit_offset: int
    members: tuple[Assignment, ...]


def boundary_cases(
    predicate: Predicate,
    attributes: Mapping[AttributeName, Attribute],
    most_members: int,
    part: Predicate | None = None,
) -> Iterator[BoundaryCase]:
    """Yield the subjects at the limits of ``predicate``, limits in the order of its text.

    Args:
        predicate: about a person or a household, parameters substituted.
        attributes: at least those it reads.
        most_members: of a household; 1 for persons.
        part: of ``predicate``, if only the limits that stand there are looked at.

    Raises:
        InvalidPredicate: an amount can leave its range.
    """
    normal = normal_form(predicate)
    refuse_out_of_range(normal, attributes)
    read = {name: attributes[name] for name in dict.fromkeys(attributes_of(normal))}
    household = any(isinstance(part, Some | AllBut) for part in parts_of(normal))
    # One more than the witnesses: the member in question need not be one.
    most = min(most_members, witnesses([normal, negated(normal)]) + 1)
    among = normal if part is None else normal_form(part)
    limits = [(one, tuple(pins_of(one, read))) for one in conditions_of(among)]
    budget = Budget(_MOST_VISITS)
    scenes = [
        _Scene(normal, read, limits, size, budget)
        for size in (range(1, most + 1) if household else (0,))
    ]
    for number, (condition, pins) in enumerate(limits):
        text = render(condition, attributes, of_member=household)
        for place, (offset, choices) in enumerate(pins):
            for choice in range(len(choices)):
                members = _subject(scenes, (number, place, choice))
                if members is not None:
                    yield BoundaryCase(text, offset, members)
                    break


# Which limit, which of its pins, and which choice of the pin.
_Place = tuple[int, int, int]


def _subject(scenes: Sequence[_Scene], place: _Place) -> tuple[Assignment, ...] | None:
    for scene in scenes:
        found = scene.decided(place)
        if found is not None:
            return found
    return scenes[0].anybody(place)


class _Scene:
    """A predicate about subjects of one size, with everybody who is looked for."""

    def __init__(
        self,
        predicate: Predicate,
        attributes: Mapping[AttributeName, Attribute],
        limits: Sequence[tuple[Condition, tuple[Pin, ...]]],
        members: int,
        budget: Budget,
    ) -> None:
        """Set the scene for households of so many members; 0 for persons."""
        self._attributes, self._members, self._budget = attributes, members, budget
        self._builder = NetworkBuilder(
            seated_attributes(attributes, members) if members else attributes
        )
        reader = Reader(self._builder.attributes, self._builder)

        def formula(part: Predicate) -> Formula:
            first = with_attributes_of(part, 0) if members else part
            return reader.formula(normal_form(first), Reading.PRESENT)

        self._whole = reader.formula(
            unrolled(predicate, members) if members else predicate, Reading.PRESENT
        )
        self._conditions = [formula(condition) for condition, _ in limits]
        self._pins = [
            [[formula(choice) for choice in choices] for _, choices in pins] for _, pins in limits
        ]
        self._network: Network = self._builder.network()
        self._mattering: dict[int, Formula] = {}

    def decided(self, place: _Place) -> tuple[Assignment, ...] | None:
        """Return who has the value so that the comparison decides; None if nobody was found."""
        visits = min(self._budget.visits, _MOST_VISITS_A_SUBJECT)
        if visits <= 0:
            return None
        number = place[0]
        if number not in self._mattering:
            condition = self._conditions[number]
            # What is constant in this scene decides nothing.
            self._mattering[number] = (
                mattering(self._whole, condition) if isinstance(condition, Within) else False
            )
            self._budget.visits -= size_of(self._whole)
        return self._found(place, demand=self._mattering[number], visits=visits)

    def anybody(self, place: _Place) -> tuple[Assignment, ...] | None:
        """Return somebody with the value, whatever it decides."""
        return self._found(place, demand=True, visits=_MOST_VISITS_A_SUBJECT)

    def _found(
        self, place: _Place, *, demand: Formula, visits: int
    ) -> tuple[Assignment, ...] | None:
        number, pin, choice = place
        budget = Budget(visits)
        try:
            found = solve(self._network, every([self._pins[number][pin][choice], demand]), budget)
        except UnsupportedPredicate:
            return None
        finally:
            self._budget.visits -= visits - budget.visits
        if found is None:
            return None
        return tuple(
            {
                name: self._builder.value(of_seat(name, seat) if self._members else name, found)
                for name in self._attributes
            }
            for seat in range(self._members or 1)
        )
