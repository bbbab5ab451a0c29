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

from matcher.core.catalogue import Catalogue
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


@dataclass(frozen=True, slots=True)
class DatedValue:
    """A parameter's value from a day on; enumeration values by name."""

    since: date
    value: int | bool | str


@dataclass(frozen=True, slots=True)
class Case:
    """A worked example in a programme file.

    Attributes:
        name: an English or local sentence.
        given: codes; None stands for absence.
        expect: the verdict the designer expects.
        day: whose parameters count; None for those of the day of the check.
    """

    name: str
    given: Mapping[AttributeName, int | None]
    expect: Verdict
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Programme:
    """One version of one benefit.

    Attributes:
        id: ``catalogue/name``.
        version: chosen by the designer; text.
        title: text by language tag.
        catalogue: only the entries the predicate reads.
        requester: the agency that decides.
        affair: the administrative affair a grant names.
        unit: ``person``.
        legal_basis: the law or ordinance; may be empty.
        valid_from: first day.
        valid_to: last day, or None.
        parameters: dated values by name, ascending by date.
        eligible: the predicate, parameters not yet substituted.
        eligible_source: the CEL text it was written in.
        cases: worked examples.
    """

    id: str
    version: str
    title: Mapping[str, str]
    catalogue: Catalogue
    requester: AgencyId
    affair: str
    unit: str
    legal_basis: str
    valid_from: date
    valid_to: date | None
    parameters: Mapping[str, tuple[DatedValue, ...]]
    eligible: Predicate
    eligible_source: str
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

    def _code(self, operand: ParameterOperand, value: int | bool | str) -> int:  # noqa: FBT001
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
