"""Measuring peers: whatever a program does, it is measured, skipped with a reason, or wrong.

The programs here are what an environment has for a Python: shell scripts that misbehave, or this
Python itself.
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from bench.peers.catalogue import PEERS, PROGRAMS
from bench.peers.environments import _wanted
from bench.peers.running import measure_peer
from bench.results import PeerMeasurement, PeerSkipped
from matcher.core.errors import InvalidConfiguration, RunFailed

PEER = PEERS["concrete"]
SEED = 1947


@pytest.fixture
def peers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FUSUMA_PEERS", str(tmp_path))
    return tmp_path


def installed(peers: Path, environment: str, script: str) -> None:
    """Make an environment whose Python is a shell script."""
    place = peers / environment
    (place / "bin").mkdir(parents=True)
    python = place / "bin" / "python"
    python.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    python.chmod(0o755)
    (place / "built-from.sha256").write_text(_wanted(environment), encoding="ascii")


def report(peers: Path, **changes: object) -> str:
    """Return a script that reports the right verdicts of two repetitions, but for ``changes``."""
    right = "".join("1" if one else "0" for one in PEER.task_of(PEER.subjects, SEED).expected)
    written: dict[str, object] = {
        "setup_seconds": 1.25,
        "seconds": [2.0, 4.0],
        "cpu_seconds": [1.0, 3.0],
        "subjects": PEER.subjects,
        "verdicts": [right] * 3,
        "versions": {"concrete-python": "2.11.0"},
    }
    (peers / "report.json").write_text(json.dumps(written | changes), encoding="utf-8")
    return f"cat > {peers}/asked.json; cat {peers}/report.json"


def measured(longest_seconds: float = 60.0) -> PeerMeasurement | PeerSkipped:
    return asyncio.run(measure_peer(PEER.name, SEED, repeats=2, longest_seconds=longest_seconds))


def reason(longest_seconds: float = 60.0) -> str:
    found = measured(longest_seconds)
    assert isinstance(found, PeerSkipped)
    assert (found.peer, found.title) == (PEER.name, PEER.title)
    return found.reason


def test_a_peer_that_answers_is_measured(peers: Path) -> None:
    installed(peers, "concrete", report(peers))
    found = measured()
    assert isinstance(found, PeerMeasurement)
    assert (found.seconds.values, found.cpu_seconds.values) == ((2.0, 4.0), (1.0, 3.0))
    assert found.subjects_per_second == pytest.approx(PEER.subjects / 3)
    assert found.versions == {"concrete-python": "2.11.0"}
    assert found.note.startswith(PEER.note)
    assert "1.2 s" in found.note
    asked = json.loads((peers / "asked.json").read_text(encoding="utf-8"))
    assert asked == {"repeats": 2, "task": PEER.task_of(PEER.subjects, SEED).content}


def test_an_absent_peer_is_skipped_with_what_to_do(peers: Path) -> None:
    assert peers.is_dir()
    assert "make bench-peers" in reason()


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo before >&2; echo the last words >&2; exit 3", "status 3: the last words"),
        ("kill -9 $$", "status -9"),
        ("cat > /dev/null; echo hello", "not JSON"),
        ("cat > /dev/null", "not JSON"),
        ("cat > /dev/null; echo '{}'", "another report than agreed"),
        # Ends without having read what it is asked.
        ("echo '[]'", "another report than agreed"),
    ],
)
def test_a_program_that_misbehaves_is_skipped(peers: Path, script: str, said: str) -> None:
    installed(peers, "concrete", script)
    assert said in reason()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"seconds": [1.0]}, "other repetitions"),
        ({"cpu_seconds": [1.0, 1.0, 1.0]}, "other repetitions"),
        ({"verdicts": ["0"]}, "other repetitions"),
        ({"subjects": 3}, "other repetitions or subjects"),
        ({"seconds": [0.0, 1.0]}, "times that cannot be"),
        ({"cpu_seconds": [-1.0, 1.0]}, "times that cannot be"),
        ({"seconds": ["1", "2"]}, "another report than agreed"),
        ({"more": 1}, "another report than agreed"),
    ],
)
def test_a_report_that_does_not_fit_is_skipped(
    peers: Path, changes: dict[str, object], said: str
) -> None:
    installed(peers, "concrete", report(peers, **changes))
    assert said in reason()


def test_an_environment_without_a_usable_python_is_skipped(peers: Path) -> None:
    installed(peers, "concrete", "exit 0")
    (peers / "concrete" / "bin" / "python").chmod(0o644)
    assert "does not start" in reason()


# Says who it and its child are to whoever opens the pipe, and stays.
HANGING = "sleep 600 & echo $! $$ > {pipe}; wait"


async def hanging(peers: Path, measuring: asyncio.Task[PeerMeasurement | PeerSkipped]) -> list[int]:
    """Return the process ids of a program that hangs, once it does."""
    told = await asyncio.to_thread((peers / "pids").read_text, "utf-8")
    assert not measuring.done()
    return [int(pid) for pid in told.split()]


@pytest.mark.parametrize("cancelled", [False, True], ids=["given up", "cancelled"])
def test_a_program_that_hangs_is_ended_with_all_it_started(peers: Path, cancelled: bool) -> None:  # noqa: FBT001
    os.mkfifo(peers / "pids")
    installed(peers, "concrete", HANGING.format(pipe=peers / "pids"))

    async def play() -> list[int]:
        patience = 600.0 if cancelled else 3.0
        measuring = asyncio.create_task(measure_peer(PEER.name, SEED, longest_seconds=patience))
        pids = await hanging(peers, measuring)
        if cancelled:
            measuring.cancel()
            with pytest.raises(asyncio.CancelledError):
                await measuring
        else:
            found = await measuring
            assert isinstance(found, PeerSkipped)
            assert "had not answered after 3 seconds" in found.reason
        return pids

    for pid in asyncio.run(asyncio.wait_for(play(), 60)):
        assert ends(pid)


def test_a_program_that_has_only_just_started_is_ended_too(peers: Path) -> None:
    os.mkfifo(peers / "pids")
    installed(peers, "concrete", HANGING.format(pipe=peers / "pids"))

    async def play() -> list[int]:
        measuring = asyncio.create_task(measure_peer(PEER.name, SEED))
        # Once for the measurement to begin, once for the program to start.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        # Read where nothing else can run: whoever started the program has not heard of it yet.
        pids = (peers / "pids").read_text("utf-8").split()
        measuring.cancel()
        with pytest.raises(asyncio.CancelledError):
            await measuring
        return [int(pid) for pid in pids]

    for pid in asyncio.run(asyncio.wait_for(play(), 60)):
        assert ends(pid)


def ends(pid: int) -> bool:
    """Whether ``pid`` has ended or does so soon; whoever adopted it may not have noticed yet."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], 10)[0])
    finally:
        os.close(descriptor)


