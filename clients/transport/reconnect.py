"""How long to wait before trying a peer again.

Rules:
 * Waits grow exponentially to a ceiling and are jittered over their whole length, so that the
   agents of a federation do not return all at once after an outage ("full jitter": Brooker,
   Exponential Backoff and Jitter, 2015).
 * Randomness is injected, and nothing here sleeps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

FIRST_SECONDS = 0.25
LONGEST_SECONDS = 30.0


def waits(
    random: Callable[[], float], first: float = FIRST_SECONDS, longest: float = LONGEST_SECONDS
) -> Iterator[float]:
    """Yield the seconds to wait before the first, second, ... new attempt, for ever.

    Args:
        random: uniform in [0, 1).
        first: ceiling of the first wait.
        longest: ceiling of all waits.
    """
    ceiling = first
    while True:
        yield ceiling * random()
        ceiling = min(longest, 2 * ceiling)
