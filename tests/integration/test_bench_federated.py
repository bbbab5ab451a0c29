"""A tiny benchmark for real: interrupted, gone on with, and every figure looked at once."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.results import Measurement, Phase, Results
from bench.results_file import read_results
from matcher.core.bgv_parameters import BGV_SETS
from matcher.core.scheme import Scheme

ROOT = Path(__file__).resolve().parents[2]
SET = """
benchmark: tiny
seed: 7
price: {amount: 0.05, currency: USD}
defaults: {repeats: 2}
scenarios:
  - {series: refused, scheme: paillier, predicate: any, subjects: 5}
  - {series: subjects, scheme: bgv, subjects: 9000}
  - {series: subjects, scheme: enclave, subjects: 300}
  - {series: subjects, scheme: clear, columns: value, subjects: 300}
peers: [concrete]
"""
SUBJECTS = 9000


def started(folder: Path) -> subprocess.Popen[str]:
    command = ("bench", "run", "--scenarios", "tiny.yaml", "--output", "report")
    return subprocess.Popen(
        [sys.executable, "-m", "fusuma", *command],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "TMPDIR": str(folder / "tmp"),
            "FUSUMA_PEERS": str(folder / "none"),
            "PYTHONPATH": f"{ROOT}:{ROOT / 'proto'}",
        },
    )


def interrupted(folder: Path) -> tuple[int, str]:
    """Press Ctrl-C once the first step is kept, while the parties start."""
    journal = folder / "report" / "journal.jsonl"
    with started(folder) as process:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            if journal.exists() and journal.read_bytes().count(b"\n") == 2:
                break
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    return process.returncode, errors


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("bench")
    (place / "tiny.yaml").write_text(SET)
    (place / "tmp").mkdir()
    return place


@pytest.fixture(scope="module")
def results(folder: Path) -> Results:
    status, errors = interrupted(folder)
    assert status == 130, errors
    assert "1 step of tiny kept" in errors
    assert "Traceback" not in errors
    assert not (folder / "report" / "results.json").exists()
    assert not list((folder / "tmp").iterdir())
    with started(folder) as process:
        output, errors = process.communicate(timeout=200)
    assert process.returncode == 0, errors
    assert "going on in report: 1 step measured already" in errors
    assert "2 of 5  subjects/bgv: warming up" in errors
    assert "scenarios measured: 3, not measured: 1," in output
    return read_results(folder / "report" / "results.json")


def measured(results: Results, scheme: Scheme) -> Measurement:
    (found,) = (one for one in results.measurements if one.scenario.scheme is scheme)
    return found


def test_every_verdict_is_right_and_everything_asked_for_is_there(results: Results) -> None:
    assert [one.scenario.name for one in results.measurements] == [
        "subjects/bgv",
        "subjects/enclave",
        "subjects/clear",
    ]
    assert [one.scenario.name for one in results.not_measured] == ["refused/paillier"]
    assert [one.peer for one in results.peers] == ["concrete"]
    assert all(one.mismatches == 0 for one in results.measurements)
    for one in results.measurements:
        assert all(len(spread.values) == 2 for spread in one.seconds.values())
        assert one.seconds[Phase.END_TO_END].low > 0


def test_an_encrypted_run_is_accounted_for(results: Results) -> None:
    found = measured(results, Scheme.BGV)
    chosen = BGV_SETS[found.parameters]
    assert (found.columns, found.outputs, found.chunks) == (2, 1, 2)
    assert found.seconds.keys() == set(Phase)
    end = found.seconds[Phase.END_TO_END].high
    assert all(0 < found.seconds[phase].low < 4 * end for phase in Phase)
    assert found.cpu_seconds.keys() == {"matcher", "tax", "welfare", "requester"}
    assert found.cpu_total > 0
    assert all(20 < mib < 4096 for mib in found.peak_mib.values())
    payload = 2 * 2 * chosen.ciphertext_bytes
    assert payload < found.bytes_up < payload * 1.01
    assert found.bytes_down == 2 * chosen.output_bytes
    # A code of 16 bytes for everybody, to two agencies, and a key.
    assert found.bytes_asked > SUBJECTS * 16 * 2 + chosen.public_key_bytes
    assert found.hiding_bits is not None
    assert found.hiding_bits >= 20
    assert found.spare_bits is not None
    assert found.spare_bits > 0


def test_a_sealed_run_is_accounted_for(results: Results) -> None:
    found = measured(results, Scheme.ENCLAVE)
    assert found.cpu_seconds.keys() == {"enclave", "matcher", "tax", "welfare", "requester"}
    assert (found.parameters, found.hiding_bits, found.spare_bits) == ("", None, None)
    assert found.bytes_up < measured(results, Scheme.BGV).bytes_up / 4


def test_the_table_has_a_row_for_everything(results: Results, folder: Path) -> None:
    with (folder / "report" / "results.csv").open(encoding="utf-8", newline="") as file:
        names = [row["name"] for row in csv.DictReader(file)]
    assert len(names) == len(results.measurements) + len(results.not_measured) + len(results.peers)
    assert "tiny" in (folder / "report" / "report.html").read_text(encoding="utf-8")


def test_nothing_is_left_but_the_results(results: Results, folder: Path) -> None:
    assert results.scenario_set == "tiny"
    assert not list((folder / "tmp").iterdir())
    assert sorted(path.name for path in (folder / "report").iterdir()) == [
        "report.html",
        "results.csv",
        "results.json",
    ]
