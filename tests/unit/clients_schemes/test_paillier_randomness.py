from __future__ import annotations

import os

import numpy as np
import pytest

from clients.schemes.paillier_randomness import ZeroStock
from matcher.schemes.paillier_format import modulus_of
from tests.paillier_run import modulus

SMALL = modulus_of(modulus().n % (1 << 256) | 1)


def stock(most: int = 3) -> ZeroStock:
    return ZeroStock(SMALL, np.random.default_rng(8).bytes, most)


def test_it_fills_up_to_its_bound_and_says_so() -> None:
    filled = stock()
    assert [filled.add() for _ in range(5)] == [True, True, True, False, False]
    assert len(filled) == 3


def test_each_is_given_out_once_in_the_order_made() -> None:
    filled, spare = stock(), stock(0)
    while filled.add():
        pass
    given = [filled.take() for _ in range(5)]
    # The two that were not in stock are made on the spot.
    assert given == [spare.take() for _ in range(5)]
    assert len(set(given)) == 5
    assert not len(filled)


def test_what_was_taken_makes_room_again() -> None:
    filled = stock(1)
    assert filled.add()
    assert not filled.add()
    filled.take()
    assert filled.add()


def test_a_forked_process_gets_nothing_of_its_parents(monkeypatch) -> None:
    filled = stock()
    filled.add()
    parent = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: parent + 1)
    for use in (filled.take, filled.add):
        with pytest.raises(RuntimeError, match="fork"):
            use()


def test_it_does_not_print_what_it_holds() -> None:
    filled = stock()
    filled.add()
    assert repr(filled) == "ZeroStock(1 of 3)"
