"""Runs one peer inside an environment of its own and reports what it took, as JSON.

Called as ``python answering.py MODULE`` with the task on standard input; MODULE stands beside this
file. Nothing of fusuma is imported here: the environment does not have it.

 ================= =============================================================================
 reads             ``repeats``, and ``task``, which is for MODULE
 writes            ``setup_seconds``, ``seconds`` and ``cpu_seconds`` by repetition, ``subjects``,
                   ``verdicts`` by repetition, warm-up included, and ``versions``
 ================= =============================================================================

A peer module has ``PACKAGES``, the distributions it measures, and ``prepare``: from a task to a
call that decides all its subjects once and says of each whether it is eligible.

Rules:
 * Loading the library, making keys, contexts and circuits is set-up. The first repetition warms up:
   its verdicts are reported, its times are not.
 * Standard output belongs to the report; what libraries print there goes to standard error.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any


def measured(module: str, repeats: int, task: dict[str, Any]) -> dict[str, object]:
    """Return the report of ``module`` on ``task``."""
    begun = time.perf_counter()
    peer = importlib.import_module(module)
    decide: Callable[[], list[bool]] = peer.prepare(task)
    setup = time.perf_counter() - begun
    seconds, busy, verdicts = [], [], []
    for _ in range(repeats + 1):
        begun, worked = time.perf_counter(), time.process_time()
        decided = decide()
        seconds.append(time.perf_counter() - begun)
        busy.append(time.process_time() - worked)
        verdicts.append("".join("1" if eligible else "0" for eligible in decided))
    return {
        "setup_seconds": setup,
        "seconds": seconds[1:],
        "cpu_seconds": busy[1:],
        "subjects": len(verdicts[0]),
        "verdicts": verdicts,
        "versions": {name: version(name) for name in peer.PACKAGES},
    }


def main() -> None:
    """Answer the task on standard input."""
    report = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # Also what is printed below Python.
    os.dup2(2, 1)
    asked = json.load(sys.stdin)
    with report:
        json.dump(measured(sys.argv[1], asked["repeats"], asked["task"]), report)


if __name__ == "__main__":
    main()
