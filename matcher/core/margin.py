"""How well an output hides everything but its verdict, and how far it is from going wrong."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Margin:
    """What is known of an output before it exists.

    Attributes:
        hiding_bits: b: the noise of one chunk is within 2^-b of noise that depends on verdicts
            only, in statistical distance; None where there is no noise.
        spare_bits: how many times, as a power of two, the worst noise before flooding could grow
            before an output decrypted wrongly; None where there is no noise.
    """

    hiding_bits: int | None
    spare_bits: int | None
