"""Encryptions of zero made ahead, so that encrypting a column is one multiplication a slot.

A run's modulus is known no earlier than the run, and r^n modulo n² is nearly all of an
encryption's cost. Who waits for work makes some meanwhile.

Rules:
 * Each is given out once and kept by nobody: two ciphertexts with one r tell their difference.
 * A forked process has its parent's stock, and is refused.
 * The stock is bounded: a run that ends early has wasted so much work and no more.
"""

from __future__ import annotations

import os
from collections import deque

from matcher.schemes.paillier_encryption import encryption_of_zero
from matcher.schemes.paillier_format import Modulus, Number
from matcher.schemes.randomness import RandomBytes


class ZeroStock:
    """Fresh encryptions of zero under one modulus; not to be shared between threads."""

    def __init__(self, modulus: Modulus, random_bytes: RandomBytes, most: int) -> None:
        """Start with none.

        Args:
            modulus: of the run.
            random_bytes: a cryptographic stream.
            most: how many to keep at a time.
        """
        self._modulus = modulus
        self._random_bytes = random_bytes
        self._most = most
        self._stock: deque[Number] = deque()
        self._owner = os.getpid()

    def add(self) -> bool:
        """Make one more; False where there are enough."""
        self._refuse_fork()
        if len(self._stock) >= self._most:
            return False
        self._stock.append(encryption_of_zero(self._random_bytes, self._modulus))
        return True

    def take(self) -> Number:
        """Return one that nobody else gets, made on the spot if there is none."""
        self._refuse_fork()
        if self._stock:
            return self._stock.popleft()
        return encryption_of_zero(self._random_bytes, self._modulus)

    def __len__(self) -> int:
        return len(self._stock)

    def __repr__(self) -> str:
        return f"ZeroStock({len(self)} of {self._most})"

    def _refuse_fork(self) -> None:
        if os.getpid() != self._owner:
            raise RuntimeError("encryptions made ahead do not survive a fork")
