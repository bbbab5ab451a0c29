"""Finding somebody about whom two rules disagree, or knowing that there is nobody.

Mutation tests ask this: a change of a rule that nobody can notice is no change.

Rules:
 * Rules are compared pair by pair and in all three values; records with an open world may be
   absent, whatever the programme says about that.
 * Subjects with every record are tried first: they are easier to understand.
 * The search is complete and deterministic, and gives up when its budget is spent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TypeAlias

from matcher.core.amount_network import NetworkBuilder
from matcher.core.box_search import Budget, solve
from matcher.core.catalogue import Attribute
from matcher.core.constraints import every
from matcher.core.identifiers import AttributeName
from matcher.core.normal import negated, normal_form
from matcher.core.predicate import AllBut, Constant, Predicate, Some, attributes_of, parts_of
from matcher.core.ranges import refuse_out_of_range
from matcher.core.readings import Reader, Reading
from matcher.core.unrolling import of_seat, seated_attributes, unrolled, witnesses

Subject: TypeAlias = tuple[Mapping[AttributeName, int | None], ...]
_Demands: TypeAlias = tuple[tuple[Predicate, Reading], ...]


def distinguishing(
    left: Sequence[Predicate],
    right: Sequence[Predicate],
    attributes: Mapping[AttributeName, Attribute],
    most_members: int,
    budget: Budget | None = None,
) -> Subject | None:
    """Return the members of a subject for whom some predicate has another value on the right.

    Args:
        left: predicates, all about persons or all about households, absences settled.
        right: as many; a missing one never holds.
        attributes: at least those that either side reads.
        most_members: of a household; 1 for persons.
        budget: shared with other searches; one of its own if None.

    Returns:
        codes of every attribute that either side reads, None for absence, member by member; one
        member for a person. None if the two sides agree about everybody.

    Raises:
        UnsupportedPredicate: the search was given up.
        InvalidPredicate: a parameter was not substituted, or an amount can leave its range.
    """
    never = Constant(value=False)
    pairs = [
        (normal_form(one), normal_form(other))
        for one, other in zip_longest(left, right, fillvalue=never)
    ]
    names = {name: None for pair in pairs for one in pair for name in attributes_of(one)}
    for pair in pairs:
        for predicate in pair:
            refuse_out_of_range(predicate, attributes)
    search = _Search({n: attributes[n] for n in names}, most_members, budget or Budget())
    for demands in _disagreements([pair for pair in pairs if pair[0] != pair[1]]):
        found = search.subject(demands)
        if found is not None:
            return found
    return None


def _disagreements(pairs: Sequence[tuple[Predicate, Predicate]]) -> Iterator[_Demands]:
    """Yield all ways of having different values, those without absence first."""
    present = Reading.PRESENT
    for left, right in pairs:
        yield (left, present), (negated(right), present)
        yield (right, present), (negated(left), present)
    certain, possible = Reading.CERTAIN, Reading.POSSIBLE
    for left, right in pairs:
        # One is true and the other is not, or one is false and the other is not.
        for one, other in ((left, right), (right, left)):
            yield (one, certain), (negated(other), possible)
            yield (negated(one), certain), (other, possible)


@dataclass(frozen=True, slots=True)
class _Search:
    attributes: Mapping[AttributeName, Attribute]
    most_members: int
    budget: Budget

    def subject(self, demands: _Demands) -> Subject | None:
        """Return a subject that meets all ``demands``."""
        predicates = [predicate for predicate, _ in demands]
        if not any(isinstance(p, Some | AllBut) for one in predicates for p in parts_of(one)):
            found = self._solution(demands, self.attributes)
            return None if found is None else (found,)
        for count in range(1, min(self.most_members, witnesses(predicates)) + 1):
            seated = seated_attributes(self.attributes, count)
            household = self._solution(
                tuple((unrolled(part, count), reading) for part, reading in demands), seated
            )
            if household is not None:
                return tuple(
                    {name: household[of_seat(name, seat)] for name in self.attributes}
                    for seat in range(count)
                )
        return None

    def _solution(
        self, demands: _Demands, attributes: Mapping[AttributeName, Attribute]
    ) -> dict[AttributeName, int | None] | None:
        builder = NetworkBuilder(attributes)
        reader = Reader(attributes, builder)
        formula = every([reader.formula(part, reading) for part, reading in demands])
        found = solve(builder.network(), formula, self.budget)
        if found is None:
            return None
        return {name: reader.value(name, found) for name in attributes}
