"""CPU time and peak memory of a group of processes, from the operating system's own accounts.

Rules:
 * CPU time is user plus system time of every process of a tree, finished children included.
 * Peak memory is the high-water mark of the resident set, added over the tree; it is an upper
   bound, because shared pages count once for every process.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds so far and peak resident memory in MiB of one party's process tree."""

    cpu_seconds: float
    peak_rss_mib: float


def usage_of(pids: Mapping[str, int]) -> dict[str, Usage]:
    """Return the usage of every party, by name, including all its child processes."""
    return {party: _tree_usage(pid) for party, pid in pids.items()}


def cpu_between(before: Mapping[str, Usage], after: Mapping[str, Usage]) -> dict[str, float]:
    """Return the CPU seconds every party used between two readings."""
    return {party: after[party].cpu_seconds - before[party].cpu_seconds for party in after}


def _tree_usage(pid: int) -> Usage:
    root = psutil.Process(pid)
    tree = [root, *root.children(recursive=True)]
    return Usage(sum(map(_cpu_seconds, tree)), sum(_peak_rss_mib(tree)))


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _peak_rss_mib(tree: Iterable[psutil.Process]) -> Iterable[float]:
    for process in tree:
        # psutil has no high-water mark; the kernel keeps one per process.
        with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    yield int(line.split()[1]) / 1024
