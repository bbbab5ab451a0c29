"""What a name that does not exist may have been meant as."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_MOST_LISTED = 8


def nearest(name: str, known: Iterable[str]) -> str:
    """Return advice naming what ``name`` may have been meant as, or the first names known."""
    known = sorted(known)
    found = [candidate for candidate in known if candidate.startswith(name)]
    found += difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if name and found:
        return f"did you mean {found[0]}?"
    more = ", …" if len(known) > _MOST_LISTED else ""
    return f"known are {', '.join(known[:_MOST_LISTED])}{more}" if known else ""
