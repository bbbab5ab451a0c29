"""``fusuma agency serve`` as a process: what it checks, how it starts and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import psutil
import pytest

from fusuma.pki import create_authority, issue_identity
from matcher.core.identifiers import AgencyId
from programmes import programme_path

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT: Mapping[str, str] = {
    **os.environ,
    "PYTHONPATH": f"{ROOT}:{ROOT / 'proto'}",
    "COLUMNS": "200",
}
GOOD = "person,bracket\nr1,3\nr2,\n"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration with an identity, a table, and a matcher that is not there."""
    now = int(time.time())
    issue_identity(create_authority(tmp_path, now), AgencyId("tax"), now)
    (tmp_path / "residents.csv").write_text(GOOD)
    path = tmp_path / "agency.yaml"
    path.write_text(
        f"""
identity: tax
matcher: 127.0.0.1:9
tables:
  - file: residents.csv
    catalogue: {programme_path("city/catalogue.yaml")}
    identifier: person
    columns: {{tax.income_bracket: bracket}}
policy: {{grants: {programme_path("city/grants.yaml")}, approve: any granted}}
"""
    )
    return path


def serve(config: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fusuma", "agency", "serve", "--config", str(config), *options],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        timeout=60,
        check=False,
    )


def test_check_says_what_would_be_served(config: Path) -> None:
    result = serve(config, "--check")
    assert result.returncode == 0, result.stderr
    assert "tax would serve residents.csv (2 rows) for city" in result.stdout


def test_a_bad_row_ends_it_with_line_and_column_and_without_the_value(config: Path) -> None:
    (config.parent / "residents.csv").write_text(GOOD + "r3,8765\n")
    result = serve(config, "--check")
    assert result.returncode == 2
    assert "residents.csv, line 4, column 'bracket'" in result.stderr
    assert "8765" not in result.stderr + result.stdout


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_ends_it_and_its_workers(
    config: Path, number: signal.Signals, status: int
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "fusuma", "agency", "serve", "--config", str(config)],
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    assert process.stderr is not None
    try:
        # No matcher is there: it says so, and keeps trying.
        line = next(line for line in process.stderr if "event=disconnected" in line)
        assert "127.0.0.1:9" in line
        workers = psutil.Process(process.pid).children(recursive=True)
        assert workers
        process.send_signal(number)
        rest = process.stderr.read()
        assert process.wait(20) == status
        assert "Traceback" not in rest
        assert not psutil.wait_procs(workers, timeout=5)[1]
    finally:
        process.kill()
        process.stderr.close()


def test_workers_end_when_the_agent_is_killed(config: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "fusuma", "agency", "serve", "--config", str(config)],
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    assert process.stderr is not None
    with process.stderr:
        next(line for line in process.stderr if "event=disconnected" in line)
        workers = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.wait(10)
        assert not psutil.wait_procs(workers, timeout=10)[1]
