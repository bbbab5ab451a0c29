from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from fusuma import processes
from fusuma.processes import Process, start, undisturbed, unwound_by_signals
from matcher.core.errors import RunProblem

Running = Callable[[str], Process]
FOREVER = "import time; time.sleep(600)"
STUBBORN = f"""
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready: never mind", flush=True)
{FOREVER}
"""


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """Start a program of a test's own as a party; it is killed in the end."""
    begun: list[Process] = []

    def run(program: str) -> Process:
        log = tmp_path / f"log-{len(begun)}"
        with log.open("wb") as output:
            popen = subprocess.Popen(
                [sys.executable, "-c", program], stdout=output, stderr=subprocess.STDOUT
            )
        begun.append(Process("party", popen, log))
        return begun[-1]

    yield run
    for process in begun:
        process.popen.kill()
        process.popen.wait()


def test_the_ready_line_is_waited_for_and_returned(running: Running) -> None:
    process = running(f"print('event=one\\nready: party on 7', flush=True)\n{FOREVER}")
    assert process.wait_ready() == "ready: party on 7"


def test_half_a_ready_line_is_none(running: Running) -> None:
    process = running("print('ready: party on 127.0.0.1:1', end='')")
    with pytest.raises(RunProblem, match="ended with status 0 before it was ready"):
        process.wait_ready()


def test_a_process_that_stays_silent_is_given_up(running: Running) -> None:
    with pytest.raises(RunProblem, match="the party process was not ready after 0 s"):
        running(FOREVER).wait_ready(deadline_seconds=0.1)


def test_a_command_that_fails_is_shown_with_the_end_of_its_log(tmp_path: Path) -> None:
    process = start("matcher", ["matcher", "serve", "--config", "nowhere.yaml"], tmp_path / "log")
    with pytest.raises(RunProblem, match=r"matcher process ended with status 2 .*nowhere\.yaml"):
        process.wait_ready()
    process.stop()


def test_a_process_that_does_not_end_when_asked_is_ended(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_STOP_SECONDS", 0.1)
    process = running(STUBBORN)
    process.wait_ready()
    process.stop()
    assert process.popen.returncode == -signal.SIGKILL


def told_to_end(number: signal.Signals, left: list[str]) -> None:
    with unwound_by_signals(), ExitStack() as stack:
        stack.callback(left.append, "in order")
        os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda one: one.name)
def test_a_signal_to_end_unwinds_and_leaves_things_as_they_were(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    left: list[str] = []
    with pytest.raises(SystemExit) as caught:
        told_to_end(number, left)
    assert caught.value.code == 128 + number
    assert left == ["in order"]
    assert signal.getsignal(number) is before


def started_and_told_to_end(number: signal.Signals, left: list[str]) -> None:
    with unwound_by_signals(), ExitStack() as stack:
        with undisturbed():
            os.kill(os.getpid(), number)
            left.append("started")
            stack.callback(left.append, "stopped")
        left.append("went on")


@pytest.mark.parametrize(
    ("number", "error"),
    [
        (signal.SIGTERM, SystemExit),
        (signal.SIGHUP, SystemExit),
        (signal.SIGINT, KeyboardInterrupt),
    ],
    ids=["SIGTERM", "SIGHUP", "SIGINT"],
)
def test_a_signal_between_a_start_and_what_stops_it_counts_afterwards(
    number: signal.Signals, error: type[BaseException]
) -> None:
    before = signal.getsignal(number)
    left: list[str] = []
    with pytest.raises(error):
        started_and_told_to_end(number, left)
    assert left == ["started", "stopped"]
    assert signal.getsignal(number) is before


def test_a_thread_leaves_signals_to_the_main_one() -> None:
    before = signal.getsignal(signal.SIGTERM)
    seen = []

    def within() -> None:
        with unwound_by_signals(), undisturbed():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=within)
    thread.start()
    thread.join()
    assert seen == [before]
