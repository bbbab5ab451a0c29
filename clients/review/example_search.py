"""Looking for somebody who is decided otherwise by another version of a programme.

Rules:
 * Subjects made up around the limits of both versions are tried first; if none of them shows a
   difference, a complete search follows, within a budget.
 * An example is as small as it can be made: no member and no fact that its transition does not
   need.
 * That there is nobody is said only where the search has shown it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from clients.review.decided import Decided
from clients.review.decisive import Showing, decisive
from clients.review.subjects import Subject, subjects_around, table_of
from clients.review.transitions import Version, transition_of
from matcher.core.catalogue import Attribute
from matcher.core.difference import distinguishing
from matcher.core.errors import UnsupportedPredicate
from matcher.core.identifiers import AttributeName
from matcher.core.predicate import Constant, Predicate
from matcher.core.programme import Unit
from matcher.core.satisfy import Budget

# The search takes a second or so at most.
_MOST_VISITS = 300_000
_Pair: TypeAlias = tuple[Decided, Decided]


class Certainty(StrEnum):
    """What is known about there being a difference."""

    DIFFERENT = "different"
    SAME = "same"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Example:
    """A made-up subject that is decided otherwise.

    Attributes:
        members: one for a person; absent facts are left out.
    """

    old: Decided
    new: Decided
    members: Subject


def search_difference(
    old: Version, new: Version, attributes: Mapping[AttributeName, Attribute]
) -> tuple[tuple[Example, ...], Certainty]:
    """Return an example of every transition that was found, and whether anybody is concerned.

    Args:
        old: one version.
        new: another, deciding about the same unit.
        attributes: of both, as in ``joint_attributes``.
    """
    return _Search(old, new, attributes).result()


class _Search:
    def __init__(
        self, old: Version, new: Version, attributes: Mapping[AttributeName, Attribute]
    ) -> None:
        self._old = old
        self._new = new
        self._attributes = attributes
        self._households = new.programme.unit is Unit.HOUSEHOLD
        self._most = min(old.programme.most_members, new.programme.most_members)

    def result(self) -> tuple[tuple[Example, ...], Certainty]:
        if self._alike() and _decisive(self._old) == _decisive(self._new):
            return (), Certainty.SAME
        rules = [*_rules(self._old), *_rules(self._new)]
        subjects = subjects_around(
            rules, self._attributes, most_members=self._most if self._households else None
        )
        found: dict[_Pair, Subject] = {}
        for subject, pair in zip(subjects, self._pairs(subjects), strict=True):
            if pair is not None and pair[0] != pair[1]:
                known = found.get(pair)
                if known is None or _size(subject) < _size(known):
                    found[pair] = subject
        if not found:
            return self._searched()
        examples = [Example(*pair, self._shrunk(pair, one)) for pair, one in found.items()]
        return tuple(examples), Certainty.DIFFERENT

    def _searched(self) -> tuple[tuple[Example, ...], Certainty]:
        attributes = self._attributes
        if not self._alike():
            return (), Certainty.UNKNOWN
        ours, theirs = _decisive(self._old), _decisive(self._new)
        names, never = list(dict.fromkeys([*ours, *theirs])), Constant(value=False)
        try:
            subject = distinguishing(
                [ours.get(name, never) for name in names],
                [theirs.get(name, never) for name in names],
                attributes,
                self._most,
                Budget(_MOST_VISITS),
            )
        except UnsupportedPredicate:
            return (), Certainty.UNKNOWN
        if subject is None:
            return (), Certainty.SAME
        (pair,) = self._pairs([subject])
        if pair is None:
            return (), Certainty.UNKNOWN
        return (Example(*pair, self._shrunk(pair, subject)),), Certainty.DIFFERENT

    def _alike(self) -> bool:
        """Return whether an attribute that both read takes the same values in both."""
        return all(
            _values(own) == _values(self._attributes[name])
            for name, own in self._old.programme.catalogue.attributes.items()
        )

    def _shrunk(self, pair: _Pair, subject: Subject) -> Subject:
        """Return ``subject`` without the members and facts that its transition does not need."""
        smallest = subject
        while True:
            smaller = [
                *(
                    (*smallest[:seat], *smallest[seat + 1 :])
                    for seat in range(len(smallest))
                    if self._households and len(smallest) > 1
                ),
                *(
                    (*smallest[:seat], _without(member, name), *smallest[seat + 1 :])
                    for seat, member in enumerate(smallest)
                    for name in member
                    if member[name] is not None
                ),
            ]
            kept = [
                one
                for one, shown in zip(smaller, self._pairs(smaller), strict=True)
                if shown == pair
            ]
            if not kept:
                return tuple(
                    {name: code for name, code in member.items() if code is not None}
                    for member in smallest
                )
            smallest = kept[0]

    def _pairs(self, subjects: Sequence[Subject]) -> list[_Pair | None]:
        if not subjects:
            return []
        table, grouping = table_of(subjects, self._attributes, households=self._households)
        return transition_of(self._old, self._new, self._attributes, table, grouping)


def _rules(version: Version) -> list[Predicate]:
    programme, day = version.programme, version.day
    return [programme.predicate_on(day), *programme.tiers_on(day)]


def _decisive(version: Version) -> Mapping[Showing, Predicate]:
    return decisive(version.programme, version.day)


def _values(attribute: Attribute) -> tuple[object, ...]:
    """Return what decides about the values of ``attribute``: not its title nor its source."""
    return attribute.type, attribute.low, attribute.high, attribute.values, attribute.absent


def _without(
    member: Mapping[AttributeName, int | None], name: AttributeName
) -> Mapping[AttributeName, int | None]:
    return {**member, name: None}


def _size(subject: Subject) -> tuple[int, int]:
    return len(subject), sum(code is not None for member in subject for code in member.values())
