from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from bench.processes import Usage, cpu_between, cpu_model, forget_peaks, usage_of

# Holds 64 MiB, and tells when it does.
CHILD = "held = bytearray(64 << 20); print('held', flush=True); input()"
PARENT = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {CHILD!r}], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, text=True)
child.stdout.readline()
print("held", flush=True)
input()
child.communicate("\\n")
"""


@pytest.fixture
def party() -> Iterator[int]:
    """The process id of a party whose worker holds 64 MiB."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process.pid
        process.communicate("\n")


def test_a_party_is_its_process_and_all_its_workers(party: int) -> None:
    usage = usage_of({"matcher": party})["matcher"]
    assert usage.cpu_seconds > 0
    assert 64 < usage.peak_rss_mib < 512


def test_the_caller_is_a_party_without_the_others(party: int) -> None:
    before = usage_of({"city": os.getpid()})["city"]
    with_child = usage_of({"city": os.getpid(), "matcher": party})
    assert with_child["matcher"].peak_rss_mib > 64
    assert with_child["city"].peak_rss_mib < before.peak_rss_mib + 32


def test_cpu_time_is_counted_finely() -> None:
    own = {"city": os.getpid()}
    first, begun = usage_of(own)["city"].cpu_seconds, time.process_time()
    assert first == pytest.approx(begun, abs=0.5)
    sum(range(50_000))
    spent = usage_of(own)["city"].cpu_seconds - first
    assert 0 < spent <= time.process_time() - begun + 0.01


def test_the_peak_of_what_came_before_can_be_forgotten() -> None:
    own = {"city": os.getpid()}
    held = bytearray(os.urandom(1 << 20) * 96)
    before = usage_of(own)["city"].peak_rss_mib
    del held
    forget_peaks(own.values())
    assert usage_of(own)["city"].peak_rss_mib < before - 64


def test_cpu_time_is_that_between_two_readings() -> None:
    before = {"matcher": Usage(1.5, 10.0), "city": Usage(2.0, 10.0)}
    after = {"matcher": Usage(2.0, 12.0), "city": Usage(5.0, 10.0)}
    assert cpu_between(before, after) == {"matcher": 0.5, "city": 3.0}


def test_the_processor_is_named_with_the_cores_that_may_be_used() -> None:
    name, _, cores = cpu_model().rpartition(", ")
    assert name
    assert cores == f"{len(os.sched_getaffinity(0))} cores"
