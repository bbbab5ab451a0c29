"""The demo, told to end in the middle: its processes and its directory go with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTIES = {"matcher", "enclave", "agency"}


@pytest.fixture
def place() -> Iterator[Path]:
    # Not pytest's own directory: the path of a Unix socket has to be short.
    with tempfile.TemporaryDirectory(prefix="ended-") as directory:
        yield Path(directory)


def parties_of(demo: psutil.Process) -> dict[str, psutil.Process]:
    """The running parties by noun."""
    found = {}
    for child in demo.children():
        command = child.cmdline()
        if "fusuma" in command:
            found[command[command.index("fusuma") + 1]] = child
    return found


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=["Ctrl-C", "told to end", "terminal closed"],
)
def test_nothing_is_left_of_a_demo_that_is_ended(
    place: Path, number: signal.Signals, status: int
) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "fusuma", "demo", "--residents", "100000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(place), "PYTHONPATH": f"{ROOT}:{ROOT / 'proto'}"},
    ) as process:
        demo = psutil.Process(process.pid)
        deadline = time.monotonic() + 60
        while set(parties := parties_of(demo)) != PARTIES and time.monotonic() < deadline:
            time.sleep(0.02)
        assert set(parties) == PARTIES
        everybody = demo.children(recursive=True)
        process.send_signal(number)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == status, errors
    assert "Traceback" not in errors
    assert output == ""
    assert not psutil.wait_procs(everybody, timeout=10)[1]
    assert not list(place.iterdir())
