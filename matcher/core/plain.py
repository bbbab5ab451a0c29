"""Circuits carried out on numbers that nobody encrypted, modulo t as in a slot.

What a blind evaluator arrives at before it masks: the plaintext reference computes it, and so does
whoever wants to know what prescribed answers must come back as.

Rules:
 * The same walk as on ciphertexts, the same modulus, whatever the columns hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.core.circuit import Circuit
from matcher.core.evaluation import evaluate
from matcher.core.lattice_parameters import PLAIN_MODULUS

Residues = NDArray[np.uint64]


def residues_of(circuit: Circuit, columns: Mapping[int, NDArray[np.uint8]]) -> Residues:
    """Return the value of ``circuit`` in every slot, below t, shape (slots,).

    Args:
        circuit: an output of a plan.
        columns: at least those ``circuit`` reads, each of shape (slots,).
    """
    return evaluate(circuit, _PlainArithmetic(columns)).value


class _PlainArithmetic:
    def __init__(self, columns: Mapping[int, NDArray[np.uint8]]) -> None:
        self._columns = columns

    def column(self, index: int) -> Residues:
        return self._columns[index].astype(np.uint64)

    def add(self, values: Sequence[Residues]) -> Residues:
        total = values[0]
        for value in values[1:]:
            total = (total + value) % PLAIN_MODULUS
        return total

    def complement(self, value: Residues) -> Residues:
        return (PLAIN_MODULUS + 1 - value) % PLAIN_MODULUS

    def subtract(self, value: Residues, constant: int) -> Residues:
        return (value + (PLAIN_MODULUS - constant)) % PLAIN_MODULUS

    def multiply(self, left: Residues, right: Residues) -> Residues:
        return left * right % PLAIN_MODULUS

    def lower(self, value: Residues) -> Residues:
        return value
