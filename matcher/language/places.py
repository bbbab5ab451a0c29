"""Where the parts of a programme stand in its file, for messages that come after loading.

Keys are ``programme``, ``version``, ``unit``, ``valid``, ``most_members``, ``eligible``,
``params.limit``, ``absent.tax.income``, ``outcomes.pays``, ``outcomes.full`` and
``outcomes.full.when`` by an outcome's name, ``tests.at the limit`` by a test's name, and so on for
every key of the file.

Rules:
 * A part that is not in the file has the place of the file itself.
 * Inside a condition a part is found by its text, white space aside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matcher.core.errors import FusumaError
from matcher.language.source import Source


@dataclass(frozen=True, slots=True)
class Places:
    """The places of one file.

    Attributes:
        file: its path, as messages name it.
        places: ``file:line:column`` by key.
        sources: the conditions by key: ``eligible``, ``outcomes.full.when``.
    """

    file: str
    places: Mapping[str, str]
    sources: Mapping[str, Source]

    def of(self, key: str) -> str:
        """Return where ``key`` stands."""
        return self.places.get(key, self.file)

    def of_part(self, key: str, text: str) -> str:
        """Return where ``text`` stands in the condition ``key``, or where the condition does."""
        source = self.sources.get(key)
        found = None if source is None else _find(source.text, text)
        return self.of(key) if source is None or found is None else source.locate(found)

    def shown(self, key: str, text: str = "") -> str:
        """Return the line of the condition ``key`` with a caret under ``text``; may be empty."""
        source = self.sources.get(key)
        found = None if source is None else _find(source.text, text)
        return "" if source is None or found is None else source.shown(found)

    def locate(self, error: FusumaError, key: str, text: str = "") -> None:
        """Say that ``error`` is about ``text`` in ``key``, unless its place is known already."""
        error.locate(self.of_part(key, text) if text else self.of(key))


def _find(text: str, part: str) -> int | None:
    """Return where ``part`` begins in ``text``, white space aside; None where it does not."""
    visible = [index for index, character in enumerate(text) if not character.isspace()]
    found = "".join(text[index] for index in visible).find("".join(part.split()))
    return None if found < 0 or not visible else visible[found]
