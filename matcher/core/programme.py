"""A benefit as its designer wrote it, checked and turned into core values.

A programme says who asks, for what purpose, between which dates, and which predicate decides. It
does not say how the predicate is evaluated: the plan does.

Rules:
 * The catalogue inside a programme holds exactly the attributes its predicate reads.
 * Parameters are dated; the latest value that has begun at the reference date counts.
 * Outside its validity a programme decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from matcher.core.catalogue import Catalogue, code_of_date
from matcher.core.errors import InvalidProgramme, ProgrammeNotValid
from matcher.core.identifiers import AgencyId, AttributeName, Role
from matcher.core.predicate import (
    All,
    Any,
    Comparison,
    Constant,
    ConstantOperand,
    Membership,
    Not,
    Operand,
    ParameterOperand,
    Predicate,
)
from matcher.core.verdict import Verdict

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
class ParameterTable:
    """Whole numbers by a consecutive index.

    Attributes:
        first: the index of the first entry.
        values: the entries; at least one.
    """

    first: int
    values: tuple[int, ...]


ParameterValue: TypeAlias = int | bool | str | date | ParameterTable


@dataclass(frozen=True, slots=True)
class DatedValue:
    """A parameter's value from a day on; enumeration values by name."""

    since: date
    value: ParameterValue


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
    """

    name: str
    members: tuple[Mapping[AttributeName, int | None], ...]
    expect: Verdict
    outcome: str | None = None
    day: date | None = None


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
        """Return the predicate with every parameter replaced by its value on ``day``.

        Raises:
            ProgrammeNotValid: ``day`` lies outside the programme's validity.
            InvalidProgramme: a parameter has no value yet on ``day``.
        """
        if day < self.valid_from or (self.valid_to is not None and day > self.valid_to):
            until = self.valid_to.isoformat() if self.valid_to else "further notice"
            raise ProgrammeNotValid(
                f"the programme is not valid on {day.isoformat()}",
                where=self.id,
                fix=f"it holds from {self.valid_from.isoformat()} until {until}",
            )
        return self._substituted(self.eligible, day)

    def items(self) -> Mapping[Role, tuple[AttributeName, ...]]:
        """Return the attributes the predicate reads, sorted, by role in ascending order."""
        by_role: dict[Role, list[AttributeName]] = {}
        for name in sorted(self.catalogue.attributes):
            by_role.setdefault(self.catalogue.attributes[name].role, []).append(name)
        return {role: tuple(by_role[role]) for role in sorted(by_role)}

    def _substituted(self, predicate: Predicate, day: date) -> Predicate:
        match predicate:
            case Comparison(left, operator, right):
                return Comparison(self._operand(left, day), operator, self._operand(right, day))
            case Membership(operand, members):
                return Membership(operand, tuple(self._operand(m, day) for m in members))
            case Not(child):
                return Not(self._substituted(child, day))
            case All(children):
                return All(tuple(self._substituted(child, day) for child in children))
            case Any(children):
                return Any(tuple(self._substituted(child, day) for child in children))
            case Constant():
                return predicate

    def _operand(self, operand: Operand, day: date) -> Operand:
        if not isinstance(operand, ParameterOperand):
            return operand
        begun = [v for v in self.parameters.get(operand.name, ()) if v.since <= day]
        if not begun:
            raise InvalidProgramme(
                f"the parameter {operand.name} has no value on {day.isoformat()}",
                where=self.id,
                fix=f"add a value that begins on or before {day.isoformat()}",
            )
        return ConstantOperand(self._code(operand, begun[-1].value))

    def _code(self, operand: ParameterOperand, value: ParameterValue) -> int:
        if isinstance(value, ParameterTable):
            raise InvalidProgramme(f"the parameter {operand.name} is a table", where=self.id)
        if isinstance(value, date):
            return code_of_date(value)
        if not isinstance(value, str):
            return int(value)
        attribute = (
            None if operand.attribute is None else self.catalogue.attributes[operand.attribute]
        )
        if attribute is None or value not in attribute.values:
            raise InvalidProgramme(
                f"the parameter {operand.name} is not a value of {operand.attribute}", where=self.id
            )
        return attribute.values.index(value)
