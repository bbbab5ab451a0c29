import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from matcher.process.lifetime import Stop, run_until_stopped, say_ready

ROOT = Path(__file__).resolve().parents[3]


async def stopped_by(number: signal.Signals, stop: Stop, told: list[str]) -> None:
    os.kill(os.getpid(), number)
    # A second signal while cleaning up changes nothing.
    told.append((await stop).name)
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.sleep(0)


def test_sigterm_ends_cleanly() -> None:
    told: list[str] = []
    run_until_stopped(lambda stop: stopped_by(signal.SIGTERM, stop, told))
    assert told == ["SIGTERM"]


def test_ctrl_c_ends_cleanly_with_a_status_of_its_own() -> None:
    told: list[str] = []
    with pytest.raises(typer.Exit) as caught:
        run_until_stopped(lambda stop: stopped_by(signal.SIGINT, stop, told))
    assert caught.value.exit_code == 128 + signal.SIGINT
    assert told == ["SIGINT"]


def test_what_ends_by_itself_is_no_signal() -> None:
    async def broken(stop: Stop) -> None:
        assert not stop.done()
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        run_until_stopped(broken)


PREPARED = """
import logging
import resource

from matcher.process.lifetime import prepare_to_serve

prepare_to_serve()
limit = resource.getrlimit(resource.RLIMIT_CORE)
logging.getLogger("matcher.test").info("event=asked limit=%s", limit)
"""


def test_a_prepared_process_logs_to_stderr_and_never_dumps_core() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PREPARED],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == ""
    assert done.stderr.startswith("time=")
    assert done.stderr.endswith("level=INFO logger=matcher.test event=asked limit=(0, 0)\n")


QUOTING = r"""
import logging

from matcher.process.lifetime import prepare_to_serve

prepare_to_serve()
log = logging.getLogger("matcher.test")
log.warning("event=refused error=%s", "line 1\nlevel=INFO event=answered\x1b[2K\u2028")
try:
    raise ValueError("inside")
except ValueError:
    log.exception("event=unexpected")
"""


def test_what_a_peer_wrote_begins_no_line_of_the_log() -> None:
    done = subprocess.run(
        [sys.executable, "-c", QUOTING],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    refused, unexpected, *trace = done.stderr.split("\n")
    assert refused.endswith(r"error=line 1\nlevel=INFO event=answered\x1b[2K\u2028")
    assert unexpected.endswith("event=unexpected")
    assert trace[0].startswith("Traceback")
    assert trace[-2] == "ValueError: inside"


def test_ready_is_one_line_on_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    say_ready("matcher on 127.0.0.1:7443")
    assert capfd.readouterr() == ("", "ready: matcher on 127.0.0.1:7443\n")
