"""A programme in plain sentences, English or Japanese.

The sentences are made from the predicate that is evaluated, not from comments about it.

Rules:
 * Attributes appear by their title in the catalogue, values by their name.
 * What a missing fact does is said for every attribute.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from clients.review.phrases import PHRASES, Language
from matcher.core.catalogue import Attribute, AttributeType
from matcher.core.identifiers import AttributeName
from matcher.core.normal import normal_form
from matcher.core.predicate import (
    All,
    Any,
    AttributeOperand,
    Comparison,
    ConstantOperand,
    Membership,
    Not,
    Operand,
    Operator,
    Predicate,
)
from matcher.core.programme import Programme
from matcher.core.render import render


def explain(programme: Programme, day: date, language: Language) -> list[str]:
    """Return what ``programme`` means as of ``day``, one line an item, nested by indentation.

    Raises:
        ProgrammeNotValid: ``day`` lies outside the programme's validity.
        InvalidProgramme: a parameter has no value yet.
    """
    return _Explanation(programme, language).lines(day)


def explain_rule(programme: Programme, day: date, language: Language) -> list[str]:
    """Return of ``explain`` the lines that say who is eligible on ``day``, and for what.

    Raises:
        ProgrammeNotValid, InvalidProgramme: see ``explain``.
    """
    return _Explanation(programme, language).rule(day)


class _Explanation:
    def __init__(self, programme: Programme, language: Language) -> None:
        self._programme = programme
        self._attributes = programme.catalogue.attributes
        self._language = language
        self._phrases = PHRASES[language]

    def lines(self, day: date) -> list[str]:
        return [*self._header(), *self.rule(day), *self._questions(), *self._absences()]

    def rule(self, day: date) -> list[str]:
        predicate = normal_form(self._programme.predicate_on(day))
        return [self._phrases.eligible.format(day=day), *self._condition(predicate, 1)]

    def _header(self) -> list[str]:
        programme, phrases = self._programme, self._phrases
        period = (phrases.until if programme.valid_to else phrases.open_end).format(
            first=programme.valid_from, last=programme.valid_to
        )
        lines = [
            f"{self._text(programme.title, programme.id)} ({programme.id}, {programme.version})",
            phrases.header.format(
                requester=programme.requester, affair=programme.affair, period=period
            ),
        ]
        if programme.legal_basis:
            lines.append(phrases.basis.format(basis=programme.legal_basis))
        for name, dated in programme.parameters.items():
            values = phrases.then.join(
                phrases.since.format(value=self._written(value.value), since=value.since)
                for value in dated
            )
            lines.append(phrases.parameter.format(name=name, values=values))
        return lines

    def _condition(self, predicate: Predicate, level: int) -> list[str]:
        indent = "  " * level + "- "
        match predicate:
            case All(children):
                head, below = self._phrases.all, children
            case Any(children):
                head, below = self._phrases.any, children
            case _:
                return [indent + self._leaf(predicate)]
        return [indent + head, *(line for c in below for line in self._condition(c, level + 1))]

    def _leaf(self, predicate: Predicate) -> str:
        match predicate:
            case Comparison(AttributeOperand(name), operator, right):
                return self._compared(name, operator, right)
            case Membership(operand, (only,)):
                return self._compared(operand.name, Operator.EQ, only)
            case Not(Membership(operand, (only,))):
                return self._compared(operand.name, Operator.NE, only)
            case Membership(operand, members):
                return self._members(self._phrases.member, operand.name, members)
            case Not(Membership(operand, members)):
                return self._members(self._phrases.no_member, operand.name, members)
            case _:
                return render(predicate, self._attributes)

    def _compared(self, name: AttributeName, operator: Operator, right: Operand) -> str:
        attribute, phrases = self._attributes[name], self._phrases
        if attribute.type is AttributeType.BOOLEAN and isinstance(right, ConstantOperand):
            # One sentence for `x`, `x == true` and `x != false`, one for their negations.
            phrase = phrases.applies if operator.holds(1, right.code) else phrases.applies_not
            return phrase.format(title=self._title(attribute))
        return phrases.compared[operator].format(
            title=self._title(attribute), value=self._operand(right, attribute)
        )

    def _members(self, phrase: str, name: AttributeName, members: tuple[Operand, ...]) -> str:
        attribute = self._attributes[name]
        *first, last = (self._operand(member, attribute) for member in members)
        values = self._phrases.comma.join(first) + self._phrases.last_comma + last
        return phrase.format(title=self._title(attribute), values=values)

    def _questions(self) -> list[str]:
        comma = self._phrases.comma
        return [
            self._phrases.asked.format(
                role=role, titles=comma.join(self._title(self._attributes[n]) for n in names)
            )
            for role, names in self._programme.items().items()
        ]

    def _absences(self) -> list[str]:
        lines = []
        for attribute in self._attributes.values():
            phrase = self._phrases.open
            value = ""
            if attribute.absent is not None:
                phrase = self._phrases.closed
                value = self._value(attribute, attribute.absent)
            lines.append(
                phrase.format(role=attribute.role, title=self._title(attribute), value=value)
            )
        return lines

    def _operand(self, operand: Operand, about: Attribute) -> str:
        match operand:
            case AttributeOperand(name):
                return self._title(self._attributes[name])
            case ConstantOperand(code):
                return self._value(about, code)
            case _:
                return f"params.{operand.name}"

    def _value(self, attribute: Attribute, code: int) -> str:
        match attribute.type:
            case AttributeType.BOOLEAN:
                return self._written(bool(code))
            case AttributeType.ENUMERATION:
                return self._written(attribute.values[code])
            case AttributeType.INTEGER:
                return self._written(code)

    def _written(self, value: int | bool | str) -> str:  # noqa: FBT001
        if isinstance(value, str):
            return self._phrases.quoted.format(text=value)
        if isinstance(value, bool):
            return self._phrases.quoted.format(
                text=self._phrases.true if value else self._phrases.false
            )
        return str(value)

    def _title(self, attribute: Attribute) -> str:
        return self._text(attribute.title, attribute.name)

    def _text(self, by_language: Mapping[str, str], otherwise: str) -> str:
        return by_language.get(self._language.value) or by_language.get("en") or otherwise
