from __future__ import annotations

import numpy as np

from matcher.core.verdict import (
    Verdict,
    decision_of_tier,
    decisions_of,
    tiers_of,
    verdicts_of,
)


def test_words_are_lower_case() -> None:
    assert [verdict.word for verdict in Verdict] == ["eligible", "ineligible", "undetermined"]


def test_without_outcomes_decisions_are_verdicts() -> None:
    certain = np.array([True, False, False])
    impossible = np.array([False, True, False])
    assert decisions_of([certain], impossible).tolist() == [
        Verdict.ELIGIBLE,
        Verdict.INELIGIBLE,
        Verdict.UNDETERMINED,
    ]


def test_the_first_certain_tier_is_the_outcome() -> None:
    tiers = [np.array([True, True, False, False]), np.array([True, False, True, False])]
    decisions = decisions_of(tiers, np.zeros(4, dtype=np.bool_))
    assert decisions.tolist() == [0, 0, 3, 2]
    assert tiers_of(decisions).tolist() == [0, 0, 1, -1]


def test_every_tier_is_eligible_and_has_a_code_of_its_own() -> None:
    codes = [decision_of_tier(tier) for tier in range(8)]
    assert codes == [0, 3, 4, 5, 6, 7, 8, 9]
    decisions = np.array([*codes, 1, 2], dtype=np.uint8)
    assert verdicts_of(decisions).tolist() == [0] * 8 + [1, 2]
    assert tiers_of(decisions).tolist() == [*range(8), -1, -1]
