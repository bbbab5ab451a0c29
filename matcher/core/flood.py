"""How wide the noise is that drowns everything an output's own noise could tell.

Decides the form of the numbers that are added; what bounds them is each scheme's file of noise.

Rules:
 * An output's noise E is bounded in the worst case; what is added, F, is uniform and independent
   per coefficient and output, and reaches at least 2^40 times as far.
 * F takes all the room that a right decryption leaves, not only what that demands.
"""

from __future__ import annotations

from dataclasses import dataclass

FLOODING_BITS = 40


@dataclass(frozen=True, slots=True)
class Flood:
    """F is drawn uniformly from ``top·2^(32·words)`` consecutive integers around 0.

    Attributes:
        words: low words of 32 uniform bits.
        top: the word above them is uniform below this; less than 2^40.
    """

    words: int
    top: int

    @property
    def size(self) -> int:
        """How many values F takes."""
        return self.top << (32 * self.words)

    @property
    def offset(self) -> int:
        """What is subtracted from the drawn number, so that F lies around 0."""
        return self.size // 2


def flood_within(largest: int) -> Flood:
    """Return the widest flood with ``|F| <= largest``."""
    values = 2 * max(largest, 0)
    words = max(values.bit_length() - 8, 0) // 32
    return Flood(words, values >> (32 * words))
