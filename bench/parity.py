"""Whether every scheme says what the rule says, about every shipped programme.

Every programme is decided under every scheme and with every kind of column the scheme has, with
real keys, ciphertexts and seals, and compared with the plaintext reference subject by subject.

Rules:
 * A row is decided or refused with the reason; nothing is left out in silence.
 * Paillier pays for every slot, so that it decides fewer random subjects; they are the first of
   those that the others decide. Examples and limits are never left out.
 * Rows are spread over worker processes; what comes out does not depend on how many there are.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import closing
from dataclasses import dataclass
from multiprocessing import get_context

from bench.environment import environment
from bench.parity_row import Compared, Refused, Task, Way, carry_out
from fusuma.findings import Announce
from matcher.core.scheme import COLUMN_KINDS, Scheme

MOST_PAILLIER = 500
_PAILLIER_PARTS = 8


@dataclass(frozen=True, slots=True)
class Settings:
    """What to compare.

    Attributes:
        programmes: names of shipped programmes.
        schemes: in the order of the table.
        subjects: random ones of every programme.
        seed: of the population.
        workers: processes; 1 for none besides this one.
    """

    programmes: tuple[str, ...]
    schemes: tuple[Scheme, ...]
    subjects: int
    seed: int
    workers: int


@dataclass(frozen=True, slots=True)
class Parity:
    """What was compared and what came out.

    Attributes:
        settings: what was asked for.
        rows: by programme, scheme and kind of column, in the order of the settings.
        versions: of fusuma and the libraries that are installed.
        seconds: wall time.
    """

    settings: Settings
    rows: tuple[Compared | Refused, ...]
    versions: Mapping[str, str]
    seconds: float

    @property
    def compared(self) -> tuple[Compared, ...]:
        """The rows that were decided."""
        return tuple(row for row in self.rows if isinstance(row, Compared))

    @property
    def mismatches(self) -> int:
        """Subjects about whom a scheme says something else than the rule, over all rows."""
        return sum(row.mismatches for row in self.compared)

    @property
    def cases(self) -> int:
        """Decisions compared, over all rows."""
        return sum(row.cases for row in self.compared)

    @property
    def schemes(self) -> tuple[Scheme, ...]:
        """The schemes that decided at least one row."""
        ran = {row.way.scheme for row in self.compared}
        return tuple(scheme for scheme in self.settings.schemes if scheme in ran)


def measure_parity(settings: Settings, announce: Announce) -> Parity:
    """Compare every row of ``settings``.

    Raises:
        RunFailed: a row could not be decided though its plan said so; names it.
    """
    begun = time.perf_counter()
    ways = [
        Way(programme, scheme, kind)
        for programme in settings.programmes
        for scheme in settings.schemes
        for kind in COLUMN_KINDS[scheme]
    ]
    tasks = [task for way in ways for task in _tasks(way, settings)]
    found: dict[Way, Compared | Refused] = {}
    with closing(_carried_out(tasks, settings.workers)) as parts:
        for number, part in enumerate(parts, start=1):
            if not isinstance(found.get(part.way), Refused):
                announce(f"{number} of {len(tasks)}: {_said(part)}")
            found[part.way] = _together(found.get(part.way), part)
    rows = tuple(found[way] for way in ways)
    versions = environment(dt.datetime.now(dt.UTC)).versions
    return Parity(settings, rows, versions, time.perf_counter() - begun)


def _tasks(way: Way, settings: Settings) -> Iterator[Task]:
    drawn, parts, subjects = settings.subjects, 1, settings.subjects
    if way.scheme is Scheme.PAILLIER:
        # In parts, so that workers share it and somebody sees that it goes on.
        parts, subjects = _PAILLIER_PARTS, min(subjects, MOST_PAILLIER)
    for part in range(parts):
        yield Task(way, subjects, drawn, settings.seed, part, parts)


def _carried_out(tasks: Sequence[Task], workers: int) -> Generator[Compared | Refused, None, None]:
    """Yield what comes out of ``tasks``, in any order."""
    if workers == 1:
        yield from map(carry_out, tasks)
        return
    # Afresh: what a library has set up in this process is not for another one.
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    try:
        for future in as_completed([pool.submit(carry_out, task) for task in tasks]):
            yield future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _together(one: Compared | Refused | None, other: Compared | Refused) -> Compared | Refused:
    if not isinstance(one, Compared) or not isinstance(other, Compared):
        return other
    differences = [part.first for part in (one, other) if part.first is not None]
    return Compared(
        one.way,
        tuple(sorted({*one.parameters, *other.parameters})),
        one.cases + other.cases,
        one.mismatches + other.mismatches,
        min(differences, default=None),
    )


def _said(part: Compared | Refused) -> str:
    if isinstance(part, Refused):
        return f"{part.way.text}: refused"
    return f"{part.way.text}: {part.cases:,} cases, {part.mismatches:,} mismatches"
