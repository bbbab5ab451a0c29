"""Who learns what from a run of a plan, in sentences."""

from __future__ import annotations

from clients.review.leakage_english import english
from clients.review.leakage_japanese import japanese
from clients.review.phrases import Language
from matcher.core.leakage import findings_of
from matcher.core.plan import Plan

_WORDS = {Language.EN: english, Language.JA: japanese}


def leakage_sentences(plan: Plan, language: Language = Language.EN) -> tuple[str, ...]:
    """Return the leakage statement of ``plan``, one sentence or two a finding."""
    return tuple(map(_WORDS[language], findings_of(plan)))
