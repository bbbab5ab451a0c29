"""One row of the parity table, or a part of it: one programme under one scheme, in one process.

Rules:
 * Plans are compiled for every day before anything is encrypted: a programme that a scheme cannot
   carry on one of them is refused, and none of it counts as decided.
 * Keys, ciphertexts and seals are real; they come from ``fusuma.harness``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bench.parity_subjects import Scene, scenes_of
from clients.designer.trying import answers_to
from fusuma.harness import Harness
from matcher.core.errors import FusumaError, RunFailed, UnsupportedPredicate
from matcher.core.plan import Plan, compile_plan
from matcher.core.programme import Programme
from matcher.core.scheme import ColumnKind, Scheme
from matcher.language import bundle_digest, dump_bundle, load_programme
from matcher.schemes.installed import check_installed
from programmes import programme_path


@dataclass(frozen=True, slots=True)
class Way:
    """What a row of the table is about.

    Attributes:
        programme: the name of a shipped programme.
        scheme: how attributes are protected.
        kind: what agencies send.
    """

    programme: str
    scheme: Scheme
    kind: ColumnKind

    @property
    def text(self) -> str:
        """For people."""
        return f"{self.programme}, {self.scheme.value}, {self.kind.value} columns"


@dataclass(frozen=True, slots=True)
class Task:
    """A part of a row.

    Attributes:
        way: the row.
        subjects: random ones in the whole row; examples and limits come on top.
        drawn: random ones that were drawn, of which those are the first.
        seed: of the population.
        part: which of ``parts`` equal parts.
        parts: of the row.
    """

    way: Way
    subjects: int
    drawn: int
    seed: int
    part: int = 0
    parts: int = 1


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """One subject about whom a scheme says something else than the rule.

    Attributes:
        day: ISO 8601.
        subject: its position on that day.
        expected: the rule's decision, as a code of ``core.verdict``.
        found: the scheme's.
    """

    day: str
    subject: int
    expected: int
    found: int


@dataclass(frozen=True, slots=True)
class Compared:
    """What came out of a row or a part of it.

    Attributes:
        way: the row.
        parameters: the names of the parameter sets; none where the scheme has none.
        cases: subjects decided.
        mismatches: subjects about whom the scheme says something else than the rule.
        first: the first of them, None where there is none.
    """

    way: Way
    parameters: tuple[str, ...]
    cases: int
    mismatches: int
    first: Difference | None


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not decided, and why."""

    way: Way
    reason: str


def carry_out(task: Task) -> Compared | Refused:
    """Decide the subjects of ``task`` and compare them with the rule.

    Raises:
        RunFailed: they could not be decided though the plan said so; names the row.
    """
    way = task.way
    try:
        check_installed(way.scheme)
    except FusumaError as error:
        return Refused(way, error.what)
    programme = _programme(way.programme)
    scenes = _scenes(way.programme, task.drawn, task.seed)
    digest = bundle_digest(dump_bundle(programme))
    try:
        plans = [compile_plan(programme, digest, way.scheme, way.kind, s.day) for s in scenes]
    except UnsupportedPredicate as error:
        return Refused(way, error.what)
    cases, mismatches, first = 0, 0, None
    names: dict[str, None] = {}
    for plan, scene, (low, high) in zip(plans, scenes, _bounds(task, scenes), strict=True):
        if low == high:
            continue
        found, one = _compared(way, plan, scene, low, high)
        cases, mismatches, first = cases + high - low, mismatches + found, first or one
        if plan.parameters is not None:
            names[plan.parameters.name] = None
    return Compared(way, tuple(names), cases, mismatches, first)


def _bounds(task: Task, scenes: Sequence[Scene]) -> Iterator[tuple[int, int]]:
    """Yield for every day which of its subjects belong to the part, the last one excluded."""
    sizes = [min(scene.subjects, scene.listed + task.subjects) for scene in scenes]
    first, last = (sum(sizes) * part // task.parts for part in (task.part, task.part + 1))
    for size in sizes:
        yield min(max(first, 0), size), min(max(last, 0), size)
        first, last = first - size, last - size


def _compared(
    way: Way, plan: Plan, scene: Scene, low: int, high: int
) -> tuple[int, Difference | None]:
    part = scene.between(low, high)
    try:
        found = Harness().decide(plan, answers_to(plan, part.table, part.grouping))
    except FusumaError as error:
        raise RunFailed(f"could not be decided: {error.what}", where=way.text) from error
    (different,) = np.nonzero(found != part.expected)
    if not different.size:
        return 0, None
    one = int(different[0])
    difference = Difference(
        scene.day.isoformat(), low + one, int(part.expected[one]), int(found[one])
    )
    return int(different.size), difference


@lru_cache(maxsize=2)
def _programme(name: str) -> Programme:
    return load_programme(programme_path(name))


# The rows of a programme follow one another; its subjects are drawn once.
@lru_cache(maxsize=2)
def _scenes(name: str, drawn: int, seed: int) -> tuple[Scene, ...]:
    return scenes_of(_programme(name), drawn, seed)
