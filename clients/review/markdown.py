"""Markdown whose text is only ever text.

Titles, affairs and reasons are other people's words. Here they become Markdown that shows them as
they are, whatever they contain, and nothing else.

Rules:
 * Text enters through ``plain`` or ``code``; whatever else looks like Markdown in it is escaped
   (CommonMark 0.31, 2.4 and 6.1).
 * A text is one line: runs of white space are one space.
 * ``alarm`` is the only emphasis, so that what is printed bold or red is what somebody has to mend.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NewType

Markdown = NewType("Markdown", str)

# Everything that begins a construct inside a line, tables included.
_INLINE = re.compile(
    r"[\\`*\[\]|~]"  # escapes, code, emphasis, links, cells, fences
    r"|(?<![^\W_])_|_(?![^\W_])"  # emphasis, but not the underscore within a name
    r"|<(?=[A-Za-z/!?])"  # HTML and links
    r"|&(?=[A-Za-z#])"  # character references
)
# What begins a block where a line begins: headings, lists, rules, quotes, underlines of headings.
_BLOCK = re.compile(r"[#+=>-]")
_NUMBERED = re.compile(r"([0-9]{1,9})([.)])(?=\s|$)")


def plain(text: str) -> Markdown:
    """Return ``text`` as Markdown that shows it as it is."""
    escaped = _INLINE.sub(r"\\\g<0>", _one_line(text))
    if _BLOCK.match(escaped):
        escaped = f"\\{escaped}"
    elif _NUMBERED.match(escaped):
        escaped = _NUMBERED.sub(r"\1\\\2", escaped, count=1)
    return Markdown(escaped)


def code(text: str) -> Markdown:
    """Return ``text`` as a code span, or as plain text where it has a character spans cannot."""
    line = _one_line(text)
    if not line or "`" in line or "|" in line:
        return plain(text)
    return Markdown(f"`{line}`")


def alarm(text: str) -> Markdown:
    """Return ``text`` with strong emphasis."""
    return Markdown(f"**{plain(text)}**")


def heading(level: int, text: str) -> Markdown:
    """Return a heading."""
    return Markdown(f"{'#' * level} {plain(text)}\n")


def paragraph(content: Markdown) -> Markdown:
    """Return a paragraph."""
    return Markdown(f"{content}\n")


def bullets(entries: Iterable[tuple[int, Markdown]]) -> Markdown:
    """Return a list; each entry has its level, 0 being the outermost."""
    return Markdown("".join(f"{'  ' * level}- {content}\n" for level, content in entries))


def grid(head: Sequence[str], rows: Iterable[Sequence[Markdown]]) -> Markdown:
    """Return a table with one row of headings."""
    lines = [
        _row([plain(title) for title in head]),
        _row([Markdown("---")] * len(head)),
        *(_row(row) for row in rows),
    ]
    return Markdown("".join(lines))


def document(blocks: Iterable[Markdown]) -> Markdown:
    """Return ``blocks`` one after the other."""
    return Markdown("\n".join(blocks))


def _row(cells: Sequence[Markdown]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _one_line(text: str) -> str:
    return " ".join(text.split())
