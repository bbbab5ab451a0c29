"""What peers are asked, and how their verdicts are checked."""

from __future__ import annotations

import numpy as np
import pytest

from bench.peers.question import check_verdicts, sets_task, values_task
from matcher.core.errors import RunFailed


def by_hand(bracket: int, grade: int) -> bool:
    return bracket <= 3 and grade in (1, 2)


def test_verdicts_are_those_of_the_predicate() -> None:
    content, expected = (task := values_task(400, 7)).content, task.expected
    brackets, grades = content["brackets"], content["grades"]
    assert isinstance(brackets, list)
    assert isinstance(grades, list)
    assert [by_hand(b, g) for b, g in zip(brackets, grades, strict=True)] == expected.tolist()
    assert (set(brackets), set(grades)) == (set(range(8)), set(range(7)))


def test_the_smallest_task_has_both_verdicts_and_the_boundaries() -> None:
    task = values_task(5, 7)
    assert task.expected.tolist() == [True, False, False, True, False]
    assert values_task(1, 7).expected.tolist() == [True]


def test_the_same_seed_asks_the_same() -> None:
    assert values_task(50, 7).content == values_task(50, 7).content
    assert values_task(50, 7).content != values_task(50, 8).content
    assert sets_task(50, 7).content == sets_task(50, 7).content


def test_sets_are_filtered_by_one_agency_each() -> None:
    task = sets_task(20_000, 1947)
    server, client, places = (task.content[name] for name in ("server", "client", "places"))
    assert isinstance(server, list)
    assert isinstance(client, list)
    assert isinstance(places, list)
    both = set(server) & set(client)
    eligible = [place for person, place in zip(client, places, strict=True) if person in both]
    assert np.flatnonzero(task.expected).tolist() == eligible
    assert task.content["subjects"] == len(task.expected) == 20_000
    # As in the published proportions: nearly everybody, and one or two in a hundred.
    assert 0.95 < len(server) / 20_000 < 1
    assert 0.01 < len(client) / 20_000 < 0.03


def test_a_wrong_verdict_in_any_repetition_is_an_error() -> None:
    task = values_task(5, 7)
    check_verdicts(task, ("10010", "10010"), "someone")
    with pytest.raises(RunFailed, match="peer someone"):
        check_verdicts(task, ("10010", "10011"), "someone")
    with pytest.raises(RunFailed):
        check_verdicts(task, ("1001",), "someone")
