"""Every small mistake a designer could have made in one condition, as a change of its text.

What is changed follows what goes wrong in rules: a limit missed by one, an operator that takes the
limit itself in or leaves it out, "and" for "or", a condition or a member of a set forgotten, every
for some. Whether a change makes a difference is for whoever tries it.

Rules:
 * One change at a time, each given once; a change may be one that the language refuses.
 * Of the operators that could stand for another only those are tried whose notice implies that of
   the rest: a wrong side is always noticed where a wrong edge is.

Source: G. Kaminski, P. Ammann, J. Offutt, "Better predicate testing", AST 2011 (the operators).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from clients.designer.condition_text import Kind, Part, read_condition
from matcher.core.catalogue import Attribute, AttributeType
from matcher.core.identifiers import AttributeName

_ORDERED = {
    "<": ("<=", "!="),
    "<=": ("<", "=="),
    ">": (">=", "!="),
    ">=": (">", "=="),
    "==": ("<=", ">="),
    "!=": ("<", ">"),
}
_UNORDERED = {"==": ("!=",), "!=": ("==",)}
_QUANTIFIERS = {"all": "exists", "exists": "all", "exists_one": "exists"}
_FUNCTIONS = {
    "least": "greatest",
    "greatest": "least",
    "age": "years_since",
    "years_since": "age",
}
_SIGNS = {"+": "-", "-": "+"}
_OTHER = {Kind.ALL: "||", Kind.ANY: "&&"}


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of a condition's text.

    Attributes:
        what: the kind of mistake, in a few words.
        offset: where in the text a reader finds it.
        before: what stood there, with as much around it as says what it is about.
        after: what stands there instead; empty where it is left out.
        text: the whole condition after the change.
    """

    what: str
    offset: int
    before: str
    after: str
    text: str


def edits_of(text: str, attributes: Mapping[AttributeName, Attribute]) -> Iterator[Edit]:
    """Yield every change of the condition ``text``, which the language has accepted."""
    seen = {text}
    for edit in _Edits(text, attributes).of(read_condition(text)):
        if edit.text not in seen:
            seen.add(edit.text)
            yield edit


