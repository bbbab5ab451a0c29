"""Checking a programme before anybody is asked: its examples, its plans and its legal basis.

Rules:
 * A programme is fine if its examples come out as expected, some scheme can carry it, or every one
   that is asked for, and every exchange it needs is granted.
 * A plan that one scheme or kind of column cannot carry is reported, not refused: another may carry
   it.
 * An example is decided on its own day, or else on the day that was asked about.
 * A rule changes with its parameters: some scheme has to carry it from its first day on and after
   every change, not only on the day that was asked about.
 * A part that holds always or never, a tier nobody reaches and an index that can leave its table
   are errors on the day that was asked about, and obstacles on others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date

from clients.designer.legal_need import LegalNeed, legal_need
from clients.designer.placing import placed
from clients.designer.trying import Trial, Way, try_cases
from clients.review.legal import Providers, providers_of
from matcher.core.asking import AskedProgramme, ask
from matcher.core.degenerate import examine
from matcher.core.errors import InvalidInput, UnsupportedPredicate
from matcher.core.grants import GrantTable
from matcher.core.identifiers import AttributeName, Role
from matcher.core.plan import Plan, plan_under
from matcher.core.predicate import Predicate
from matcher.core.programme import Programme
from matcher.core.scheme import COLUMN_KINDS, ColumnKind, OfferedScheme, Scheme
from matcher.language import Places, bundle_digest, dump_bundle

WAYS = tuple(
    Way(scheme, kind) for scheme in map(Scheme, OfferedScheme) for kind in COLUMN_KINDS[scheme]
)
"""Every scheme of runs between agencies with every kind of column it has."""


@dataclass(frozen=True, slots=True)
class PlanOutcome:
    """A plan, or why there is none.

    Attributes:
        way: the scheme and its columns.
        plan: None where there is none.
        reason: which part cannot be carried, and why; empty where there is a plan.
        where: file, line and column of the part; may be empty.
    """

    way: Way
    plan: Plan | None
    reason: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A day from which on no scheme can carry the programme, and why."""

    day: date
    reason: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything ``check`` finds out.

    Attributes:
        programme: what was checked.
        day: whose parameters and grants counted.
        agencies: how many agencies answer for every role.
        cases: what comes of the programme's examples, by the rule alone.
        plans: one outcome per scheme and kind of column on that day.
        law: what the legal table has and lacks on that day.
        obstacles: other days of its validity on which it could not be run, ascending.
        required: the schemes each of which has to carry it; none where any will do.
    """

    programme: Programme
    day: date
    agencies: Mapping[Role, int]
    cases: tuple[Trial, ...]
    plans: tuple[PlanOutcome, ...]
    law: LegalNeed
    obstacles: tuple[Obstacle, ...]
    required: tuple[Scheme, ...] = ()

    @property
    def fine(self) -> bool:
        """Whether the programme can be run as it is."""
        return (
            all(trial.passed for trial in self.cases)
            and bool(self.possible)
            and {way.scheme for way in self.possible}.issuperset(self.required)
            and not self.missing
            and not self.obstacles
        )

    @property
    def possible(self) -> tuple[Way, ...]:
        """The ways that can carry the programme."""
        return tuple(outcome.way for outcome in self.plans if outcome.plan is not None)

    @property
    def missing(self) -> tuple[AttributeName, ...]:
        """The items that no row of the legal table covers, once for every agency."""
        return tuple(item for row in self.law.missing for item in row.items)


def check(
    programme: Programme,
    day: date,
    grants: GrantTable,
    named: Providers,
    *,
    places: Places | None = None,
    counts: Mapping[Role, int] | None = None,
    schemes: Sequence[Scheme] = (),
) -> Report:
    """Check ``programme`` as of ``day``.

    Args:
        programme: what to check.
        day: whose parameters and grants count.
        grants: the legal table; may be empty.
        named: the agencies of roles; a role that is not named is an agency of that name.
        places: of its file, so that messages point into it.
        counts: how many agencies to plan for; those named for a role that is not listed.
        schemes: the only ones to plan for, each of which has to carry it; all without any, of which
            one has to.

    Raises:
        InvalidConfiguration: ``named`` or ``counts`` name a role that is not asked.
        ProgrammeNotValid: ``day`` lies outside the programme's validity.
        InvalidProgramme: a parameter has no value yet.
        InvalidPredicate: the rule cannot be run on the day, whatever the scheme.
    """
    providers = providers_of(programme, named)
    agencies = {role: len(listed) for role, listed in providers.items()} | dict(counts or {})
    planning = _Planning(programme, places, agencies)
    # What says of a rule that it cannot be evaluated comes first: it names its place.
    planning.examine(day)
    ways = [way for way in WAYS if not schemes or way.scheme in schemes]
    return Report(
        programme=programme,
        day=day,
        agencies=agencies,
        plans=tuple(planning.outcomes(ways, day)),
        cases=try_cases(programme, programme.cases, day),
        law=legal_need(programme, providers, grants, day),
        obstacles=tuple(planning.obstacles(day)),
        required=tuple(schemes),
    )


class _Planning:
    def __init__(
        self, programme: Programme, places: Places | None, agencies: Mapping[Role, int]
    ) -> None:
        self._programme = programme
        self._places = places
        self._agencies = agencies
        self._digest = bundle_digest(dump_bundle(programme))

    def examine(self, day: date) -> None:
        """Refuse the rule where it makes no sense on ``day``; the enclave carries any other."""
        with self._placed(day):
            examine(self._programme, day)

    def outcomes(self, ways: Sequence[Way], day: date) -> Iterator[PlanOutcome]:
        """Yield the plan of every way on a day that was examined, or why there is none."""
        # What is asked is the same under all schemes: it is laid out once for a kind of column.
        laid_out: dict[ColumnKind, AskedProgramme | UnsupportedPredicate] = {}
        for way in ways:
            if way.kind not in laid_out:
                laid_out[way.kind] = self._asked(way.kind, day)
            yield self._outcome(way, laid_out[way.kind], day)

    def _asked(self, kind: ColumnKind, day: date) -> AskedProgramme | UnsupportedPredicate:
        try:
            with self._placed(day):
                return ask(self._programme, kind, day, agencies=self._agencies, examined=True)
        except UnsupportedPredicate as error:
            return error

    def _outcome(
        self, way: Way, asked: AskedProgramme | UnsupportedPredicate, day: date
    ) -> PlanOutcome:
        if isinstance(asked, UnsupportedPredicate):
            return PlanOutcome(way, None, _reason(asked), asked.where)
        try:
            with self._placed(day):
                plan = plan_under(asked, self._digest, way.scheme)
        except UnsupportedPredicate as error:
            return PlanOutcome(way, None, _reason(error), error.where)
        return PlanOutcome(way, plan)

    def obstacles(self, checked: date) -> Iterator[Obstacle]:
        first, last = self._programme.valid_from, self._programme.valid_to or date.max
        dated = self._programme.parameters.values()
        turns = {value.since for values in dated for value in values}
        fine = [self._rule(checked)]
        for day in sorted({first, *(turn for turn in turns if first < turn <= last)} - {checked}):
            try:
                # A day on which the rule reads as on one that was fine needs no other look.
                rule = self._rule(day)
                if rule not in fine:
                    self.examine(day)
                    fine.append(rule)
            except InvalidInput as error:
                yield Obstacle(day, _reason(error), error.where)

    def _rule(self, day: date) -> tuple[Predicate, ...]:
        with self._placed(day):
            return (self._programme.predicate_on(day), *self._programme.tiers_on(day))

    def _placed(self, day: date) -> AbstractContextManager[None]:
        if self._places is None:
            return nullcontext()
        return placed(self._programme, self._places, day)


def _reason(error: InvalidInput) -> str:
    return f"{error.what}; {error.fix}" if error.fix else error.what
