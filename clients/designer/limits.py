"""Worked examples at every limit of a programme, for a designer to look at.

A limit that is wrong by one is the mistake nobody sees in a rule's text; in a row of three cases
one can see it.

Rules:
 * For every comparison of the rule and of the outcomes: one below the limit, at it, one above.
 * What the rule says is shown, not judged: only the designer knows what it should say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from clients.designer.decided import decided_of, depends_on_day
from clients.designer.probes import rules_of
from clients.designer.trying import Trial, table_of
from matcher.core.boundaries import BoundaryCase, boundary_cases
from matcher.core.normal import negated
from matcher.core.predicate import Predicate, leaves_of
from matcher.core.programme import Case, Programme, Unit
from matcher.core.reference import reference_decisions
from matcher.core.render import render

_PLACES = {-1: "one below the limit", 0: "at the limit", 1: "one above the limit"}


@dataclass(frozen=True, slots=True)
class Limit:
    """A comparison and the examples around its limit.

    Attributes:
        text: the comparison, parameters as their values.
        offsets: -1, 0 or 1 of every example; a set of values has several limits.
        cases: expecting what the rule says.
    """

    text: str
    offsets: tuple[int, ...]
    cases: tuple[Case, ...]


def limits_of(programme: Programme, day: date) -> tuple[Limit, ...]:
    """Return every limit of ``programme`` on ``day``, in the order of its text.

    Raises:
        ProgrammeNotValid: ``day`` lies outside the programme's validity.
        InvalidInput: the rule cannot be evaluated on it.
    """
    return tuple(
        _limit(programme, day, text, cases)
        for text, cases in _by_comparison(programme, day).items()
        if cases
    )


def changes(trials: Sequence[Trial]) -> Iterator[bool]:
    """Yield for every trial of a limit whether it is decided otherwise than the one before."""
    before: Trial | None = None
    for trial in trials:
        yield before is not None and before.decided != trial.decided
        before = trial


def _by_comparison(programme: Programme, day: date) -> dict[str, list[BoundaryCase]]:
    """Return the cases of every comparison, each as it first stands in a rule."""
    attributes = programme.catalogue.attributes
    found: dict[str, list[BoundaryCase]] = {}
    seen: set[str] = set()
    for rule in rules_of(programme, day):
        opposites = dict(_opposites(programme, rule))
        fresh: dict[str, list[BoundaryCase]] = {}
        for case in boundary_cases(rule, attributes, programme.most_members):
            # A comparison of the rule, and of an outcome before, comes again in every outcome.
            if case.text not in seen and opposites.get(case.text, "") not in seen:
                fresh.setdefault(case.text, []).append(case)
        found |= fresh
        seen |= set(fresh)
    return found


def _opposites(programme: Programme, rule: Predicate) -> Iterator[tuple[str, str]]:
    of_member = programme.unit is Unit.HOUSEHOLD
    for leaf in leaves_of(rule):
        texts = (
            render(form, programme.catalogue.attributes, of_member=of_member)
            for form in (leaf, negated(leaf))
        )
        yield next(texts), next(texts)


def _limit(programme: Programme, day: date, text: str, around: Sequence[BoundaryCase]) -> Limit:
    members = [case.members for case in around]
    table, grouping = table_of(programme, members)
    decided = decided_of(programme, day, reference_decisions(programme, day, table, grouping))
    when = day if depends_on_day(programme) else None
    names = Counter[str]()
    cases = []
    for case, subject, found in zip(around, members, decided, strict=True):
        name = f"{_PLACES[case.limit_offset]}: {text}"
        names[name] += 1
        # Tests have names of their own, and a set of values has several limits.
        numbered = name if names[name] == 1 else f"{name} ({names[name]})"
        cases.append(found.expected(numbered, subject, when))
    return Limit(text, tuple(case.limit_offset for case in around), tuple(cases))
