"""``python -m bench.peers.build``: make the environments of the peers, or those that are named.

Rules:
 * What is built already stays as it is. What cannot be built here does not keep the others from
   being built; the exit status tells.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from bench.peers.environments import (
    ENVIRONMENTS,
    absence_of,
    build_environment,
    environment_place,
)
from matcher.core.nearest import nearest


def build(names: Sequence[str]) -> int:
    """Make the environments ``names``, or all if there are none, and return the exit status."""
    for name in names:
        if name not in ENVIRONMENTS:
            advice = nearest(name, ENVIRONMENTS)
            print(f"error: there is no environment {name[:80]!r}; {advice}", file=sys.stderr)
            return 2
    failed = 0
    for name in names or ENVIRONMENTS:
        if absence_of(name) is None:
            print(f"{name}: up to date in {environment_place(name)}")
            continue
        print(f"{name}: installing into {environment_place(name)} ...", flush=True)
        problem = build_environment(name)
        if problem is not None:
            print(f"error: {name} cannot be installed here: {problem}", file=sys.stderr)
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(build(sys.argv[1:]))
