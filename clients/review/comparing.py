"""What the next version of a programme changes: its text, and who is decided otherwise.

Rules:
 * The text is compared field by field, in the bundle.
 * Decisions are counted on a population where there is one. Examples are always made up: a
   population may be real people, and nobody's record is shown.
 * Where no made-up subject is decided otherwise, one is searched for; only a search that ends
   without any says that there is none.
 * Each version decides on its own day: the day asked for, or the nearest on which it is valid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from clients.review.changes import Change, changes_between
from clients.review.example_search import Certainty, Example, search_difference
from clients.review.transitions import (
    Transitions,
    Version,
    joint_attributes,
    transitions,
)
from matcher.core.canonical import JsonObject
from matcher.core.catalogue import Attribute
from matcher.core.identifiers import AttributeName
from matcher.core.programme import Programme
from matcher.core.table import Grouping, Table


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two versions.

    Attributes:
        old: one version, and its day.
        new: another, and its day.
        changes: of the text.
        counted: how the decisions about the population compare; None where there is none.
        examples: one a transition, of made-up subjects.
        certainty: whether anybody at all is decided otherwise.
    """

    old: Version
    new: Version
    changes: tuple[Change, ...]
    counted: Transitions | None
    examples: tuple[Example, ...]
    certainty: Certainty
    attributes: Mapping[AttributeName, Attribute]

    @property
    def same(self) -> bool:
        """Whether the two are one and the same programme."""
        return not self.changes

    @property
    def same_payment(self) -> bool:
        """Whether amounts of both can be compared: they are of one currency, paid as often."""
        old, new = self.old.programme.payment, self.new.programme.payment
        return old == new and new is not None

    def to_json(self) -> JsonObject:
        """Return the comparison for machines; example values as codes of the catalogue."""
        return {
            "same": self.same,
            "old": _version_json(self.old),
            "new": _version_json(self.new),
            "changes": [change.to_json() for change in self.changes],
            "decisions": self.certainty.value,
            "population": None if self.counted is None else self._counted_json(self.counted),
            "examples": [
                {
                    "old": example.old.to_json(),
                    "new": example.new.to_json(),
                    "members": [
                        {str(name): code for name, code in member.items()}
                        for member in example.members
                    ],
                }
                for example in self.examples
            ],
        }

    def _counted_json(self, counted: Transitions) -> JsonObject:
        return {
            "subjects": counted.subjects,
            "left_out": counted.left_out,
            "money": counted.money if self.same_payment else None,
            "transitions": [
                {"old": old.to_json(), "new": new.to_json(), "subjects": count}
                for (old, new), count in counted.changed.items()
            ],
        }


def compare(
    old: Programme,
    new: Programme,
    day: date,
    population: tuple[Table, Grouping | None] | None = None,
) -> Comparison:
    """Return what differs between ``old`` and ``new``.

    Args:
        old: one version.
        new: another, of the same programme or not.
        day: whose parameters count, as far as both are valid then.
        population: every attribute that either reads, in the codes of ``joint_attributes``; None
            where decisions are not to be counted.
    """
    before, after = (Version(one, _valid_day(one, day)) for one in (old, new))
    attributes = joint_attributes(old, new)
    changes = changes_between(old, new)
    counted = None
    if population is not None and old.unit is new.unit:
        counted = transitions(before, after, attributes, *population)
    examples: tuple[Example, ...] = ()
    certainty = Certainty.SAME
    if old.unit is not new.unit:
        certainty = Certainty.DIFFERENT
    elif changes:
        examples, certainty = search_difference(before, after, attributes)
    return Comparison(before, after, changes, counted, examples, certainty, attributes)


def _valid_day(programme: Programme, day: date) -> date:
    if day < programme.valid_from:
        return programme.valid_from
    return day if programme.valid_to is None else min(day, programme.valid_to)


def _version_json(version: Version) -> JsonObject:
    programme = version.programme
    return {
        "programme": programme.id,
        "version": programme.version,
        "date": version.day.isoformat(),
    }
