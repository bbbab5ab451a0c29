"""A tutorial as one script: its files are written, its commands executed, as they stand."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# The one port the tutorials use.
PORT = "7443"

_BLOCK = re.compile(r"^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE_NAME = re.compile(r"# (?P<path>[\w./-]+)\n")
_PREAMBLE = """
set -euo pipefail
trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What happened.

    Attributes:
        directory: the one the tutorial works in.
        status: of the script.
        output: of all its commands.
    """

    directory: Path
    status: int
    output: str

    def log(self, party: str) -> str:
        """Return what a long-lived process of the tutorial wrote."""
        return (self.directory / party / "log").read_text("utf-8")

    def csv(self, name: str) -> str:
        """Return a file of verdicts as the tutorial shows it."""
        return (self.directory / name).read_text("utf-8").replace('"', "").replace("\r\n", "\n")


def blocks(tutorial: Path, kind: str) -> list[str]:
    """Return the blocks of one kind that ``tutorial`` shows."""
    found = [m["text"] for m in _BLOCK.finditer(tutorial.read_text("utf-8")) if m["kind"] == kind]
    assert found, f"{tutorial.name} has no {kind} block any more"
    return found


def run_tutorial(tutorial: Path, home: Path, works_in: str, seconds: float) -> Run:
    """Run ``tutorial`` from ``home``, an empty directory with a short path.

    Args:
        tutorial: a page of docs/.
        home: where a newcomer begins.
        works_in: the directory the tutorial makes.
        seconds: after which it counts as hanging.
    """
    command = home / "bin" / "fusuma"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m fusuma "$@"\n')
    command.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{command.parent}:{os.environ['PATH']}",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'proto'}",
    }
    with subprocess.Popen(
        ["bash", "-c", _script(tutorial)],  # noqa: S607 - the shell the tutorial is for
        cwd=home,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as shell:
        try:
            output, _ = shell.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(shell.pid, signal.SIGKILL)
            output, _ = shell.communicate()
            logs = (path.read_text() for path in sorted(home.glob("*/*/log")))
            pytest.fail("\n".join(["the tutorial hangs", output, *logs]))
    return Run(home / works_in, shell.returncode, output)


def _script(tutorial: Path) -> str:
    parts = [_PREAMBLE]
    for match in _BLOCK.finditer(tutorial.read_text("utf-8")):
        text = match["text"]
        if match["kind"] == "sh":
            parts.append(text)
        elif match["kind"] == "yaml":
            name = _FILE_NAME.match(text)
            assert name, f"a file without a name: {text[:60]!r}"
            parts.append(f"cat > {name['path']} <<'END_OF_FILE'\n{text}END_OF_FILE\n")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return "".join(parts).replace(PORT, str(probe.getsockname()[1]))
