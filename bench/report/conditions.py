"""How large a predicate is: the number of comparisons written in it.

Rules:
 * A comparison is ``==``, ``!=``, ``<``, ``<=``, ``>``, ``>=`` or ``in``; what stands in quotes is
   not looked at.
"""

from __future__ import annotations

import re

_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'')
_COMPARISON = re.compile(r"[=!<>]=|[<>]|\bin\b")


def conditions(predicate: str) -> int:
    """Return the number of comparisons in ``predicate``, CEL text."""
    return len(_COMPARISON.findall(_QUOTED.sub("''", predicate)))
