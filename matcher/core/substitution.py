"""Parameters, tables and the reference date turned into constants, for one day.

Rules:
 * The latest value that has begun counts.
 * Enumeration values become the codes of the attribute they are compared with.
 * Nothing else changes: what is true for everybody is left for the normal form to fold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from matcher.core.catalogue import Catalogue, code_of_date
from matcher.core.dated_values import DatedValue, ParameterTable, ParameterValue
from matcher.core.errors import InvalidProgramme
from matcher.core.predicate import (
    Comparison,
    Computed,
    ConstantOperand,
    Elapsed,
    Extremum,
    Lookup,
    Membership,
    Operand,
    ParameterOperand,
    Predicate,
)
from matcher.core.rewriting import Condition, with_conditions


@dataclass(frozen=True, slots=True)
class Substitution:
    """The values that count on one day.

    Attributes:
        parameters: dated values by name, ascending by date.
        catalogue: at least the attributes that enumeration values belong to.
        day: the reference date.
    """

    parameters: Mapping[str, tuple[DatedValue, ...]]
    catalogue: Catalogue
    day: date

    def predicate(self, predicate: Predicate) -> Predicate:
        """Return ``predicate`` as it reads on the day.

        Raises:
            InvalidProgramme: a parameter has no value yet, or not of the kind that is needed.
        """
        return with_conditions(predicate, self._leaf)

    def amount(self, amount: int | str | None) -> int | None:
        """Return what an outcome pays: a number, the value of a parameter, or nothing.

        Raises:
            InvalidProgramme: the parameter has no value yet, or is not a whole number.
        """
        if not isinstance(amount, str):
            return amount
        value = self._value(amount)
        if isinstance(value, bool) or not isinstance(value, int):
            raise InvalidProgramme(f"the parameter {amount} is not a whole number to be paid")
        return value

    def _leaf(self, leaf: Condition) -> Condition:
        match leaf:
            case Comparison(left, operator, right):
                return Comparison(self._operand(left), operator, self._operand(right))
            case Membership(operand, members):
                return Membership(self._operand(operand), tuple(map(self._operand, members)))

    def _operand(self, operand: Operand) -> Operand:
        match operand:
            case ParameterOperand():
                return ConstantOperand(self._code(operand))
            case Computed(operator, left, right):
                return Computed(operator, self._operand(left), self._operand(right))
            case Extremum(extreme, operands):
                return Extremum(extreme, tuple(map(self._operand, operands)))
            case Lookup(table, index):
                value = self._value(table)
                if not isinstance(value, ParameterTable):
                    raise InvalidProgramme(f"the parameter {table} is not a table")
                return Lookup(table, self._operand(index), value.first, value.values)
            case Elapsed(unit, since):
                return Elapsed(unit, since, code_of_date(self.day))
            case _:
                return operand

    def _code(self, operand: ParameterOperand) -> int:
        value = self._value(operand.name)
        if isinstance(value, ParameterTable):
            raise InvalidProgramme(
                f"the parameter {operand.name} is a table", fix=f"write params.{operand.name}[…]"
            )
        if isinstance(value, date):
            return code_of_date(value)
        if not isinstance(value, str):
            return int(value)
        attribute = (
            None if operand.attribute is None else self.catalogue.attributes.get(operand.attribute)
        )
        if attribute is None or value not in attribute.values:
            raise InvalidProgramme(
                f"the parameter {operand.name} is not a value of {operand.attribute}"
            )
        return attribute.values.index(value)

    def _value(self, name: str) -> ParameterValue:
        begun = [dated for dated in self.parameters.get(name, ()) if dated.since <= self.day]
        if not begun:
            day = self.day.isoformat()
            raise InvalidProgramme(
                f"the parameter {name} has no value on {day}",
                fix=f"add a value that begins on or before {day}",
            )
        return begun[-1].value
