"""A benefit as its designer wrote it, checked and turned into core values.

A programme says who asks, for what purpose, between which dates, and which predicate decides. It
does not say how the predicate is evaluated: the plan does.

Rules:
 * The catalogue inside a programme holds exactly the attributes its predicate and outcomes read.
 * Parameters are dated; the latest value that has begun at the reference date counts.
 * Outside its validity a programme decides nothing.
 * Who gets which tier is the same question as who is eligible, asked once a tier.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from matcher.core.absences import settle
from matcher.core.catalogue import Catalogue
from matcher.core.dated_values import DatedValue, ParameterTable, ParameterValue
from matcher.core.errors import InvalidInput, InvalidProgramme, ProgrammeNotValid
from matcher.core.identifiers import AgencyId, AttributeName, Role
from matcher.core.predicate import Predicate
from matcher.core.substitution import Substitution
from matcher.core.tiers import exclusive_tiers
from matcher.core.verdict import Verdict

__all__ = [
    "MOST_MEMBERS",
    "MOST_OUTCOMES",
    "AbsenceRule",
    "Case",
    "DatedValue",
    "Interval",
    "Outcome",
    "ParameterTable",
    "ParameterValue",
    "Payment",
    "Programme",
    "Unit",
]

MOST_MEMBERS = 16
MOST_OUTCOMES = 8


class Unit(StrEnum):
    """What a slot of a cohort stands for."""

    PERSON = "person"
    HOUSEHOLD = "household"


class Interval(StrEnum):
    """How often an outcome's amount is paid."""

    ONCE = "once"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class AbsenceRule:
    """What it means for the verdict that an agency has no value, where a programme says so.

    Attributes:
        verdict: ``INELIGIBLE``: what is not known never helps; ``ELIGIBLE``: it never hurts.
        reason: why, by language tag; at least one.
    """

    verdict: Verdict
    reason: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One tier: who is eligible gets the first whose condition holds.

    Attributes:
        name: unique in the programme.
        title: text by language tag.
        when: the condition, parameters not yet substituted; None for the last tier, which takes
            everybody left.
        when_source: the CEL text; empty where there is no condition.
        amount: a whole number, the name of a parameter, or None where nothing is paid.
    """

    name: str
    title: Mapping[str, str]
    when: Predicate | None
    when_source: str
    amount: int | str | None


@dataclass(frozen=True, slots=True)
class Payment:
    """In what and how often the amounts of a programme are paid.

    Attributes:
        currency: ISO 4217 code.
        every: how often.
    """

    currency: str
    every: Interval


@dataclass(frozen=True, slots=True)
class Case:
    """A worked example in a programme file.

    Attributes:
        name: an English or local sentence.
        members: codes of every member, exactly one for a person; None stands for absence.
        expect: the verdict the designer expects.
        outcome: the name of the outcome the designer expects; None where there is none or the
            example does not say.
        day: whose parameters count; None for those of the day of the check.
        amount: what the designer expects to be paid; None where the example does not say.
    """

    name: str
    members: tuple[Mapping[AttributeName, int | None], ...]
    expect: Verdict
    outcome: str | None = None
    day: date | None = None
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class Programme:
    """One version of one benefit.

    Attributes:
        id: ``catalogue/name``.
        version: chosen by the designer; text.
        title: text by language tag.
        catalogue: only the entries the predicate and the outcomes read.
        requester: the agency that decides.
        affair: the administrative affair a grant names.
        procedure: the procedure within the affair; may be empty.
        unit: person or household.
        most_members: of one household, itself at most ``MOST_MEMBERS``; 1 for a person.
        legal_basis: the law or ordinance; may be empty.
        valid_from: first day.
        valid_to: last day, or None.
        parameters: dated values by name, ascending by date.
        eligible: the predicate, parameters not yet substituted.
        eligible_source: the CEL text it was written in.
        absences: what an absent record means, by attribute; others leave the verdict undetermined.
        outcomes: at most ``MOST_OUTCOMES``, in order; empty where a programme only decides.
        payment: how the amounts are meant; None where no outcome has one.
        cases: worked examples.
    """

    id: str
    version: str
    title: Mapping[str, str]
    catalogue: Catalogue
    requester: AgencyId
    affair: str
    procedure: str
    unit: Unit
    most_members: int
    legal_basis: str
    valid_from: date
    valid_to: date | None
    parameters: Mapping[str, tuple[DatedValue, ...]]
    eligible: Predicate
    eligible_source: str
    absences: Mapping[AttributeName, AbsenceRule]
    outcomes: tuple[Outcome, ...]
    payment: Payment | None
    cases: tuple[Case, ...]

    def predicate_on(self, day: date) -> Predicate:
        """Return who is eligible on ``day``: parameters substituted, absent records settled.

        Raises:
            ProgrammeNotValid: ``day`` lies outside the programme's validity.
            InvalidProgramme: a parameter has no value yet on ``day``.
            InvalidPredicate: a constant index lies outside its table.
        """
        return self._settled(self.eligible, self._values_on(day))

    def tiers_on(self, day: date) -> tuple[Predicate, ...]:
        """Return who gets each tier on ``day``, nobody two; one tier where there are no outcomes.

        Raises:
            ProgrammeNotValid: ``day`` lies outside the programme's validity.
            InvalidProgramme: a parameter has no value yet on ``day``.
            InvalidPredicate: a constant index lies outside its table.
        """
        return exclusive_tiers(self.predicate_on(day), self.conditions_on(day))

    def conditions_on(self, day: date) -> tuple[Predicate | None, ...]:
        """Return the condition of every outcome on ``day`` as ``predicate_on`` returns its own.

        Raises:
            ProgrammeNotValid: ``day`` lies outside the programme's validity.
            InvalidProgramme: a parameter has no value yet on ``day``.
            InvalidPredicate: a constant index lies outside its table.
        """
        values = self._values_on(day)
        return tuple(
            None if outcome.when is None else self._settled(outcome.when, values)
            for outcome in self.outcomes
        )

    def amounts_on(self, day: date) -> tuple[int | None, ...]:
        """Return what each tier pays on ``day``; None where it pays nothing.

        Raises:
            ProgrammeNotValid: ``day`` lies outside the programme's validity.
            InvalidProgramme: a parameter has no value yet on ``day``, or is no whole number.
        """
        values = self._values_on(day)
        amounts = [outcome.amount for outcome in self.outcomes] or [None]
        try:
            return tuple(values.amount(amount) for amount in amounts)
        except InvalidProgramme as error:
            error.locate(self.id)
            raise

    def items(self) -> Mapping[Role, tuple[AttributeName, ...]]:
        """Return the attributes the programme reads, sorted, by role in ascending order."""
        by_role: dict[Role, list[AttributeName]] = {}
        for name in sorted(self.catalogue.attributes):
            by_role.setdefault(self.catalogue.attributes[name].role, []).append(name)
        return {role: tuple(by_role[role]) for role in sorted(by_role)}

    def check_valid_on(self, day: date) -> None:
        """Check that the programme decides anything on ``day``.

        Raises:
            ProgrammeNotValid: ``day`` lies outside the programme's validity.
        """
        if day < self.valid_from or (self.valid_to is not None and day > self.valid_to):
            until = self.valid_to.isoformat() if self.valid_to else "further notice"
            raise ProgrammeNotValid(
                f"the programme is not valid on {day.isoformat()}",
                where=self.id,
                fix=f"it holds from {self.valid_from.isoformat()} until {until}",
            )

    def _values_on(self, day: date) -> Substitution:
        self.check_valid_on(day)
        return Substitution(self.parameters, self.catalogue, day)

    def _settled(self, predicate: Predicate, values: Substitution) -> Predicate:
        try:
            written = values.predicate(predicate)
            if not self.absences:
                return written
            verdicts = {name: rule.verdict for name, rule in self.absences.items()}
            return settle(written, verdicts, self.catalogue.attributes)
        except InvalidInput as error:
            error.locate(self.id)
            raise
