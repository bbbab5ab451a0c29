"""Values, amounts and comparisons of a programme in the words of one language.

Rules:
 * Attributes appear by their title in the catalogue, values by their name, days as the language
   writes them.
 * Numbers of five digits and more have their thousands apart; shorter ones may be years or grades.
 * What is calculated stays a formula, with titles in quotes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from clients.review.explanation_phrases import Phrases
from clients.review.phrases import PHRASES, Language
from matcher.core.catalogue import Attribute, AttributeType, date_of_code
from matcher.core.identifiers import AttributeName
from matcher.core.predicate import (
    Arithmetic,
    AttributeOperand,
    Comparison,
    Computed,
    ConstantOperand,
    Elapsed,
    Extremum,
    Lookup,
    Membership,
    Operand,
    Operator,
    ParameterOperand,
    TimeUnit,
)
from matcher.core.programme import ParameterTable, ParameterValue, Payment

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
_GROUPED = 10000


class Wording:
    """Words things about one catalogue in one language."""

    def __init__(self, attributes: Mapping[AttributeName, Attribute], language: Language) -> None:
        self._attributes = attributes
        self._language = language
        self.phrases: Phrases = PHRASES[language]

    def compared(self, comparison: Comparison) -> str:
        """Return a comparison, parameters substituted, as a sentence."""
        left, operator, right = comparison.left, comparison.operator, comparison.right
        about = self._about(left)
        boolean = isinstance(about, Attribute) and about.type is AttributeType.BOOLEAN
        if boolean and isinstance(right, ConstantOperand):
            # One sentence for `x`, `x == true` and `x != false`, one for their negations.
            applies = operator.holds(1, right.code)
            phrase = self.phrases.applies if applies else self.phrases.applies_not
            return phrase.format(left=self.operand(left, about))
        days = isinstance(about, Attribute) and about.type is AttributeType.DATE
        phrases = self.phrases.compared_days if days else self.phrases.compared
        return phrases[operator].format(
            left=self.operand(left, about), right=self.operand(right, about)
        )

    def member(self, membership: Membership, *, negated: bool) -> str:
        """Return a membership, parameters substituted, or its negation as a sentence."""
        operand, members = membership.operand, membership.members
        if len(members) == 1:
            operator = Operator.NE if negated else Operator.EQ
            return self.compared(Comparison(operand, operator, members[0]))
        about = self._about(operand)
        phrase = self.phrases.no_member if negated else self.phrases.member
        values = self.listed(
            [self.operand(member, about) for member in members], self.phrases.last_comma
        )
        return phrase.format(left=self.operand(operand, about), values=values)

    def operand(self, operand: Operand, about: Attribute | TimeUnit | None) -> str:
        """Return an operand; ``about`` tells what its constants are values of."""
        if isinstance(operand, AttributeOperand):
            return self.phrases.title.format(title=self.title(self._attributes[operand.name]))
        return self._term(operand, about)

    def value(self, attribute: Attribute, code: int) -> str:
        """Return a value of ``attribute``."""
        match attribute.type:
            case AttributeType.BOOLEAN:
                return self.written(bool(code))
            case AttributeType.ENUMERATION:
                return self.written(attribute.values[code])
            case AttributeType.DATE:
                return self.day(date_of_code(code))
            case AttributeType.INTEGER:
                return self.number(code)

    def written(self, value: ParameterValue) -> str:
        """Return the value of a parameter."""
        match value:
            case bool():
                text = self.phrases.true if value else self.phrases.false
                return self.phrases.quoted.format(text=text)
            case date():
                return self.day(value)
            case int():
                return self.number(value)
            case str():
                return self.phrases.quoted.format(text=value)
            case ParameterTable(first, values):
                entries = [
                    self.phrases.entry.format(index=index, value=self.number(entry))
                    for index, entry in enumerate(values, first)
                ]
                return self.phrases.entries.format(entries=self.phrases.comma.join(entries))

    def day(self, day: date) -> str:
        """Return a day."""
        return self.phrases.day.format(
            year=day.year, month=day.month, month_name=_MONTHS[day.month - 1], day=day.day
        )

    def number(self, number: int) -> str:
        """Return a whole number."""
        return f"{number:,}" if abs(number) >= _GROUPED else str(number)

    def paid(self, amount: int, payment: Payment) -> str:
        """Return an amount with its currency and how often it is paid."""
        template = self.phrases.currency.get(payment.currency, self.phrases.other_currency)
        text = template.format(currency=payment.currency, amount=f"{amount:,}")
        return self.phrases.paid[payment.every].format(amount=text)

    def title(self, attribute: Attribute) -> str:
        """Return the title of an attribute."""
        return self.text(attribute.title, attribute.name)

    def text(self, by_language: Mapping[str, str], otherwise: str) -> str:
        """Return a designer's text in this language, or in English, or ``otherwise``."""
        return by_language.get(self._language.value) or by_language.get("en") or otherwise

    def listed(self, texts: Sequence[str], last: str) -> str:
        """Return one or more texts as a list whose last comma is ``last``."""
        *first, end = texts
        return self.phrases.comma.join(first) + last + end if first else end

    def _term(self, operand: Operand, about: Attribute | TimeUnit | None = None) -> str:
        match operand:
            case AttributeOperand(name):
                return self.phrases.term.format(title=self.title(self._attributes[name]))
            case ConstantOperand(code):
                return self._constant(code, about)
            case ParameterOperand(name):
                return f"params.{name}"
            case _:
                return self._calculated(operand)

    def _calculated(self, operand: Computed | Extremum | Lookup | Elapsed) -> str:
        match operand:
            case Computed(operator, left, right):
                return self.phrases.computed[operator].format(
                    left=self._inner(left, operator),
                    right=self._inner(right, operator, behind=True),
                )
            case Extremum(extreme, operands):
                terms = [self._inner(part) for part in operands]
                return self.phrases.extreme[extreme].format(
                    operands=self.listed(terms, self.phrases.last_and)
                )
            case Lookup(table, index):
                return self.phrases.lookup.format(table=table, index=self._inner(index))
            case Elapsed(unit, since):
                return self.phrases.elapsed[unit].format(since=self._term(since))

    def _inner(
        self, operand: Operand, of: Arithmetic | None = None, *, behind: bool = False
    ) -> str:
        """Return an operand of something calculated, in brackets where it needs them.

        Args:
            operand: what is calculated with.
            of: the operation it stands in, if it is one.
            behind: whether it stands on the right.
        """
        text = self._term(operand)
        if not isinstance(operand, Computed | Extremum | Lookup):
            return text
        if isinstance(operand, Computed) and of is not None:
            product = operand.operator is Arithmetic.TIMES
            if product or of is Arithmetic.PLUS or (of is Arithmetic.MINUS and not behind):
                return text
        return f"({text})"

    def _constant(self, code: int, about: Attribute | TimeUnit | None) -> str:
        match about:
            case Attribute():
                return self.value(about, code)
            case TimeUnit():
                return self.phrases.durations[about].format(number=self.number(code))
            case None:
                return self.number(code)

    def _about(self, operand: Operand) -> Attribute | TimeUnit | None:
        match operand:
            case AttributeOperand(name):
                return self._attributes[name]
            case Elapsed(unit):
                return unit
            case _:
                return None
