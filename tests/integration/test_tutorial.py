"""The integrator's tutorial, run as it stands: its files are written, its commands executed."""

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

from fusuma.exit_codes import ExitCode

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "docs" / "tutorial-integrator.md"
# The one port the tutorial uses.
PORT = "7443"

_BLOCK = re.compile(r"^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE_NAME = re.compile(r"# (?P<path>[\w./-]+)\n")
_PREAMBLE = """
set -euo pipefail
trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What happened."""

    directory: Path
    status: int
    output: str


def _blocks(kind: str) -> list[str]:
    found = [m["text"] for m in _BLOCK.finditer(TUTORIAL.read_text("utf-8")) if m["kind"] == kind]
    assert found, f"the tutorial has no {kind} block any more"
    return found


def _script(port: int) -> str:
    """Return the whole tutorial as one script, files written where they are shown."""
    parts = [_PREAMBLE]
    for match in _BLOCK.finditer(TUTORIAL.read_text("utf-8")):
        text = match["text"]
        if match["kind"] == "sh":
            parts.append(text)
        elif match["kind"] == "yaml":
            name = _FILE_NAME.match(text)
            assert name, f"a file without a name: {text[:60]!r}"
            parts.append(f"cat > {name['path']} <<'END_OF_FILE'\n{text}END_OF_FILE\n")
    return "".join(parts).replace(PORT, str(port))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    # A short path: the enclave's socket lies beneath it.
    directory = tmp_path_factory.mktemp("tut")
    command = directory / "bin" / "fusuma"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m fusuma "$@"\n')
    command.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{command.parent}:{os.environ['PATH']}",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'proto'}",
    }
    with subprocess.Popen(
        ["bash", "-c", _script(_free_port())],  # noqa: S607 - the shell the tutorial is for
        cwd=directory,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as shell:
        try:
            output, _ = shell.communicate(timeout=220)
        except subprocess.TimeoutExpired:
            os.killpg(shell.pid, signal.SIGKILL)
            output, _ = shell.communicate()
            logs = (p.read_text() for p in sorted(directory.glob("*/*/log")))
            pytest.fail("\n".join(["the tutorial hangs", output, *logs]))
    return Run(directory / "fusuma-tutorial", shell.returncode, output)


def test_every_command_of_the_tutorial_succeeds(run: Run) -> None:
    assert run.status == 0, run.output


def test_the_verdicts_are_those_shown(run: Run) -> None:
    files = ("verdicts.csv", "family-verdicts.csv")
    for file, shown in zip(files, _blocks("csv"), strict=True):
        written = (run.directory / "city" / file).read_text("utf-8")
        assert written.replace('"', "").replace("\r\n", "\n") == shown


def test_the_changed_programme_is_refused(run: Run) -> None:
    assert f"changed: no verdicts, status {ExitCode.REFUSED:d}" in run.output
    assert f"not approved: no verdicts, status {ExitCode.NO:d}" in run.output
    assert not (run.directory / "city" / "wider.csv").exists()


def test_the_processes_end_without_a_fault(run: Run) -> None:
    for party in ("matcher", "enclave", "tax", "south-tax", "welfare"):
        log = (run.directory / party / "log").read_text("utf-8")
        assert "ready: " in log
        assert "Traceback" not in log
