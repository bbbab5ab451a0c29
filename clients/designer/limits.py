"""Worked examples at every limit of a programme, for a designer to look at.

A limit that is wrong by one is the mistake nobody sees in a rule's text; in a row of three cases
one can see it.

Rules:
 * For every comparison of the rule and of the outcomes: one below the limit, at it, one above.
 * What the rule says is shown, not judged: only the designer knows what it should say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from clients.designer.case_text import value_of
from clients.designer.condition_text import Kind, read_condition
from clients.designer.probes import rules_of
from clients.designer.trying import Trial, table_of
from clients.review.decided import decided_of, depends_on_day
from matcher.core.boundaries import BoundaryCase, boundary_cases
from matcher.core.catalogue import Attribute, AttributeType
from matcher.core.identifiers import AttributeName
from matcher.core.programme import Case, Programme
from matcher.core.reference import reference_decisions

_PLACES = {-1: "one below the limit", 0: "at the limit", 1: "one above the limit"}
_UNORDERED = (AttributeType.BOOLEAN, AttributeType.ENUMERATION)


@dataclass(frozen=True, slots=True)
class Limit:
    """A comparison and the examples around its limit.

    Attributes:
        text: the comparison, parameters as their values.
        labels: where every example stands: below, at or above the limit, or the value itself where
            values have no order.
        cases: expecting what the rule says.
    """

    text: str
    labels: tuple[str, ...]
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
    )


def changes(trials: Sequence[Trial]) -> Iterator[bool]:
    """Yield for every trial of a limit whether it is decided otherwise than the one before."""
    before: Trial | None = None
    for trial in trials:
        yield before is not None and before.decided != trial.decided
        before = trial


def _by_comparison(programme: Programme, day: date) -> dict[str, list[BoundaryCase]]:
    """Return the cases of every comparison, each as it first stands in the rule or an outcome."""
    attributes = programme.catalogue.attributes
    found: dict[str, list[BoundaryCase]] = {}
    for rule, part in rules_of(programme, day):
        here: dict[str, list[BoundaryCase]] = {}
        for case in boundary_cases(rule, attributes, programme.most_members, part):
            here.setdefault(case.text, []).append(case)
        found |= {text: cases for text, cases in here.items() if text not in found}
    return found


def _limit(programme: Programme, day: date, text: str, around: Sequence[BoundaryCase]) -> Limit:
    labels = _labels(programme, text, around)
    members = [around[number].members for number in labels]
    table, grouping = table_of(programme, members)
    decided = decided_of(programme, day, reference_decisions(programme, day, table, grouping))
    when = day if depends_on_day(programme) else None
    names = Counter[str]()
    cases = []
    for label, subject, found in zip(labels.values(), members, decided, strict=True):
        name = f"{label}: {text}"
        names[name] += 1
        # Tests have names of their own, and a set of values has several limits.
        numbered = name if names[name] == 1 else f"{name} ({names[name]})"
        cases.append(found.expected(numbered, subject, when))
    return Limit(text, tuple(labels.values()), tuple(cases))


def _labels(programme: Programme, text: str, around: Sequence[BoundaryCase]) -> Mapping[int, str]:
    """Return what to call the cases, by their number; those that say nothing new have no name."""
    about = _unordered(programme, text)
    if about is None:
        return {number: _PLACES[case.limit_offset] for number, case in enumerate(around)}
    by_code: dict[int, int] = {}
    for number, case in enumerate(around):
        by_code.setdefault(case.members[0][about.name], number)
    return {number: f"{about.name} is {_shown(about, code)}" for code, number in by_code.items()}


def _unordered(programme: Programme, text: str) -> Attribute | None:
    """Return the attribute a comparison is about, if its values are booleans or words."""
    for part in read_condition(text).walk():
        for name in (part.word, part.word.partition(".")[2]):
            found = programme.catalogue.attributes.get(AttributeName(name))
            if part.kind is Kind.NAME and found is not None and found.type in _UNORDERED:
                return found
    return None


def _shown(attribute: Attribute, code: int) -> str:
    value = value_of(attribute, code)
    return str(value).lower() if isinstance(value, bool) else str(value)
