"""Finding a position inside a YAML scalar in the file it came from.

CEL counts characters of the predicate; a person looks at the file. Folding and indentation move
text about, but never add, drop or reorder anything except white space, so that the n-th visible
character of the one is the n-th visible character of the other.

Rules:
 * Quoted text with escapes is located by its first character only.
"""

from __future__ import annotations

from matcher.language.document import Place, Scalar


def place_in(scalar: Scalar, offset: int) -> Place:
    """Return where character ``offset`` of ``scalar.text`` stands in the file.

    The end of the text, and all beyond it, is right behind its last visible character.
    """
    raw, start = _content(scalar)
    visible = sum(not character.isspace() for character in scalar.text[:offset])
    for index, character in enumerate(raw):
        if character.isspace():
            continue
        if visible == 0:
            return _advance(scalar, start + index)
        visible -= 1
    return _advance(scalar, start + len(raw.rstrip())) if raw else scalar.place


def _content(scalar: Scalar) -> tuple[str, int]:
    """Return the raw text without its marker, and where that begins in ``scalar.raw``."""
    if scalar.plain:
        return scalar.raw, 0
    if scalar.raw[:1] in ("|", ">"):
        start = scalar.raw.find("\n") + 1
        return scalar.raw[start:], start
    if "\\" in scalar.raw or "''" in scalar.raw:
        return "", 0
    return scalar.raw[1:-1], 1


def _advance(scalar: Scalar, index: int) -> Place:
    before = scalar.raw[:index]
    lines = before.count("\n")
    column = len(before) - (before.rfind("\n") + 1) + 1
    if lines == 0:
        column += scalar.place.column - 1
    return Place(scalar.place.source, scalar.place.line + lines, column)
