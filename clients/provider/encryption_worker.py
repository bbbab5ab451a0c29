"""What an encryption process does: encrypt columns under the keys it was given.

Plain columns come in and ciphertexts go out through a block of shared memory; the pipe carries
only who, where and how long. This module and everything it imports stay free of gRPC.

Rules:
 * The process holds no private key and no table; it sees one column of one chunk at a time.
 * A key that protects nothing is refused here, when the first column is to be encrypted under it.
 * It ends when its parent does, and leaves it to the parent to react to Ctrl-C.
"""

from __future__ import annotations

import resource
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, TypeAlias

import numpy as np

from clients.schemes.encryptors import Encryptor, encryptor
from matcher.core.binding import sha256
from matcher.core.errors import FusumaError
from matcher.core.identifiers import Digest
from matcher.core.parameters import PARAMETER_SETS, Parameters
from matcher.core.scheme import Scheme
from matcher.schemes.warming import warm

COLUMN_BYTES = max(parameters.slots for parameters in PARAMETER_SETS.values())
PAYLOAD_BYTES = max(parameters.ciphertext_bytes for parameters in PARAMETER_SETS.values())
SLOT_BYTES = COLUMN_BYTES + PAYLOAD_BYTES


@dataclass(frozen=True, slots=True)
class RunKey:
    """A run's public key and what it takes to use it."""

    parameters: Parameters
    nonce: bytes
    public_key: bytes


@dataclass(frozen=True, slots=True)
class TakeKey:
    """Use ``key`` for the jobs that name ``number``."""

    number: int
    key: RunKey


@dataclass(frozen=True, slots=True)
class ForgetKey:
    """No job will name ``number`` again."""

    number: int


@dataclass(frozen=True, slots=True)
class Encrypt:
    """Encrypt the first ``length`` bytes of ``slot`` under a key taken before."""

    slot: int
    key: int
    length: int


@dataclass(frozen=True, slots=True)
class Ready:
    """The process is warm."""


@dataclass(frozen=True, slots=True)
class Encrypted:
    """The payload of ``slot`` is in its place, after ``seconds`` of work."""

    slot: int
    length: int
    digest: Digest
    seconds: float


@dataclass(frozen=True, slots=True)
class Failed:
    """The column in ``slot`` cannot be encrypted."""

    slot: int
    error: FusumaError


Request: TypeAlias = TakeKey | ForgetKey | Encrypt | None
Reply: TypeAlias = Ready | Encrypted | Failed


def serve(pipe: Connection, block: Any, schemes: Sequence[Scheme]) -> None:
    """Answer requests until the pipe is closed or None arrives.

    Args:
        pipe: to the parent.
        block: shared memory; a slot is a column, then a payload.
        schemes: to be warm for; another one is loaded when a key of it arrives.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A core dump would put plain columns on disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warm(schemes)
    keys: dict[int, RunKey | Encryptor] = {}
    view = memoryview(block).cast("B")
    pipe.send(Ready())
    while True:
        # What later columns need is made while nothing is asked for.
        while not pipe.poll() and _prepare(keys):
            pass
        try:
            request: Request = pipe.recv()
        except (EOFError, ConnectionResetError):
            return
        match request:
            case TakeKey(number, key):
                keys[number] = key
            case ForgetKey(number):
                keys.pop(number, None)
            case Encrypt():
                pipe.send(_encrypt(request, keys, view))
            case None:
                return


def _prepare(keys: dict[int, RunKey | Encryptor]) -> bool:
    """Let one encryptor do a little ahead; False where none has anything to do."""
    return any(key.prepare() for key in keys.values() if not isinstance(key, RunKey))


def _encrypt(request: Encrypt, keys: dict[int, RunKey | Encryptor], view: memoryview) -> Reply:
    begun = time.perf_counter()
    start = request.slot * SLOT_BYTES
    try:
        key = keys[request.key]
        if isinstance(key, RunKey):
            key = encryptor(key.parameters, key.nonce, key.public_key)
            keys[request.key] = key
        column = np.frombuffer(view[start : start + request.length], dtype=np.uint8)
        payload = key.encrypt(column)
    except FusumaError as error:
        return Failed(request.slot, error)
    start += COLUMN_BYTES
    view[start : start + len(payload)] = payload
    digest = sha256(payload)
    return Encrypted(request.slot, len(payload), digest, time.perf_counter() - begun)
