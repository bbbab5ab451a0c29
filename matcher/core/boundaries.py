"""Subjects just below, at and just above every limit of a predicate.

The other values are chosen so that the comparison decides, where it can: then the three verdicts
show whether the limit is where it should be.

Rules:
 * Every comparison and membership counts once, wherever it stands; its negation is the same.
 * Values are present and inside their domains. What lies outside is left out.
 * Two amounts that both depend on the subject are compared by their difference; a limit on elapsed
   time is a day: the last one since when enough has passed.
 * In a household the first member has the value in question.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from matcher.core.catalogue import Attribute
from matcher.core.elapsed import latest_since
from matcher.core.errors import InvalidPredicate
from matcher.core.folding import NEGATED
from matcher.core.identifiers import AttributeName
from matcher.core.integer_sets import IntegerSet
from matcher.core.normal import conjunction, disjunction, negated, normal_form
from matcher.core.predicate import (
    AllBut,
    Arithmetic,
    Comparison,
    Computed,
    Constant,
    ConstantOperand,
    Elapsed,
    Membership,
    Not,
    Operand,
    Operator,
    Predicate,
    Settled,
    Some,
    attributes_of,
    children_of,
    parts_of,
)
from matcher.core.ranges import refuse_out_of_range
from matcher.core.render import render
from matcher.core.rewriting import Condition, with_children
from matcher.core.satisfy import Assignment, Budget, satisfying
from matcher.core.unrolling import (
    of_seat,
    seated_attributes,
    unrolled,
    with_attributes_of,
    witnesses,
)

# Looking for one subject takes a few hundredths of a second at most.
_MOST_VISITS = 30_000


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
    predicate: Predicate, attributes: Mapping[AttributeName, Attribute], most_members: int
) -> Iterator[BoundaryCase]:
    """Yield the subjects at the limits of ``predicate``, limits in the order of its text.

    Args:
        predicate: about a person or a household, parameters substituted.
        attributes: at least those it reads.
        most_members: of a household; 1 for persons.

    Raises:
        InvalidPredicate: an amount can leave its range.
    """
    normal = normal_form(predicate)
    refuse_out_of_range(normal, attributes)
    names = dict.fromkeys(attributes_of(normal))
    read = {name: attributes[name] for name in names}
    household = any(isinstance(part, Some | AllBut) for part in parts_of(normal))
    # One more than the witnesses: the member in question need not be one.
    most = min(most_members, witnesses([normal, negated(normal)]) + 1)
    sizes = tuple(range(1, most + 1)) if household else (0,)
    for condition in _conditions(normal):
        text = render(condition, attributes, of_member=household)
        for offset, pins in _pins(condition, read):
            questions = (_Question(normal, condition, pin, read) for pin in pins)
            found = (_subject(question, sizes) for question in questions)
            members = next((subject for subject in found if subject is not None), None)
            if members is not None:
                yield BoundaryCase(text, offset, members)


@dataclass(frozen=True, slots=True)
class _Question:
    """Who has the value ``pin`` asks for so that ``condition`` decides ``predicate``."""

    predicate: Predicate
    condition: Condition
    pin: Predicate
    attributes: Mapping[AttributeName, Attribute]

    def decided(self, members: int) -> tuple[Assignment, ...] | None:
        """Return such a subject of so many members, 0 for a person; None if there is none."""
        predicate, condition = self.predicate, self.condition
        if members:
            predicate = unrolled(predicate, members)
            condition = _of_first(condition)
        met = normal_form(_assumed(predicate, condition, holds=True))
        missed = normal_form(_assumed(predicate, condition, holds=False))
        matters = disjunction(
            [conjunction([met, negated(missed)]), conjunction([missed, negated(met)])]
        )
        return self._found(matters, members)

    def anybody(self, members: int) -> tuple[Assignment, ...] | None:
        """Return a subject of so many members with the value, whatever it decides."""
        return self._found(Constant(value=True), members)

    def _found(self, demand: Predicate, members: int) -> tuple[Assignment, ...] | None:
        attributes = seated_attributes(self.attributes, members) if members else self.attributes
        pin = with_attributes_of(self.pin, 0) if members else self.pin
        try:
            found = satisfying(conjunction([demand, pin]), attributes, Budget(_MOST_VISITS))
        except InvalidPredicate:
            # Too intricate, or the difference of two amounts is larger than either may be.
            return None
        if found is None:
            return None
        return tuple(
            {
                name: found.get(of_seat(name, seat) if members else name, attribute.low)
                for name, attribute in self.attributes.items()
            }
            for seat in range(members or 1)
        )


def _subject(question: _Question, sizes: tuple[int, ...]) -> tuple[Assignment, ...] | None:
    for size in sizes:
        found = question.decided(size)
        if found is not None:
            return found
    return question.anybody(sizes[0])


def _conditions(predicate: Predicate) -> Iterator[Condition]:
    """Yield every comparison and membership once, a negated one as its first occurrence."""
    seen: set[Condition] = set()
    for part in parts_of(predicate):
        if isinstance(part, Comparison | Membership) and part not in seen:
            seen |= {part, _opposite(part)}
            yield part


def _opposite(condition: Condition) -> Condition:
    if isinstance(condition, Membership):
        return condition
    return Comparison(condition.left, NEGATED[condition.operator], condition.right)


def _pins(
    condition: Condition, attributes: Mapping[AttributeName, Attribute]
) -> Iterator[tuple[int, tuple[Predicate, ...]]]:
    """Yield offsets, and what fixes the subject at that offset from the limit, best first."""
    match condition:
        case Membership(operand, members):
            yield from _neighbours(condition, operand, members)
        case Comparison(Elapsed() as span, operator, ConstantOperand(code)):
            yield from _days(span, IntegerSet.satisfying(operator, code), attributes)
        case Comparison(left, _, ConstantOperand(code)):
            yield from _around(left, code)
        case Comparison(left, _, right):
            yield from _around(Computed(Arithmetic.MINUS, left, right), 0)


def _around(operand: Operand, limit: int) -> Iterator[tuple[int, tuple[Predicate, ...]]]:
    # Computed amounts may leave out the very next value; another on the same side has to do.
    below = Comparison(operand, Operator.LT, ConstantOperand(limit))
    above = Comparison(operand, Operator.GT, ConstantOperand(limit))
    yield -1, (_equal(operand, limit - 1), below)
    yield 0, (_equal(operand, limit),)
    yield 1, (_equal(operand, limit + 1), above)


def _neighbours(
    condition: Condition, operand: Operand, members: tuple[Operand, ...]
) -> Iterator[tuple[int, tuple[Predicate, ...]]]:
    codes = sorted({member.code for member in members if isinstance(member, ConstantOperand)})
    around = {code + offset: offset for code in codes for offset in (-1, 1)}
    for code, offset in sorted((around | dict.fromkeys(codes, 0)).items()):
        others = (Not(condition),) if code > codes[-1] else ()
        yield offset, (_equal(operand, code), *others)


def _days(
    span: Elapsed, allowed: IntegerSet, attributes: Mapping[AttributeName, Attribute]
) -> Iterator[tuple[int, tuple[Predicate, ...]]]:
    since = attributes[span.since.name]
    for least in sorted(allowed.edges()):
        day = latest_since(span.unit, least, span.until or 0, range(since.low, since.high + 1))
        # Where there is no such day, or it is the last, everybody is on one side of the limit.
        for offset in (-1, 0, 1) if since.low <= day < since.high else ():
            yield offset, (_equal(span.since, day + offset),)


def _equal(operand: Operand, code: int) -> Predicate:
    return Comparison(operand, Operator.EQ, ConstantOperand(code))


def _of_first(condition: Condition) -> Condition:
    moved = with_attributes_of(condition, 0)
    return moved if isinstance(moved, Comparison | Membership) else condition


def _assumed(predicate: Predicate, condition: Condition, *, holds: bool) -> Predicate:
    """Return ``predicate`` with ``condition`` as decided, wherever it or its negation stands."""
    match predicate:
        case Settled(child):
            decided = _assumed(child, condition, holds=holds)
            return decided if isinstance(decided, Constant) else predicate
        case Comparison() | Membership():
            if predicate == condition:
                return Constant(holds)
            opposite = isinstance(predicate, Comparison) and predicate == _opposite(condition)
            return Constant(not holds) if opposite else predicate
        case _:
            children = [_assumed(c, condition, holds=holds) for c in children_of(predicate)]
            return with_children(predicate, children)
