"""Whom a shipped programme is tried on, and what its rule says about them.

Subjects are the programme's own examples, a case on both sides of every limit, and a random
population drawn as ``programme simulate`` draws it.

Rules:
 * Examples count on their own days. Limits and the population count on the day most examples have,
   or on the programme's first day where examples name none.
 * Random subjects come last, so that fewer of them are the first of more.
 * The same programme, size and seed give the same subjects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from clients.designer.trying import table_of
from clients.review.decided import Member
from matcher.core.boundaries import boundary_cases
from matcher.core.identifiers import AttributeName
from matcher.core.normal import normal_form
from matcher.core.programme import Programme
from matcher.core.reference import reference_decisions
from matcher.core.table import Grouping, Table, Values
from programmes.population import draw


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Subjects of one day.

    Attributes:
        day: whose parameters count.
        table: all agencies' attributes side by side, a row a person.
        grouping: the households rows are members of; None for persons.
        listed: how many of the subjects are examples and cases at limits; they come first.
        expected: what the rule decides, shape (subjects,).
    """

    day: date
    table: Table
    grouping: Grouping | None
    listed: int
    expected: NDArray[np.uint8]

    @property
    def subjects(self) -> int:
        """How many there are."""
        return len(self.expected)

    def between(self, first: int, last: int) -> Scene:
        """Return subjects ``first`` to ``last - 1`` alone."""
        rows, grouping = slice(first, last), self.grouping
        if grouping is not None:
            low, high = np.searchsorted(grouping.group_of, (first, last))
            rows = slice(int(low), int(high))
            grouping = Grouping(last - first, grouping.group_of[rows] - np.int32(first))
        table = {
            name: Values(values.codes[rows], values.present[rows])
            for name, values in self.table.items()
        }
        listed = min(max(self.listed - first, 0), last - first)
        return Scene(self.day, table, grouping, listed, self.expected[first:last])


def main_day(programme: Programme) -> date:
    """Return the day most examples have, or the first day the programme is valid."""
    days = Counter(case.day for case in programme.cases if case.day is not None)
    return days.most_common(1)[0][0] if days else programme.valid_from


def scenes_of(programme: Programme, subjects: int, seed: int) -> tuple[Scene, ...]:
    """Return everybody, day by day, ``subjects`` of them drawn at random.

    Raises:
        InvalidFile: no shares are known to draw the programme's subjects from.
    """
    main = main_day(programme)
    days = sorted({main, *(case.day for case in programme.cases if case.day is not None)})
    return tuple(
        _scene(programme, day, main=main, subjects=subjects if day == main else 0, seed=seed)
        for day in days
    )


def _scene(programme: Programme, day: date, *, main: date, subjects: int, seed: int) -> Scene:
    listed: list[Sequence[Member]] = [
        case.members for case in programme.cases if (case.day or main) == day
    ]
    if day == main:
        listed += _at_limits(programme, day)
    table, grouping = table_of(programme, listed)
    if subjects:
        drawn = draw(
            programme.catalogue,
            subjects,
            seed,
            programme.unit,
            most_members=programme.most_members,
        )
        table = _joined(table, drawn.table)
        grouping = _grouped(grouping, drawn.grouping)
    expected = reference_decisions(programme, day, table, grouping)
    return Scene(day, table, grouping, len(listed), expected)


def _at_limits(programme: Programme, day: date) -> list[Sequence[Member]]:
    attributes = programme.catalogue.attributes
    return [
        case.members
        for condition in dict.fromkeys((programme.predicate_on(day), *programme.tiers_on(day)))
        for case in boundary_cases(normal_form(condition), attributes, programme.most_members)
    ]


def _joined(one: Table, other: Table) -> dict[AttributeName, Values]:
    return {
        name: Values(
            np.concatenate([values.codes, other[name].codes]),
            np.concatenate([values.present, other[name].present]),
        )
        for name, values in one.items()
    }


def _grouped(one: Grouping | None, other: Grouping | None) -> Grouping | None:
    if one is None or other is None:
        return None
    return Grouping(
        one.groups + other.groups,
        np.concatenate([one.group_of, other.group_of + np.int32(one.groups)]),
    )
