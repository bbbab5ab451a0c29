"""Where a benchmark runs: the machine, the system and the versions of what is measured.

Rules:
 * Nothing names the machine or who uses it: results are meant to be published.
"""

from __future__ import annotations

import datetime as dt
import os
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

import psutil

from bench.processes import cpu_model
from bench.results import Environment
from fusuma import __version__

_PACKAGES = (
    *("seal-python", "tenseal", "phe", "gmpy2"),
    *("numpy", "cryptography", "grpcio", "protobuf", "pyarrow"),
)


def environment(now: dt.datetime) -> Environment:
    """Return this machine and installation as of ``now``."""
    kernel = f"{platform.system()} {platform.release()}"
    return Environment(
        cpu=cpu_model().rpartition(",")[0],
        cores=len(os.sched_getaffinity(0)),
        memory_mib=psutil.virtual_memory().total >> 20,
        system=" ".join((kernel, *filter(None, platform.libc_ver()))),
        python=platform.python_version(),
        versions=_versions(),
        started=now.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def _versions() -> Mapping[str, str]:
    """Return fusuma's version first; a library that is not installed is not listed."""
    found = {"fusuma": __version__}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
