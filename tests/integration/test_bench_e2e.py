"""The benchmark runs for real on a small cohort and reports every figure; no time is judged."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_small_benchmark_reports_every_figure(tmp_path: Path) -> None:
    report = tmp_path / "bench.json"
    finished = subprocess.run(
        [
            *(sys.executable, "-m", "fusuma", "bench", "e2e"),
            *("--subjects", "9000", "--repeats", "1", "--singles", "3"),
            *("--report", str(report)),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    found = json.loads(report.read_text())
    assert found["subjects"] == 9000
    assert found["chunks"] == 2
    assert found["encrypted_columns"] == 2
    assert found["attribute_columns"]["encrypted_columns"] == 15
    for figures in (found, found["attribute_columns"]):
        assert figures["subjects_per_second"] > 0
        assert figures["kernel_ratio"] > 0
        assert figures["matcher_peak_rss_mib"] > 0
        # Two chunks of 8192 slots for 9000 subjects: 26 bytes a slot, and little else.
        payload = 2 * 8192 * 26 / 9000
        assert payload <= figures["bytes_per_subject_per_column"] < payload + 0.1
    assert 0 < found["single_subject_ms"]["p50"] <= found["single_subject_ms"]["p99"]
    assert found["cpu"]
    assert found["versions"]["seal-python"]


def test_nothing_is_left_of_a_benchmark_that_is_ended_while_it_prepares(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "fusuma", "bench", "e2e"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": f"{ROOT}:{ROOT / 'proto'}"},
    ) as process:
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob("fusuma-bench-*")) and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 143, errors
    assert "Traceback" not in errors
    assert output == ""
    assert not list(tmp_path.iterdir())