def test_a_wrong_verdict_is_an_error(peers: Path) -> None:
    installed(peers, "concrete", report(peers, verdicts=["1" * PEER.subjects] * 3))
    with pytest.raises(RunFailed, match="peer concrete"):
        measured()


def test_an_unknown_peer_is_refused() -> None:
    with pytest.raises(InvalidConfiguration, match="no peer"):
        asyncio.run(measure_peer("nobody", SEED))


def test_tenseal_decides_as_the_reference_does(peers: Path) -> None:
    # This Python has the library too; only its version may differ from the peers' own.
    installed(peers, "tenseal", f'exec {sys.executable} "$@"')
    found = asyncio.run(measure_peer("tenseal-tutorial", SEED, repeats=1))
    assert isinstance(found, PeerMeasurement)
    assert found.subjects == PEERS["tenseal-tutorial"].subjects
    assert found.versions.keys() == {"tenseal", "numpy"}


@pytest.mark.parametrize("program", ["tenseal_decisions", "tenseal_attributes"])
def test_a_program_decides_every_boundary(program: str) -> None:
    cases = [(3, 2), (4, 2), (3, 3), (0, 1), (3, 0)]
    task = {
        "brackets": [bracket for bracket, _ in cases],
        "grades": [grade for _, grade in cases],
        "context": "kept",
    }
    said = subprocess.run(
        [sys.executable, "-E", "-s", str(PROGRAMS / "answering.py"), program],
        input=json.dumps({"repeats": 1, "task": task}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(said.stdout)["verdicts"] == ["10010", "10010"]


def test_what_a_library_prints_does_not_spoil_the_report(tmp_path: Path) -> None:
    (tmp_path / "answering.py").write_bytes((PROGRAMS / "answering.py").read_bytes())
    (tmp_path / "talkative.py").write_text(
        "import os\nPACKAGES = ()\nprint('loaded')\n"
        "def prepare(task):\n    os.write(1, b'below Python')\n    return lambda: [True, False]\n",
        encoding="utf-8",
    )
    said = subprocess.run(
        [sys.executable, str(tmp_path / "answering.py"), "talkative"],
        input='{"repeats": 2, "task": {}}',
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    written = json.loads(said.stdout)
    assert written["verdicts"] == ["10", "10", "10"]
    assert (len(written["seconds"]), len(written["cpu_seconds"])) == (2, 2)
    assert "loaded" in said.stderr
    assert "below Python" in said.stderr
