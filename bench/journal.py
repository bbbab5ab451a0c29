"""What a benchmark has found so far, on disk, so that it can go on after an interruption.

A file of JSON lines: first what is being measured and where, then one line a finished step. It is
there while a benchmark works and gone when its results are written.

Rules:
 * A line counts once it ends; what was being written when the power went is measured again.
 * A benchmark goes on only with the scenarios, the seed, the machine and the versions it began
   with: figures of two machines or versions are not one benchmark.
 * One process at a time writes a journal.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias

from bench.json_values import from_json, to_json
from bench.results import (
    Environment,
    Measurement,
    NotMeasured,
    Operation,
    PeerMeasurement,
    PeerSkipped,
)
from bench.scenario import ScenarioSet
from matcher.core.errors import InvalidConfiguration, InvalidFile

_ANEW = "measure it anew with --fresh, or name another directory"


@dataclass(frozen=True, slots=True)
class Operations:
    """The operations of all schemes, which are timed in one step."""

    operations: tuple[Operation, ...]


Found: TypeAlias = Measurement | NotMeasured | PeerMeasurement | PeerSkipped | Operations


@dataclass(frozen=True, slots=True)
class Begun:
    """What a journal is about.

    Attributes:
        digest: of the scenario file.
        seed: of the population.
        environment: of the first process that wrote it.
    """

    digest: str
    seed: int
    environment: Environment

    @classmethod
    def of(cls, scenarios: ScenarioSet, environment: Environment) -> Begun:
        """Return what a journal of ``scenarios`` measured here would be about."""
        return cls(scenarios.digest, scenarios.seed, environment)

    def difference(self, other: Begun) -> str:
        """Return why figures of both do not belong together; nothing where they do."""
        if (self.digest, self.seed) != (other.digest, other.seed):
            return "it measures other scenarios, or the file with them has changed since"
        here, there = other.environment, self.environment
        for what, mine, theirs in (
            ("processor", here.cpu, there.cpu),
            ("number of cores", here.cores, there.cores),
            ("Python", here.python, there.python),
        ):
            if mine != theirs:
                return f"it was begun with another {what}: {theirs}, now {mine}"
        for name in sorted(here.versions.keys() | there.versions.keys()):
            was, now = (one.versions.get(name, "not there") for one in (there, here))
            if was != now:
                return f"it was begun with another version of {name}: {was}, now {now}"
        return ""


@dataclass(frozen=True, slots=True)
class Finished:
    """One step that need not be done again.

    Attributes:
        step: its name, unique in a benchmark.
        seconds: since the step before it, or since the process began.
        found: what it found.
    """

    step: str
    seconds: float
    found: Found


class Journal:
    """What is finished, and where more of it is written.

    Attributes:
        begun: what it is about, as first written.
    """

    def __init__(self, file: BinaryIO, begun: Begun, finished: Mapping[str, Finished]) -> None:
        self.begun = begun
        self._file = file
        self._finished = dict(finished)

    @property
    def finished(self) -> Mapping[str, Finished]:
        """Everything finished so far, by step."""
        return self._finished

    @property
    def seconds(self) -> float:
        """How long all of it took."""
        return sum(one.seconds for one in self._finished.values())

    def add(self, finished: Finished) -> None:
        """Write ``finished``, so that it survives whatever comes."""
        _append(self._file, finished)
        self._finished[finished.step] = finished


@contextmanager
def keeping(path: Path, begun: Begun, *, fresh: bool = False) -> Iterator[Journal]:
    """Keep the journal at ``path``, beginning it if it is not there.

    Args:
        path: of the file.
        begun: what is going to be measured.
        fresh: whether to forget what an earlier process found.

    Raises:
        InvalidConfiguration: it is about something else, or another process keeps it.
        InvalidFile: it is damaged; says where.
    """
    with path.open("a+b") as file:
        _lock(file, path)
        if fresh:
            file.truncate(0)
        first, finished = _read(file, path)
        if first is None:
            _append(file, begun)
            first = begun
        difference = first.difference(begun)
        if difference:
            raise InvalidConfiguration(
                f"an interrupted benchmark is here, and {difference}", where=str(path), fix=_ANEW
            )
        yield Journal(file, first, finished)


def _lock(file: BinaryIO, path: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InvalidConfiguration(
            "another benchmark is writing this journal",
            where=str(path),
            fix="wait for it, or name another directory",
        ) from None


def _read(file: BinaryIO, path: Path) -> tuple[Begun | None, dict[str, Finished]]:
    file.seek(0)
    data = file.read()
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) != len(data):
        file.truncate(len(whole))
    first, finished = None, {}
    for number, line in enumerate(whole.splitlines(), start=1):
        where = f"{path}:{number}"
        try:
            value = json.loads(line)
            if number == 1:
                first = from_json(Begun, value, where)
            else:
                step = from_json(Finished, value, where)
                finished[step.step] = step
        except (ValueError, RecursionError):
            raise InvalidFile("the journal is damaged", where=where, fix=_ANEW) from None
        except InvalidFile as error:
            error.fix = _ANEW
            raise
    return first, finished


def _append(file: BinaryIO, value: Begun | Finished) -> None:
    line = json.dumps(to_json(value), ensure_ascii=False, allow_nan=False)
    file.write(line.encode() + b"\n")
    file.flush()
    os.fsync(file.fileno())
