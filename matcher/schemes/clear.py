"""The plaintext reference: the same walk and the same masks on numbers modulo t.

It shows what a blind evaluator must arrive at, and protects nothing; no server offers it.

Rules:
 * Same circuit, same order, same mask distribution as the encrypted schemes.
 * A column is a vector of numbers; an honest one holds 0 and 1.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from matcher.core.circuit import Circuit
from matcher.core.lattice_parameters import PLAIN_MODULUS
from matcher.core.plain import Residues, residues_of
from matcher.schemes.randomness import CipherStream, RandomBytes, draw_masks


class ClearEvaluator:
    """Evaluates circuits on plaintext columns."""

    def __init__(self, random_bytes: RandomBytes | None = None) -> None:
        self._random_bytes = random_bytes or CipherStream()

    def evaluate(self, circuit: Circuit, columns: Mapping[int, NDArray[np.uint8]]) -> Residues:
        """Return the masked output: 0 exactly where ``circuit`` is 0, else uniform in 1 .. t-1."""
        formula = residues_of(circuit, columns)
        masks = draw_masks(self._random_bytes, formula.size)
        return formula * masks % PLAIN_MODULUS
