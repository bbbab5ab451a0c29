from __future__ import annotations

import numpy as np

from matcher.core.verdict import Verdict, decide


def test_words_are_lower_case() -> None:
    assert [verdict.word for verdict in Verdict] == ["eligible", "ineligible", "undetermined"]


def test_two_bounds_become_a_verdict() -> None:
    pessimistic = np.array([0, 7, 9], dtype=np.uint64)
    optimistic = np.array([0, 3, 0], dtype=np.uint64)
    assert decide(pessimistic, optimistic).tolist() == [
        Verdict.ELIGIBLE,
        Verdict.INELIGIBLE,
        Verdict.UNDETERMINED,
    ]


def test_one_output_serves_both_bounds() -> None:
    output = np.array([0, 65536], dtype=np.uint64)
    assert decide(output, output).tolist() == [Verdict.ELIGIBLE, Verdict.INELIGIBLE]
