"""Checking a programme before anybody is asked: its examples, its plans and its legal basis.

Rules:
 * A programme is fine if its examples come out as expected, some scheme can carry it, and every
   exchange it needs is granted.
 * A plan that one kind of column cannot carry is reported, not refused: another may carry it.
 * An example is decided on its own day, or else on the day that was asked about.
 * A rule changes with its parameters: some scheme has to carry it from its first day on and after
   every change, not only on the day that was asked about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from clients.review.legal import Providers, coverage_of, providers_of
from matcher.core.canonical import JsonObject
from matcher.core.errors import InvalidInput, UnsupportedPredicate
from matcher.core.grants import GrantTable
from matcher.core.identifiers import AgencyId, AttributeName, Role
from matcher.core.plan import Plan, compile_plan
from matcher.core.programme import Case, Programme
from matcher.core.reference import reference_verdicts
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.table import Values
from matcher.core.verdict import Verdict
from matcher.language import bundle_digest, dump_bundle

COMBINATIONS = (
    (Scheme.BGV, ColumnKind.DECISION),
    (Scheme.BGV, ColumnKind.ATTRIBUTE),
    (Scheme.ENCLAVE, ColumnKind.VALUE),
)


@dataclass(frozen=True, slots=True)
class CaseResult:
    """A worked example and what really comes out."""

    case: Case
    verdict: Verdict

    @property
    def passed(self) -> bool:
        """Whether the designer's expectation is met."""
        return self.verdict is self.case.expect


@dataclass(frozen=True, slots=True)
class MissingGrant:
    """A row the legal table lacks, and why what is there does not do."""

    role: Role
    provider: AgencyId
    item: AttributeName
    reason: str


@dataclass(frozen=True, slots=True)
class PlanOutcome:
    """A plan, or why there is none."""

    scheme: Scheme
    kind: ColumnKind
    plan: Plan | None
    reason: str


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A day from which on no scheme can carry the programme, and why."""

    day: date
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """Everything ``check`` finds out.

    Attributes:
        programme: what was checked.
        day: whose parameters and grants counted.
        cases: the programme's examples, on that day unless they have their own.
        plans: one outcome per scheme and kind of column on that day.
        missing: the grants that day lacks.
        obstacles: other days of its validity on which it could not be run, ascending.
    """

    programme: Programme
    day: date
    cases: tuple[CaseResult, ...]
    plans: tuple[PlanOutcome, ...]
    missing: tuple[MissingGrant, ...]
    obstacles: tuple[Obstacle, ...]

    @property
    def fine(self) -> bool:
        """Whether the programme can be run as it is."""
        return (
            all(result.passed for result in self.cases)
            and any(outcome.plan is not None for outcome in self.plans)
            and not self.missing
            and not self.obstacles
        )

    def to_json(self) -> JsonObject:
        """Return the report for machines."""
        return {
            "programme": self.programme.id,
            "version": self.programme.version,
            "date": self.day.isoformat(),
            "fine": self.fine,
            "tests": [
                {
                    "name": result.case.name,
                    "date": (result.case.day or self.day).isoformat(),
                    "expected": result.case.expect.word,
                    "verdict": result.verdict.word,
                    "passed": result.passed,
                }
                for result in self.cases
            ],
            "plans": [
                {
                    "scheme": outcome.scheme.value,
                    "columns": outcome.kind.value,
                    "digest": None if outcome.plan is None else outcome.plan.digest.hex(),
                    "reason": outcome.reason,
                }
                for outcome in self.plans
            ],
            "missing_grants": [
                {"provider": row.provider, "item": row.item, "reason": row.reason}
                for row in self.missing
            ],
            "obstacles": [
                {"date": obstacle.day.isoformat(), "reason": obstacle.reason}
                for obstacle in self.obstacles
            ],
        }


def check(programme: Programme, day: date, grants: GrantTable, named: Providers) -> Report:
    """Check ``programme`` as of ``day``.

    Args:
        programme: what to check.
        day: whose parameters and grants count.
        grants: the legal table; may be empty.
        named: the agencies of roles; a role that is not named is an agency of that name.

    Raises:
        InvalidConfiguration: ``named`` names a role that is not asked.
        ProgrammeNotValid: ``day`` lies outside the programme's validity.
        InvalidProgramme: a parameter has no value yet.
        DegeneratePredicate: the predicate or a part of it holds always or never.
    """
    providers = providers_of(programme, named)
    return Report(
        programme,
        day,
        tuple(_result(programme, day, case) for case in programme.cases),
        tuple(_outcome(programme, day, scheme, kind) for scheme, kind in COMBINATIONS),
        tuple(_missing(programme, day, grants, providers)),
        tuple(_obstacles(programme, day)),
    )


def _result(programme: Programme, day: date, case: Case) -> CaseResult:
    table = {name: Values.of([code]) for name, code in case.members[0].items()}
    verdicts = reference_verdicts(programme, case.day or day, table)
    return CaseResult(case, Verdict(int(verdicts[0])))


def _outcome(programme: Programme, day: date, scheme: Scheme, kind: ColumnKind) -> PlanOutcome:
    digest = bundle_digest(dump_bundle(programme))
    try:
        return PlanOutcome(
            scheme, kind, compile_plan(programme, digest, scheme, kind, day), reason=""
        )
    except UnsupportedPredicate as error:
        return PlanOutcome(scheme, kind, None, _reason(error))


def _obstacles(programme: Programme, checked: date) -> Iterator[Obstacle]:
    turns = {value.since for dated in programme.parameters.values() for value in dated}
    last = programme.valid_to or date.max
    digest = bundle_digest(dump_bundle(programme))
    within = {turn for turn in turns if programme.valid_from < turn <= last}
    for day in sorted({programme.valid_from, *within} - {checked}):
        try:
            # An enclave carries whatever any scheme does.
            compile_plan(programme, digest, Scheme.ENCLAVE, ColumnKind.VALUE, day)
        except InvalidInput as error:
            yield Obstacle(day, _reason(error))


def _reason(error: InvalidInput) -> str:
    return f"{error.what}; {error.fix}" if error.fix else error.what


def _missing(
    programme: Programme, day: date, grants: GrantTable, providers: Providers
) -> list[MissingGrant]:
    return [
        MissingGrant(one.role, one.provider, one.item, one.reason)
        for one in coverage_of(programme, providers, grants, day)
        if one.grant is None
    ]
