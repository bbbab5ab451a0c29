from itertools import islice

import numpy as np

from clients.transport.reconnect import FIRST_SECONDS, LONGEST_SECONDS, waits


def test_waits_grow_to_a_ceiling_and_stay_there() -> None:
    ceilings = list(islice(waits(lambda: 1.0), 12))
    assert ceilings[:3] == [FIRST_SECONDS, 2 * FIRST_SECONDS, 4 * FIRST_SECONDS]
    assert ceilings[-3:] == [LONGEST_SECONDS] * 3
    assert ceilings == sorted(ceilings)


def test_waits_are_spread_over_their_whole_length() -> None:
    rng = np.random.default_rng(3)
    third = [list(islice(waits(rng.random), 3))[-1] for _ in range(500)]
    assert min(third) < 0.05
    assert max(third) > 4 * FIRST_SECONDS - 0.05
    assert all(0 <= wait < 4 * FIRST_SECONDS for wait in third)
