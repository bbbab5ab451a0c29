"""Who learns what from a run of a plan, in sentences."""

from __future__ import annotations

from clients.review.phrases import Language
from matcher.core.leakage import leakage_of
from matcher.core.plan import Plan


def leakage_sentences(plan: Plan, language: Language) -> tuple[str, ...]:
    """Return the leakage statement of ``plan``, one sentence an item."""
    del language
    return leakage_of(plan)
