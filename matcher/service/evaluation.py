"""What a worker process does: check a run's keys, evaluate one chunk of one output.

This module and everything it imports stay free of gRPC and of generated code, so that a worker
starts quickly and holds nothing that talks to anybody.

Rules:
 * Only authentic bytes are parsed: signatures were checked before the job was made, and whatever is
   read from the store must still have the digest it was accepted with.
 * Jobs carry references; a worker opens the files itself and holds one chunk at a time.
 * The evaluators of the runs used last stay warm.
"""

from __future__ import annotations

import os
import resource
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import connection, parent_process
from multiprocessing.synchronize import Semaphore
from pathlib import Path

from matcher.core.binding import sha256
from matcher.core.circuit import Circuit
from matcher.core.errors import DigestMismatch
from matcher.core.identifiers import Digest, RunId
from matcher.core.parameters import PARAMETER_SETS
from matcher.core.scheme import Scheme
from matcher.schemes.blind import BlindEvaluator, blind_evaluator
from matcher.schemes.warming import warm
from matcher.service.cells import Cell, read_cell, write_cell

_WARM_RUNS = 8
_ADDRESS_SPACE = 8 * 2**30


@dataclass(frozen=True, slots=True)
class KeyFile:
    """Where a public key is, and the digest the run statement promises for it."""

    path: str
    digest: Digest


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """Where the public keys of a run are, what they are checked against, and all its circuits."""

    run: RunId
    parameters: str
    nonce: bytes
    public_key: KeyFile
    evaluation_key: KeyFile | None
    circuits: tuple[Circuit, ...]


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """Where one chunk of a column is, and the digest it was accepted with."""

    cell: Cell
    digest: Digest


@dataclass(frozen=True, slots=True)
class EvaluationJob:
    """One chunk of one output: which circuit, its columns by number, and where the output goes."""

    keys: KeyFiles
    output: int
    columns: Mapping[int, StoredColumn]
    into: Cell


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A stored output chunk and the seconds it took."""

    digest: Digest
    seconds: float


def prepare_worker(ready: Semaphore, schemes: Sequence[Scheme]) -> None:
    """Make a new worker process warm, limit what it may do, and say that it is ready."""
    # Ctrl-C reaches the whole process group; the parent decides when workers stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    warm(schemes)
    ready.release()


def check_keys(keys: KeyFiles) -> None:
    """Check the keys of a run before anybody encrypts under them.

    Raises:
        InvalidKey: the public key is not the prescribed one, or cannot protect anything.
        DigestMismatch: a stored key is not the one that was uploaded.
    """
    _evaluator(keys)


def evaluate(jobs: Sequence[EvaluationJob]) -> tuple[Evaluated, ...]:
    """Evaluate the jobs one after the other and store each output.

    Raises:
        InvalidCiphertext: a column is no ciphertext of the run's parameters.
        InvalidKey: see ``check_keys``.
        DigestMismatch: a stored key or column is not the one that was accepted.
        FileNotFoundError: the run ended meanwhile and its files are gone.
    """
    return tuple(map(_evaluate_one, jobs))


def _evaluate_one(job: EvaluationJob) -> Evaluated:
    started = time.perf_counter()
    columns = {
        number: _authentic(read_cell(stored.cell), stored.digest)
        for number, stored in job.columns.items()
    }
    output = _evaluator(job.keys).evaluate(job.keys.circuits[job.output], columns)
    write_cell(job.into, output)
    return Evaluated(sha256(output), time.perf_counter() - started)


@lru_cache(maxsize=_WARM_RUNS)
def _evaluator(keys: KeyFiles) -> BlindEvaluator:
    return blind_evaluator(
        PARAMETER_SETS[keys.parameters],
        keys.nonce,
        _read_key(keys.public_key),
        None if keys.evaluation_key is None else _read_key(keys.evaluation_key),
    )


def _read_key(key: KeyFile) -> bytes:
    return _authentic(Path(key.path).read_bytes(), key.digest)


def _authentic(data: bytes, digest: Digest) -> bytes:
    """Return ``data``, which lay in a store since its digest was checked, if it is unchanged."""
    if sha256(data) != digest:
        raise DigestMismatch("a stored key or column is not the one that was accepted")
    return data


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
