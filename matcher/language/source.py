"""CEL text of a file or a bundle, and the way back to its characters for a reader.

Rules:
 * A message about a character shows its line with a caret under it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from matcher.core.errors import InvalidPredicate


@dataclass(frozen=True, slots=True)
class Source:
    """A condition's text and how to find a character of it for a reader.

    Attributes:
        text: the CEL text.
        locate: from a character's offset to ``file:line:column``.
    """

    text: str
    locate: Callable[[int], str]

    def shown(self, offset: int) -> str:
        """Return the line around ``offset`` with a caret under it."""
        start = self.text.rfind("\n", 0, offset) + 1
        end = self.text.find("\n", offset)
        line = self.text[start : len(self.text) if end < 0 else end]
        return f"\n    {line}\n    {' ' * (offset - start)}^"

    def refuse(
        self, what: str, offset: int, fix: str, error: type[InvalidPredicate] = InvalidPredicate
    ) -> InvalidPredicate:
        """Return an error about the character at ``offset``."""
        return error(what, where=self.locate(offset), fix=fix + self.shown(offset))

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a position that counts lines and columns from 1."""
        lines = self.text.split("\n")
        before = sum(len(part) + 1 for part in lines[: line - 1])
        return min(before + column - 1, len(self.text))

    def beginning_of_name(self, offset: int) -> int:
        """Return where the dotted name around or right before ``offset`` begins."""
        while offset > 0 and _in_a_name(self.text[offset - 1]):
            offset -= 1
        return offset

    def beginning_of_call(self, offset: int) -> int:
        """Return where the function's name before the bracket at ``offset`` begins."""
        while offset > 0 and self.text[offset - 1].isspace():
            offset -= 1
        while offset > 0 and _in_a_word(self.text[offset - 1]):
            offset -= 1
        return offset

    def name_at(self, offset: int) -> str:
        """Return the dotted name that begins at ``offset``; may be empty."""
        end = offset
        while end < len(self.text) and _in_a_name(self.text[end]):
            end += 1
        return self.text[offset:end]


def _in_a_word(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character == "_")


def _in_a_name(character: str) -> bool:
    return _in_a_word(character) or character == "."
