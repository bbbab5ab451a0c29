"""The languages a programme is explained in, and the words of each."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from clients.review.explanation_english import ENGLISH
from clients.review.explanation_japanese import JAPANESE
from clients.review.explanation_phrases import Phrases


class Language(StrEnum):
    """The languages sentences exist in."""

    EN = "en"
    JA = "ja"


PHRASES: Mapping[Language, Phrases] = {Language.EN: ENGLISH, Language.JA: JAPANESE}
