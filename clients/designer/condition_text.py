"""A condition's text taken apart, every part with its place.

The language package turns a condition into a predicate and forgets how it was written. Whoever
changes one thing at a time, and shows what was changed, needs the writing itself. This reads what
CEL's own compiler has accepted before, and decides nothing about what is allowed.

Rules:
 * ``a && b && c`` is one part with three below it, and so is ``||``; brackets around a part belong
   to its outside.
 * A name is read with all its dots: ``m.tax.income`` is one part.

Source: the grammar of the Common Expression Language specification (google/cel-spec, langdef.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from matcher.core.errors import InvalidPredicate

_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*)
    |(?P<text>[rR]?(?:\"{3}.*?\"{3}|'{3}.*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
    |(?P<number>[0-9]+)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<sign>&&|\|\||<=|>=|==|!=|[-+*/%!<>()\[\].,])""",
    re.DOTALL | re.VERBOSE,
)
RELATIONS = ("<", "<=", ">", ">=", "==", "!=", "in")
_SUMS = ("+", "-")
_PRODUCTS = ("*", "/", "%")


class Kind(StrEnum):
    """What a part of a condition is."""

    ANY = "||"
    ALL = "&&"
    NOT = "!"
    RELATION = "relation"
    ARITHMETIC = "arithmetic"
    NEGATIVE = "negative"
    CALL = "call"
    INDEX = "index"
    LIST = "list"
    NAME = "name"
    NUMBER = "number"
    TEXT = "text"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a condition; offsets count characters of the whole text, the end exclusive.

    Attributes:
        kind: what it is.
        start: of the part itself.
        end: of the part itself.
        outer_start: with the brackets around it.
        outer_end: with the brackets around it.
        word: the operator, the function's or the name's text, or the literal.
        word_start: where ``word`` stands.
        children: of an operator its operands, of a call its receiver, if any, and its arguments.
        method: of a call, whether the first child is its receiver.
    """

    kind: Kind
    start: int
    end: int
    outer_start: int
    outer_end: int
    word: str
    word_start: int
    children: tuple[Part, ...] = ()
    method: bool = False

    def walk(self) -> Iterator[Part]:
        """Yield this part and all below it, outermost first, left to right."""
        yield self
        for child in self.children:
            yield from child.walk()


def read_condition(text: str) -> Part:
    """Return the parts of ``text``, which CEL has accepted.

    Raises:
        InvalidPredicate: it is not written as conditions are.
    """
    reader = _Reader(text)
    part = reader.any()
    reader.expect_end()
    return part


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


_Rule: TypeAlias = Callable[[], Part]


class _Reader:
    """Recursive descent, one method a level of binding."""

    def __init__(self, text: str) -> None:
        self._tokens: list[_Token] = []
        position = 0
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise InvalidPredicate(f"character {position} of the condition is not understood")
            if match.lastgroup != "space":
                self._tokens.append(_Token(str(match.lastgroup), match.group(), position))
            position = match.end()
        self._tokens.append(_Token("end", "", len(text)))
        self._next = 0

    def any(self) -> Part:
        return self._chain(Kind.ANY, self._all)

    def expect_end(self) -> None:
        if self._tokens[self._next].kind != "end":
            raise self._unexpected()

    def _all(self) -> Part:
        return self._chain(Kind.ALL, self._relation)

    def _chain(self, kind: Kind, operand: _Rule) -> Part:
        children = [operand()]
        sign: _Token | None = None
        while self._sees(kind.value):
            sign = sign or self._tokens[self._next]
            self._next += 1
            children.append(operand())
        return children[0] if sign is None else _joined(kind, sign, children)

    def _relation(self) -> Part:
        return self._left_to_right(Kind.RELATION, RELATIONS, self._sum)

    def _sum(self) -> Part:
        return self._left_to_right(Kind.ARITHMETIC, _SUMS, self._product)

    def _product(self) -> Part:
        return self._left_to_right(Kind.ARITHMETIC, _PRODUCTS, self._unary)

    def _left_to_right(self, kind: Kind, signs: tuple[str, ...], operand: _Rule) -> Part:
        left = operand()
        while self._tokens[self._next].text in signs:
            sign = self._take()
            left = _joined(kind, sign, [left, operand()])
        return left

    def _unary(self) -> Part:
        for kind, sign in ((Kind.NOT, "!"), (Kind.NEGATIVE, "-")):
            if self._sees(sign):
                token = self._take()
                child = self._unary()
                end = child.outer_end
                return Part(kind, token.start, end, token.start, end, sign, token.start, (child,))
        return self._member()

    def _member(self) -> Part:
        part = self._primary()
        while True:
            if self._sees("."):
                self._take()
                name = self._take()
                if self._sees("("):
                    arguments, end = self._arguments("(", ")")
                    children = (part, *arguments)
                    part = _call(part.outer_start, end, name, children, method=True)
                else:
                    # A name with dots is one name, wherever its spaces stand.
                    word = f"{part.word}.{name.text}"
                    part = Part(
                        Kind.NAME, part.start, name.end, part.start, name.end, word, part.start
                    )
            elif self._sees("["):
                sign = self._tokens[self._next]
                (index,), end = self._arguments("[", "]")
                start = part.outer_start
                part = Part(
                    Kind.INDEX, start, end, start, end, sign.text, sign.start, (part, index)
                )
            else:
                return part

    def _primary(self) -> Part:
        token = self._tokens[self._next]
        if token.text == "(" and token.kind == "sign":
            self._take()
            inside = self.any()
            closing = self._take(")")
            return replace(inside, outer_start=token.start, outer_end=closing.end)
        if token.text == "[" and token.kind == "sign":
            items, end = self._arguments("[", "]")
            start = token.start
            return Part(Kind.LIST, start, end, start, end, "[", start, tuple(items))
        if token.kind == "name" and self._tokens[self._next + 1].text == "(":
            self._take()
            arguments, end = self._arguments("(", ")")
            return _call(token.start, end, token, tuple(arguments), method=False)
        kinds = {"name": Kind.NAME, "number": Kind.NUMBER, "text": Kind.TEXT}
        if token.kind not in kinds:
            raise self._unexpected()
        self._take()
        kind = Kind.BOOLEAN if token.text in ("true", "false") else kinds[token.kind]
        start, end = token.start, token.end
        return Part(kind, start, end, start, end, token.text, start)

    def _arguments(self, opening: str, closing: str) -> tuple[list[Part], int]:
        self._take(opening)
        found: list[Part] = []
        while not self._sees(closing):
            found.append(self.any())
            if self._sees(","):
                self._take()
        return found, self._take(closing).end

    def _sees(self, sign: str) -> bool:
        token = self._tokens[self._next]
        return token.kind == "sign" and token.text == sign

    def _take(self, sign: str = "") -> _Token:
        token = self._tokens[self._next]
        if token.kind == "end" or (sign and token.text != sign):
            raise self._unexpected()
        self._next += 1
        return token

    def _unexpected(self) -> InvalidPredicate:
        token = self._tokens[self._next]
        return InvalidPredicate(
            f"{token.text[:40]!r} is not expected at character {token.start} of the condition"
        )


def _joined(kind: Kind, sign: _Token, children: list[Part]) -> Part:
    start, end = children[0].outer_start, children[-1].outer_end
    return Part(kind, start, end, start, end, sign.text, sign.start, tuple(children))


def _call(start: int, end: int, name: _Token, children: tuple[Part, ...], *, method: bool) -> Part:
    return Part(Kind.CALL, start, end, start, end, name.text, name.start, children, method)
