"""Running a programme's worked examples: by the rule alone, and under schemes on this machine.

Rules:
 * An example is decided on its own day, or else on the day that was asked about.
 * Every way decides all examples of a day together, as a run decides a cohort.
 * A way is right where it says what the rule says; an example is right where the rule says what
   its designer expects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from clients.designer.in_process import InProcess
from clients.review import subjects
from clients.review.decided import Decided, Member, decided_of
from matcher.core.errors import InvalidConfiguration, UnsupportedPredicate
from matcher.core.plan import Plan, Question, answer_question, compile_plan
from matcher.core.programme import Case, Programme, Unit
from matcher.core.reference import reference_decisions
from matcher.core.scheme import COLUMN_KINDS, ColumnKind, Scheme
from matcher.core.table import Grouping, Table
from matcher.language import bundle_digest, dump_bundle


@dataclass(frozen=True, slots=True)
class Way:
    """A scheme and what an agency sends under it."""

    scheme: Scheme
    kind: ColumnKind

    @property
    def text(self) -> str:
        """For people."""
        return f"{self.scheme.value} with {self.kind.value} columns"


@dataclass(frozen=True, slots=True)
class Trial:
    """One example and what comes out.

    Attributes:
        case: as written.
        day: whose parameters counted.
        decided: by the rule alone.
        ways: by every way that was tried.
    """

    case: Case
    day: date
    decided: Decided
    ways: Mapping[Way, Decided]

    @property
    def as_expected(self) -> bool:
        """Whether the rule says what the designer expects."""
        return self.decided.meets(self.case)

    @property
    def passed(self) -> bool:
        """Whether that is so, and every way agrees with the rule."""
        return self.as_expected and all(found == self.decided for found in self.ways.values())


def ways_of(schemes: Sequence[Scheme], kinds: Sequence[ColumnKind]) -> tuple[Way, ...]:
    """Return the ways that ``schemes`` and ``kinds`` name, each once.

    Without kinds, a scheme's first one. The kinds of a scheme are those of ``kinds`` it has.

    Raises:
        InvalidConfiguration: a scheme has none of ``kinds``.
    """
    ways: dict[Way, None] = {}
    for scheme in schemes:
        known = COLUMN_KINDS[scheme]
        chosen = [kind for kind in known if kind in kinds] if kinds else known[:1]
        if not chosen:
            raise InvalidConfiguration(
                f"the scheme {scheme.value} has no {kinds[0].value} columns",
                where="--columns",
                fix=f"choose {' or '.join(kind.value for kind in COLUMN_KINDS[scheme])}",
            )
        ways |= dict.fromkeys(Way(scheme, kind) for kind in chosen)
    return tuple(ways)


def workable(programme: Programme, day: date, scheme: Scheme) -> Way:
    """Return the first way of ``scheme`` that carries ``programme`` on ``day``.

    Raises:
        UnsupportedPredicate: none does; says why the first one does not.
    """
    first: UnsupportedPredicate | None = None
    for kind in COLUMN_KINDS[scheme]:
        try:
            _plan(programme, day, Way(scheme, kind))
        except UnsupportedPredicate as error:
            first = first or error
        else:
            return Way(scheme, kind)
    raise first or UnsupportedPredicate(f"the scheme {scheme.value} has no columns")


def check_ways(programme: Programme, day: date, ways: Iterable[Way]) -> None:
    """Check that ``programme`` can be carried every way on ``day``, with or without examples.

    Raises:
        InvalidInput: a way cannot carry it; says which part.
    """
    for way in ways:
        _plan(programme, day, way)


def try_cases(
    programme: Programme,
    cases: Sequence[Case],
    day: date,
    ways: Iterable[Way] = (),
    in_process: InProcess | None = None,
) -> tuple[Trial, ...]:
    """Return what comes out of ``cases``, in their order.

    Args:
        programme: whose rule decides.
        cases: its own examples or others.
        day: of examples without a day of their own.
        ways: under which they are decided besides the rule alone.
        in_process: carries those out; needed where there are any.

    Raises:
        InvalidConfiguration: there are ways, and nothing to carry them out.
        InvalidInput: a way cannot carry the programme on one of the days.
    """
    ways = tuple(ways)
    if ways and in_process is None:
        raise InvalidConfiguration(
            "nothing here can carry out a plan", fix="run it as `fusuma programme test`"
        )
    carried = [] if in_process is None else [(way, in_process) for way in ways]
    trials: dict[int, Trial] = {}
    for when in sorted({case.day or day for case in cases}):
        numbers = [number for number, case in enumerate(cases) if (case.day or day) == when]
        table, grouping = table_of(programme, [cases[number].members for number in numbers])
        rule = decided_of(programme, when, reference_decisions(programme, when, table, grouping))
        by_way = {
            way: _under(_plan(programme, when, way), table, grouping, party)
            for way, party in carried
        }
        for row, number in enumerate(numbers):
            found = {way: decided[row] for way, decided in by_way.items()}
            trials[number] = Trial(cases[number], when, rule[row], found)
    return tuple(trials[number] for number in range(len(cases)))


def table_of(
    programme: Programme, listed: Sequence[Sequence[Member]]
) -> tuple[Table, Grouping | None]:
    """Return everybody's facts side by side, and for households who belongs together."""
    households = programme.unit is Unit.HOUSEHOLD
    return subjects.table_of(
        [tuple(subject) for subject in listed],
        programme.catalogue.attributes,
        households=households,
    )


def answers_to(
    plan: Plan, table: Table, grouping: Grouping | None = None
) -> list[NDArray[np.int32]]:
    """Return the answers to every question of ``plan``, each of shape (subjects,).

    Args:
        plan: with one agency for every role.
        table: everybody, all agencies' attributes side by side, a row a person.
        grouping: the households that rows are members of; None for persons.
    """
    return [_answers(question, plan, table, grouping) for question in plan.questions]


def _answers(
    question: Question, plan: Plan, table: Table, grouping: Grouping | None
) -> NDArray[np.int32]:
    """Return one answer a subject, as the only agency of the role gives it, shape (subjects,)."""
    found = answer_question(question, plan.attributes, table, grouping)
    if grouping is None or question.elsewhere is None:
        return found
    # Values are asked seat by seat: members sit in the order in which they stand.
    rows = np.arange(len(grouping.group_of))
    seats = rows - np.searchsorted(grouping.group_of, grouping.group_of)
    seated = np.full(grouping.groups, question.elsewhere, dtype=np.int32)
    here = seats == question.seat
    seated[grouping.group_of[here]] = found[here]
    return seated


def _under(
    plan: Plan, table: Table, grouping: Grouping | None, in_process: InProcess
) -> list[Decided]:
    decisions = in_process.decide(plan, answers_to(plan, table, grouping))
    return decided_of(plan.programme, plan.reference_date, decisions)


def _plan(programme: Programme, day: date, way: Way) -> Plan:
    digest = bundle_digest(dump_bundle(programme))
    return compile_plan(programme, digest, way.scheme, way.kind, day)
