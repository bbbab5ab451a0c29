from __future__ import annotations

import datetime as dt
import os
import platform
from importlib.metadata import version
from zoneinfo import ZoneInfo

from bench.environment import environment
from bench.json_values import from_json, to_json
from bench.results import Environment
from fusuma import __version__

NOW = dt.datetime(2026, 10, 1, 21, 0, tzinfo=ZoneInfo("Asia/Tokyo"))


def test_the_machine_and_the_versions_are_recorded() -> None:
    found = environment(NOW)
    assert found.cpu
    assert found.cores == len(os.sched_getaffinity(0))
    assert found.memory_mib > 256
    assert found.python == platform.python_version()
    assert next(iter(found.versions.items())) == ("fusuma", __version__)
    assert found.versions["seal-python"] == version("seal-python")
    assert from_json(Environment, to_json(found), "here") == found


def test_time_is_that_of_the_world() -> None:
    assert environment(NOW).started == "2026-10-01T12:00:00Z"


def test_nobody_is_named() -> None:
    written = str(to_json(environment(NOW)))
    assert platform.node() not in written
