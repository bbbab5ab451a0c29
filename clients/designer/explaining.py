"""A programme in plain sentences, English or Japanese.

The sentences are made from the predicate that is evaluated, not from comments about it.

Rules:
 * Attributes appear by their title in the catalogue, values by their name.
 * What a missing fact does is said for every attribute.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from clients.designer.phrases import PHRASES, Language
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


class _Explanation:
    def __init__(self, programme: Programme, language: Language) -> None:
        self._programme = programme
        self._attributes = programme.catalogue.attributes
        self._language = language
        self._phrases = PHRASES[language]

    def lines(self, day: date) -> list[str]:
        predicate = normal_form(self._programme.predicate_on(day))
        return [
            *self._header(),
            self._phrases.eligible,
            *self._condition(predicate, 1),
            *self._questions(),
            *self._absences(),
        ]

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
            lines += [
                phrases.parameter.format(name=name, value=value.value, since=value.since)
                for value in dated
            ]
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
                attribute = self._attributes[name]
                return self._phrases.compared[operator].format(
                    title=self._title(attribute), value=self._operand(right, attribute)
                )
            case Membership(operand, members):
                return self._members(self._phrases.member, operand.name, members)
            case Not(Membership(operand, members)):
                return self._members(self._phrases.no_member, operand.name, members)
            case _:
                return render(predicate, self._attributes)

    def _members(self, phrase: str, name: AttributeName, members: tuple[Operand, ...]) -> str:
        attribute = self._attributes[name]
        values = self._phrases.joiner.join(self._operand(m, attribute) for m in members)
        return phrase.format(title=self._title(attribute), values=values)

    def _questions(self) -> list[str]:
        joiner = ", " if self._language is Language.EN else "、"
        return [
            self._phrases.asked.format(
                role=role, titles=joiner.join(self._title(self._attributes[n]) for n in names)
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
                return self._phrases.true if code else self._phrases.false
            case AttributeType.ENUMERATION:
                return attribute.values[code]
            case AttributeType.INTEGER:
                return str(code)

    def _title(self, attribute: Attribute) -> str:
        return self._text(attribute.title, attribute.name)

    def _text(self, by_language: Mapping[str, str], otherwise: str) -> str:
        return by_language.get(self._language.value) or by_language.get("en") or otherwise
