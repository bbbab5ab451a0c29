"""The question every peer is asked, and the verdicts that are right.

It is that of the programme ``benchmark/support``: an income bracket of at most 3 and a disability
certificate of grade 1 or 2.

Rules:
 * What is right says the plaintext reference, from the programme; the programs of the peers have
   the predicate in their own words.
 * Where a subject costs the same whatever is known of it, subjects are drawn from all combinations
   of values, the boundaries first: in a small sample of a city hardly anybody is eligible.
 * Where the sizes of sets are the cost, they are those of the synthetic city.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.core.canonical import JsonObject
from matcher.core.errors import RunFailed
from matcher.core.identifiers import AttributeName
from matcher.core.reference import reference_verdicts
from matcher.core.table import Values
from matcher.core.verdict import Verdict
from matcher.language import load_programme
from programmes import programme_path
from programmes.synthetic import BRACKET, GRADE, synthetic_city

BRACKETS = 8
GRADES = 7
_TOP_BRACKET = 3
_SEVERE = (1, 2)
_BOUNDARIES = ((_TOP_BRACKET, 2), (_TOP_BRACKET + 1, 2), (0, 3), (0, 1), (_TOP_BRACKET, 0))


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What a peer is given.

    Attributes:
        content: for its program.
        expected: who is eligible, shape (subjects,).
    """

    content: JsonObject
    expected: NDArray[np.bool_]


def values_task(subjects: int, seed: int) -> Task:
    """Return a task with the attributes of everybody: ``brackets`` and ``grades``."""
    random = np.random.default_rng(seed)
    drawn = np.stack([random.integers(0, top, subjects) for top in (BRACKETS, GRADES)], axis=1)
    known = _BOUNDARIES[:subjects]
    drawn[: len(known)] = known
    brackets, grades = drawn.T
    content: JsonObject = {"brackets": brackets.tolist(), "grades": grades.tolist()}
    return Task(content, _eligible({BRACKET: brackets, GRADE: grades}))


def sets_task(subjects: int, seed: int) -> Task:
    """Return a task with two filtered sets of identifiers and the places of the client's."""
    city = synthetic_city(subjects, seed)
    # The programme's world is closed: who is not in a register has the value 0.
    brackets, grades = (
        np.where(city.table[name].present, city.table[name].codes, 0) for name in (BRACKET, GRADE)
    )
    server = np.flatnonzero(brackets <= _TOP_BRACKET)
    client = np.flatnonzero(np.isin(grades, _SEVERE))
    content: JsonObject = {
        "subjects": subjects,
        "server": [city.subjects[place] for place in server],
        "client": [city.subjects[place] for place in client],
        "places": client.tolist(),
    }
    return Task(content, _eligible({BRACKET: brackets, GRADE: grades}))


def check_verdicts(task: Task, said: tuple[str, ...], peer: str) -> None:
    """Check what a peer said in every repetition, a ``1`` for everybody it found eligible.

    Raises:
        RunFailed: a verdict differs from the plaintext reference.
    """
    right = "".join("1" if eligible else "0" for eligible in task.expected)
    if any(verdicts != right for verdicts in said):
        raise RunFailed("verdicts differ from the plaintext reference", where=f"peer {peer}")


def _eligible(codes: dict[AttributeName, NDArray[np.int64]]) -> NDArray[np.bool_]:
    programme = load_programme(programme_path("benchmark/support"))
    table = {
        name: Values(values.astype(np.int32), np.ones(len(values), dtype=np.bool_))
        for name, values in codes.items()
    }
    eligible: NDArray[np.bool_] = (
        reference_verdicts(programme, programme.valid_from, table) == Verdict.ELIGIBLE
    )
    return eligible
