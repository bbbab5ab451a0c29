"""CPU time and peak memory of the parties of a federation, from the operating system's accounts.

Rules:
 * CPU time is user plus system time of a party's process and all its children, in the kernel's own
   nanoseconds: hundredths, as process tables have them, are too coarse for short runs.
 * Peak memory is the high-water mark of the resident set, added over the party's processes; it is
   an upper bound, because shared pages count once for every process. It counts from when a process
   began, or from when marks were last set back, where the system allows that.
 * The calling process is a party without its children, which are the other parties.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

# proc_pid_clear_refs(5): "reset the peak resident set size".
_FORGET_PEAK = "5"
# clock_getcpuclockid(3), which Python lacks: the number of a process's clock is made of its id.
_CLOCK_SHIFT, _CLOCK_OF_SCHEDULER = 3, 2


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds so far and peak resident memory in MiB of one party."""

    cpu_seconds: float
    peak_rss_mib: float


def usage_of(pids: Mapping[str, int]) -> dict[str, Usage]:
    """Return the usage of every party, by name."""
    return {party: _usage(pid) for party, pid in pids.items()}


def cpu_between(before: Mapping[str, Usage], after: Mapping[str, Usage]) -> dict[str, float]:
    """Return the CPU seconds every party used between two readings."""
    return {party: after[party].cpu_seconds - before[party].cpu_seconds for party in after}


def forget_peaks(pids: Iterable[int]) -> None:
    """Set the high-water marks of memory of these parties back to what they hold now."""
    for pid in pids:
        for process in _tree(pid):
            # Not every system lets a process do this, and a worker may have ended meanwhile.
            with suppress(OSError):
                Path(f"/proc/{process.pid}/clear_refs").write_text(_FORGET_PEAK, encoding="ascii")


def cpu_model() -> str:
    """Return the processor's name and how many of its cores this process may use."""
    cores = len(os.sched_getaffinity(0))
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return f"{line.partition(':')[2].strip()}, {cores} cores"
    return f"unknown, {cores} cores"


def _usage(pid: int) -> Usage:
    tree = _tree(pid)
    cpu = sum(_cpu_seconds(process.pid) for process in tree)
    return Usage(cpu, sum(_peak_rss_mib(process.pid) for process in tree))


def _tree(pid: int) -> list[psutil.Process]:
    root = psutil.Process(pid)
    return [root] if pid == os.getpid() else [root, *root.children(recursive=True)]


def _cpu_seconds(pid: int) -> float:
    """Return the CPU time of one process; of a worker that has just ended there is none to read."""
    try:
        return time.clock_gettime((~pid << _CLOCK_SHIFT) | _CLOCK_OF_SCHEDULER)
    except OSError:
        return 0.0


def _peak_rss_mib(pid: int) -> float:
    # psutil has no high-water mark; the kernel keeps one per process, in kB.
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0
