"""Text of a programme is what it looks like.

A programme's texts are read by whoever approves it, printed on terminals and written into logs, at
other agencies than the one that wrote them.

Rules:
 * No control characters: a line break begins a log line of somebody's own making, an escape moves a
   terminal's cursor. A predicate may be broken into lines and indented.
 * No characters that reverse the direction of writing: what a reader approves would not be what a
   program compiles (Boucher and Anderson, Trojan Source, 2021).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from matcher.core.errors import InvalidProgramme

_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_LAYOUT = str.maketrans("", "", "\t\r\n")


def check_texts(texts: Iterable[str]) -> None:
    """Check the names, titles and sources of a programme.

    Raises:
        InvalidProgramme: one of them has a character that does not show.
    """
    for text in texts:
        if _HIDDEN.search(text):
            raise InvalidProgramme(
                f"the text {text[:40]!a} has a character that does not show",
                fix="write it in one line, of characters that can be seen",
            )


def check_source(source: str) -> None:
    """Check the text of a predicate.

    Raises:
        InvalidProgramme: it has a character that does not show, other than to lay it out.
    """
    if _HIDDEN.search(source.translate(_LAYOUT)):
        raise InvalidProgramme(
            "the predicate has a character that does not show",
            fix="write it with characters that can be seen",
        )