class _Edits:
    def __init__(self, text: str, attributes: Mapping[AttributeName, Attribute]) -> None:
        self._text = text
        self._attributes = attributes

    def of(self, part: Part, *, negated: bool = False) -> Iterator[Edit]:
        """Yield the changes of a part that is a condition; ``negated`` if ``!`` stands before."""
        match part.kind:
            case Kind.ALL | Kind.ANY:
                yield from self._joined(part)
            case Kind.NOT:
                child = part.children[0]
                yield self._edit("negation left out", part, self._outer(child))
                yield from self.of(child, negated=True)
            case Kind.NAME if not negated:
                yield self._edit("negation added", part, f"!{self._inner(part)}")
            case Kind.RELATION if part.word == "in":
                yield from self._membership(part, negated=negated)
            case Kind.RELATION:
                yield from self._relation(part)
            case Kind.CALL if part.word == "at_least":
                yield from self._at_least(part)
            case Kind.CALL if part.method and part.word in _QUANTIFIERS:
                yield self._word("quantifier", part, _QUANTIFIERS[part.word], part)
                yield from self.of(part.children[-1])

    def _joined(self, part: Part) -> Iterator[Edit]:
        children = part.children
        other = f" {_OTHER[part.kind]} ".join(self._outer(child) for child in children)
        yield self._edit("and for or" if part.kind is Kind.ANY else "or for and", part, other)
        sign = f" {part.word} "
        for child in children:
            rest = sign.join(self._outer(kept) for kept in children if kept is not child)
            yield self._left_out("condition left out", part, child, rest)
        for child in children:
            yield from self.of(child)

    def _relation(self, part: Part) -> Iterator[Edit]:
        left, right = part.children
        ordered = AttributeType.INTEGER in (self._type(left), self._type(right)) or (
            AttributeType.DATE in (self._type(left), self._type(right))
        )
        for sign in (_ORDERED if ordered else _UNORDERED).get(part.word, ()):
            yield self._word("operator", part, sign, part)
        for one, other in ((left, right), (right, left)):
            yield from self._other_values(one, other, part)
        for operand in part.children:
            yield from self._operand(operand, part)

    def _other_values(self, literal: Part, about: Part, shown: Part) -> Iterator[Edit]:
        attribute = self._attribute(about)
        # With two values the operator's change says the same.
        if attribute is not None and literal.kind is Kind.TEXT and len(attribute.values) > 2:
            for name in attribute.values:
                yield self._within("value", literal, _quoted(name), shown)

    def _operand(self, part: Part, shown: Part) -> Iterator[Edit]:
        number = _number(part)
        if number is not None:
            for other in (number - 1, number + 1):
                yield self._within("limit", part, str(other), shown)
            return
        match part.kind:
            case Kind.ARITHMETIC if part.word in _SIGNS:
                yield self._word("sign", part, _SIGNS[part.word], shown)
            case Kind.NEGATIVE:
                yield self._within("sign", part, self._outer(part.children[0]), shown)
            case Kind.CALL if part.word == "date":
                yield from self._days(part, shown)
                return
            case Kind.CALL if part.word == "filter":
                yield from self.of(part.children[-1])
                return
            case Kind.CALL if part.word in _FUNCTIONS:
                yield self._word("function", part, _FUNCTIONS[part.word], shown)
        for child in part.children:
            yield from self._operand(child, shown)

    def _days(self, part: Part, shown: Part) -> Iterator[Edit]:
        literal = part.children[-1]
        day = date.fromisoformat(literal.word.strip("\"'"))
        for days in (-1, 1):
            other = (day + timedelta(days=days)).isoformat()
            yield self._within("limit", literal, _quoted(other), shown)

    def _membership(self, part: Part, *, negated: bool) -> Iterator[Edit]:
        operand, listing = part.children
        if not negated:
            yield self._edit("negation added", part, f"!({self._inner(part)})")
        members = [self._outer(member) for member in listing.children]
        for number in range(len(members) if len(members) > 1 else 0):
            kept = ", ".join(members[:number] + members[number + 1 :])
            yield self._within("member left out", listing, f"[{kept}]", part)
        for added in self._not_listed(operand, listing):
            yield self._within("member added", listing, f"[{', '.join([*members, added])}]", part)
        yield from self._operand(operand, part)

    def _not_listed(self, operand: Part, listing: Part) -> Iterator[str]:
        attribute = self._attribute(operand)
        numbers = [_number(member) for member in listing.children]
        if attribute is not None and attribute.type is AttributeType.ENUMERATION:
            listed = {member.word for member in listing.children}
            yield from (name for name in map(_quoted, attribute.values) if name not in listed)
            return
        listed_numbers = {number for number in numbers if number is not None}
        near = {number + step for number in listed_numbers for step in (-1, 1)} - listed_numbers
        for number in sorted(near):
            if attribute is None or attribute.low <= number <= attribute.high:
                yield str(number)

    def _at_least(self, part: Part) -> Iterator[Edit]:
        written, listing = part.children
        count = _number(written)
        conditions = [self._outer(child) for child in listing.children]
        if count is not None:
            for other in (count - 1, count + 1):
                yield self._edit("count", part, _at_least(other, conditions))
            for number, child in enumerate(listing.children):
                kept = conditions[:number] + conditions[number + 1 :]
                rest = _at_least(count, kept)
                yield self._left_out("condition left out", part, child, rest)
        for child in listing.children:
            yield from self.of(child)

    def _attribute(self, part: Part) -> Attribute | None:
        if part.kind is not Kind.NAME:
            return None
        found = self._attributes.get(AttributeName(part.word))
        # Inside a quantifier the member's name stands before the attribute's.
        return found or self._attributes.get(AttributeName(part.word.partition(".")[2]))

    def _type(self, part: Part) -> AttributeType | None:
        attribute = self._attribute(part)
        if attribute is not None:
            return attribute.type
        match part.kind:
            case Kind.NAME:
                return None
            case Kind.TEXT:
                return AttributeType.ENUMERATION
            case Kind.BOOLEAN:
                return AttributeType.BOOLEAN
            case Kind.CALL if part.word == "date":
                return AttributeType.DATE
            case _:
                return AttributeType.INTEGER

    def _edit(self, what: str, part: Part, replacement: str) -> Edit:
        """Replace ``part``; brackets around it stay."""
        changed = self._replaced(part.start, part.end, replacement)
        return Edit(what, part.start, self._inner(part), replacement, changed)

    def _left_out(self, what: str, part: Part, child: Part, rest: str) -> Edit:
        changed = self._replaced(part.start, part.end, rest)
        return Edit(what, child.start, self._outer(child), "", changed)

    def _word(self, what: str, part: Part, word: str, shown: Part) -> Edit:
        end = part.word_start + len(part.word)
        return self._shown(what, part.word_start, end, word, shown)

    def _within(self, what: str, part: Part, replacement: str, shown: Part) -> Edit:
        return self._shown(what, part.outer_start, part.outer_end, replacement, shown)

    def _shown(self, what: str, start: int, end: int, replacement: str, shown: Part) -> Edit:
        before = self._inner(shown)
        inside, behind = start - shown.start, end - shown.start
        after = before[:inside] + replacement + before[behind:]
        return Edit(what, start, before, after, self._replaced(start, end, replacement))

    def _replaced(self, start: int, end: int, replacement: str) -> str:
        return self._text[:start] + replacement + self._text[end:]

    def _inner(self, part: Part) -> str:
        return self._text[part.start : part.end]

    def _outer(self, part: Part) -> str:
        return self._text[part.outer_start : part.outer_end]


def _number(part: Part) -> int | None:
    if part.kind is Kind.NUMBER:
        return int(part.word)
    if part.kind is Kind.NEGATIVE and part.children[0].kind is Kind.NUMBER:
        return -int(part.children[0].word)
    return None


def _at_least(count: int, conditions: list[str]) -> str:
    """Write ``at_least`` where it decides something, else what it comes down to, bracketed."""
    if count <= 1:
        return f"({' || '.join(conditions)})"
    if count >= len(conditions):
        return f"({' && '.join(_bracketed(condition) for condition in conditions)})"
    return f"at_least({count}, [{', '.join(conditions)}])"


def _bracketed(condition: str) -> str:
    # && binds more tightly than ||; brackets that are there already do no harm.
    return f"({condition})" if "||" in condition else condition


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
