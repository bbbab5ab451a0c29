"""Measures a peer: gives its program the task, and checks what comes back.

Rules:
 * A peer that is not installed, crashes, hangs or talks nonsense is skipped with the reason; the
   benchmark goes on.
 * A peer that answers and is wrong about anybody is an error: its figures would mean nothing.
 * The program runs in its own environment alone: nothing of this process's Python reaches it.
 * However the measuring ends, the program and what it started end with it.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from bench.json_values import from_json
from bench.peers.catalogue import PROGRAMS, Peer, peer_named
from bench.peers.environments import absence_of, interpreter_of
from bench.peers.question import check_verdicts
from bench.results import PeerMeasurement, PeerSkipped
from bench.spread import Spread
from matcher.core.errors import InvalidFile

REPEATS = 3
LONGEST_SECONDS = 180.0
_DRIVER = PROGRAMS / "answering.py"
_LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Report:
    """What a program wrote; its fields are explained in ``programs/answering.py``."""

    setup_seconds: float
    seconds: tuple[float, ...]
    cpu_seconds: tuple[float, ...]
    subjects: int
    verdicts: tuple[str, ...]
    versions: Mapping[str, str]


class _Unusable(Exception):
    """Why there is no report; never leaves this module."""


async def measure_peer(
    name: str, seed: int, *, repeats: int = REPEATS, longest_seconds: float = LONGEST_SECONDS
) -> PeerMeasurement | PeerSkipped:
    """Measure the peer called ``name``, or say why not.

    Args:
        name: one of ``catalogue.PEERS``.
        seed: of the people it is asked about.
        repeats: counted repetitions after one that warms up.
        longest_seconds: after which it is given up.

    Raises:
        InvalidConfiguration: there is no such peer.
        RunFailed: a verdict differs from the plaintext reference.
    """
    peer = peer_named(name)
    absence = absence_of(peer.environment)
    if absence is not None:
        return PeerSkipped(peer.name, peer.title, absence)
    task = peer.task_of(peer.subjects, seed)
    asked = {"repeats": repeats, "task": {**task.content, **peer.options}}
    try:
        written = await _written(peer, json.dumps(asked).encode(), longest_seconds)
        report = _report(written, peer, repeats)
    except _Unusable as problem:
        return PeerSkipped(peer.name, peer.title, str(problem))
    check_verdicts(task, report.verdicts, peer.name)
    return PeerMeasurement(
        peer=peer.name,
        title=peer.title,
        subjects=report.subjects,
        seconds=Spread.of(report.seconds),
        cpu_seconds=Spread.of(report.cpu_seconds),
        versions=report.versions,
        note=f"{peer.note} Set-up took {report.setup_seconds:.1f} s and does not count.",
    )


async def _written(peer: Peer, asked: bytes, longest_seconds: float) -> bytes:
    """Return what the program of ``peer`` wrote to standard output."""
    try:
        process = await _started(peer)
    except OSError as error:
        raise _Unusable(f"its program does not start ({error.strerror})") from None
    try:
        async with asyncio.timeout(longest_seconds):
            written, complaints = await process.communicate(asked)
    except TimeoutError:
        raise _Unusable(f"it had not answered after {longest_seconds:g} seconds") from None
    finally:
        await _ended(process)
    if process.returncode:
        raise _Unusable(f"its program ended with status {process.returncode}{_last(complaints)}")
    return written


async def _started(peer: Peer) -> asyncio.subprocess.Process:
    # -E and -s: neither variables nor packages of whoever runs this reach the environment.
    arguments: Sequence[str] = ("-E", "-s", "-B", str(_DRIVER), peer.program)
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            str(interpreter_of(peer.environment)),
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            # A group of its own, to be ended as a whole.
            start_new_session=True,
        )
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        # It runs before anybody has heard of it: it must not stay behind.
        with suppress(OSError):
            await _ended(await starting)
        raise


async def _ended(process: asyncio.subprocess.Process) -> None:
    """End the group of ``process`` if it runs still."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _report(written: bytes, peer: Peer, repeats: int) -> Report:
    try:
        report = from_json(Report, json.loads(written), "report")
    except (ValueError, RecursionError):
        raise _Unusable("its program wrote something that is not JSON") from None
    except InvalidFile as error:
        raise _Unusable(f"its program wrote another report than agreed: {error}") from None
    counts = (len(report.seconds), len(report.cpu_seconds), len(report.verdicts) - 1)
    if counts != (repeats, repeats, repeats) or report.subjects != peer.subjects:
        raise _Unusable("its program reported other repetitions or subjects than it was asked for")
    if min(report.seconds) <= 0 or min(report.cpu_seconds) < 0:
        raise _Unusable("its program reported times that cannot be")
    return report


def _last(complaints: bytes) -> str:
    lines = complaints.decode("utf-8", errors="replace").strip().splitlines()
    return f": {lines[-1][:_LONGEST_REASON]}" if lines else ""
