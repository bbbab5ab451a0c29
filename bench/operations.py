"""What each operation of each scheme costs on this machine, parameter set by parameter set.

Rules:
 * What is timed is the code that runs: keys and encryption of the clients' schemes, the blind
   evaluators, decryption. Only ``add`` and ``multiply`` are the libraries' own, because nothing of
   ours does them alone (``library_operations``).
 * ``evaluate`` is a whole output of one chunk: two columns are unpacked, added, masked, blinded and
   packed. ``encrypt`` is one chunk of one column.
 * Processor time of this process. A call that is too short for the clock is repeated and averaged;
   the first call of everything warms up and does not count.
 * A Paillier slot costs the same wherever it stands, so that a chunk of a few of them is timed.
   ``randomness`` is what an agency computes for one slot before it knows what to encrypt.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from bench.library_operations import Call, PublicSide, library_operations
from bench.results import Operation
from bench.spread import Spread
from clients.schemes.encryptors import Encryptor, encryptor
from clients.schemes.secret_keys import SecretKey, generate_secret_key
from fusuma.findings import Announce
from matcher.core.circuit import Miss, Product, Sum
from matcher.core.paillier_parameters import PaillierParameters
from matcher.core.parameter_choice import carries
from matcher.core.parameters import PARAMETER_SETS, Parameters
from matcher.schemes.blind import BlindEvaluator, blind_evaluator
from matcher.schemes.installed import installed

REPEATS = 7
_CONJUNCTION = Sum((Miss(0), Miss(1)))
_ALTERNATIVES = Product((Miss(0), Miss(1)))
_PAILLIER_SLOTS = 4
_LEAST_SECONDS = 0.002
_MOST_CALLS = 100
_NONCE_BYTES = 32
_SEED = 1947


@dataclass(frozen=True, slots=True)
class _Timed:
    """A call, how many slots it treats, and what has to be done before each, untimed."""

    call: Call
    slots: int
    before: Call | None = None


@dataclass(frozen=True, slots=True)
class _Run:
    """Both sides of a run under one parameter set."""

    parameters: Parameters
    nonce: bytes
    secret: SecretKey
    evaluation_key: bytes | None
    encryptor: Encryptor
    evaluator: BlindEvaluator
    columns: tuple[bytes, bytes]


def measure_operations(
    announce: Announce, repeats: int = REPEATS, sets: Sequence[Parameters] | None = None
) -> tuple[Operation, ...]:
    """Time the operations of every scheme that is installed, set by set.

    Args:
        announce: says which set is being timed.
        repeats: counted ones, at least 1.
        sets: all sets without them.
    """
    found: list[Operation] = []
    usable = installed()
    for parameters in PARAMETER_SETS.values() if sets is None else sets:
        if parameters.scheme not in usable:
            announce(f"{parameters.name}: not installed")
            continue
        announce(f"operations under {parameters.name}")
        found += _of_set(_small(parameters), repeats)
    return tuple(found)


def _of_set(parameters: Parameters, repeats: int) -> Iterator[Operation]:
    for name, timed in _timed(_run(parameters)).items():
        seconds = _seconds(timed, repeats)
        yield Operation(
            parameters.scheme.value, parameters.name, name, timed.slots, Spread.of(seconds)
        )


def _small(parameters: Parameters) -> Parameters:
    if isinstance(parameters, PaillierParameters):
        return replace(parameters, slots=_PAILLIER_SLOTS)
    return parameters


def _run(parameters: Parameters) -> _Run:
    nonce = os.urandom(_NONCE_BYTES)
    secret = generate_secret_key(parameters, nonce)
    public = secret.public_key()
    # Where a set carries no product, nobody makes a key for one.
    key = secret.evaluation_key() if carries(parameters, _ALTERNATIVES) else None
    encrypting = encryptor(parameters, nonce, public)
    random = np.random.default_rng(_SEED)
    first, second = random.integers(0, 2, (2, parameters.slots)).astype(np.uint8)
    return _Run(
        parameters,
        nonce,
        secret,
        key,
        encrypting,
        blind_evaluator(parameters, nonce, public, key),
        (encrypting.encrypt(first), encrypting.encrypt(second)),
    )


def _timed(run: _Run) -> Mapping[str, _Timed]:
    """Return every operation of a run by name, in the order in which a run does them."""
    parameters, slots = run.parameters, run.parameters.slots
    values = np.arange(slots, dtype=np.uint8) % 2
    columns = dict(enumerate(run.columns))
    output = run.evaluator.evaluate(_CONJUNCTION, columns)
    public = PublicSide(
        parameters, run.nonce, run.secret.public_key(), run.evaluation_key, run.columns
    )

    def keys() -> object:
        return generate_secret_key(parameters, run.nonce).public_key()

    def stock() -> object:
        return all(run.encryptor.prepare() for _ in range(slots))

    timed = {"keys": _Timed(keys, slots)}
    if run.evaluation_key is not None:
        timed["evaluation_key"] = _Timed(run.secret.evaluation_key, slots)
    ahead = run.encryptor.prepare()
    if ahead:
        # What was made ahead is used up first, or there would be no room for more.
        used = partial(run.encryptor.encrypt, values)
        timed["randomness"] = _Timed(run.encryptor.prepare, 1, used)
    timed["encrypt"] = _Timed(
        lambda: run.encryptor.encrypt(values), slots, stock if ahead else None
    )
    timed |= {name: _Timed(call, slots) for name, call in library_operations(public).items()}
    timed["evaluate"] = _Timed(lambda: run.evaluator.evaluate(_CONJUNCTION, columns), slots)
    timed["decrypt"] = _Timed(lambda: run.secret.decrypt(output), slots)
    return timed


def _seconds(timed: _Timed, repeats: int) -> list[float]:
    """Return the processor seconds of one call, as often as asked for."""
    warm = _once(timed, 1)
    # What needs something done before every call is not called twice in a row.
    calls = 1 if timed.before else min(max(math.ceil(_LEAST_SECONDS / warm), 1), _MOST_CALLS)
    return [_once(timed, calls) for _ in range(repeats)]


def _once(timed: _Timed, calls: int) -> float:
    if timed.before is not None:
        timed.before()
    begun = time.process_time()
    for _ in range(calls):
        timed.call()
    return (time.process_time() - begun) / calls
